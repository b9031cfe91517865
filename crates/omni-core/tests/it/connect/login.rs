use super::*;

#[test]
fn installing_leaves_bots_channels_and_the_steps() {
    let world = entered();
    let app = world.instance();
    install(&app);
    app.job(omni_core::job::TICK);
    let server = world.rocket_chat();
    for channel in Channel::ALL {
        let room = server.channel(channel.setup_channel()).expect("a setup channel");
        for member in [channel.bot(), "admin"] {
            assert!(room.members.contains(member), "{member} in {room:?}");
        }
        let messages = server.in_room(&room.id);
        let steps: Vec<_> = messages.iter().filter(|m| m.text.contains("/private-hash/oauth")).collect();
        assert_eq!(steps.len(), 1, "{messages:?}");
        let steps = steps[0];
        assert_eq!(steps.sender.as_ref().unwrap().username, channel.bot());
        let installation: Vec<omni_core::store::Installation> = server.stored();
        for wanted in [
            "/private-hash/webhook",
            "/private-hash/deauthorize",
            "/private-hash/deletion",
            &installation[0].verify_token,
        ] {
            assert!(steps.text.contains(wanted), "{wanted} in {}", steps.text);
        }
        assert!(!steps.text.contains(&installation[0].state_key));
        let start = buttons(&steps.blocks).into_iter().find(|b| b["actionId"] == "connect:authorize").unwrap();
        assert_eq!(start["value"], channel.as_str());
    }
}

#[test]
fn one_granted_account_is_connected_and_subscribed_at_once() {
    for (channel, account) in [(Channel::Facebook, "101"), (Channel::Instagram, "17801")] {
        let world = entered();
        let app = world.instance();
        install(&app);
        FacebookLogin::of(vec![page("101", "Corner Shop", Some(("17801", "corner.shop")))]).script(&world);
        let answer = log_in(&app, channel);
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.meta().assert_all_met();
        let accounts = accounts(&world);
        assert_eq!(accounts.len(), 1);
        let connected = &accounts[0];
        assert_eq!((connected.channel, connected.id.as_str(), connected.subscribed), (channel, account, true));
        assert_eq!(connected.token.expose(), "EAApage-token-101");
        assert_eq!(connected.meta_user_id, META_USER);
        let meta = world.meta();
        let subscribed = meta.sent_to("POST", "/101/subscribed_apps");
        assert_eq!(subscribed.len(), 1);
        assert_eq!(subscribed[0].header("authorization"), Some("Bearer EAApage-token-101"));
        drop(meta);
        let said = in_setup(&world, channel).join("\n");
        assert!(said.contains("Corner Shop") && said.contains(account), "{said}");
        type_command(&app, channel, "list");
        assert!(whispered(&world, "admin").contains(account));
        assert!(!said.contains("EAA") && !answer.body.contains("EAA"));
    }
}
