//! What an administrator finds after installing, and the webhooks the app registers by itself.

use super::*;

#[test]
fn installing_leaves_bots_channels_and_the_steps() {
    for seed in 0..20 {
        installing_at(seed);
    }
}

fn installing_at(seed: u64) {
    let world = entered_seeded(seed);
    let app = world.instance();
    install(&app);
    app.job(job::TICK);
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
        let token = &installation[0].verify_token;
        for wanted in ["/private-hash/webhook", "/private-hash/deauthorize", "/private-hash/deletion", token] {
            assert!(steps.text.contains(wanted), "{wanted} in {}", steps.text);
        }
        assert!(!steps.text.contains(&installation[0].state_key));
        let start = buttons(&steps.blocks).into_iter().find(|b| b["actionId"] == "connect:authorize").unwrap();
        assert_eq!(start["value"], channel.as_str());
    }
}

#[test]
fn the_steps_follow_the_address_and_a_deleted_channel_comes_back() {
    let world = entered();
    let app = world.instance();
    world.rocket_chat_mut().environment.endpoints.clear();
    install(&app);
    assert!(in_setup(&world, Channel::Facebook).is_empty(), "no address is known yet");
    let moved = "https://new.example.com/api/apps/private/app-id/private-hash/webhook".to_owned();
    world.rocket_chat_mut().environment.endpoints.insert("webhook".to_owned(), moved.clone());
    world.advance(60_000);
    app.job(job::TICK);
    let shown = in_setup(&world, Channel::Facebook);
    assert!(shown[0].contains(&moved), "{shown:?}");
    world.rocket_chat_mut().channels.clear();
    world.rocket_chat_mut().add_user("manager", "Mia", &["livechat-manager"], "user");
    // Typed elsewhere: the setup channel is gone.
    app.command(Channel::Facebook, "manager", "general", "help");
    let server = world.rocket_chat();
    let room = server.channel(Channel::Facebook.setup_channel()).expect("made again");
    assert!(room.members.contains("manager") && room.members.contains("facebook.bot"), "{room:?}");
}

#[test]
fn the_app_registers_its_webhooks_by_itself() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let meta = world.meta();
    let posts = meta.sent_to("POST", &format!("/{APP_ID}/subscriptions"));
    let objects: Vec<&str> = posts.iter().map(|post| post.body["object"].as_str().unwrap()).collect();
    assert_eq!(objects, ["instagram", "page"]);
    for post in posts {
        let installation: Vec<omni_core::store::Installation> = world.rocket_chat().stored();
        assert_eq!(post.body["verify_token"], installation[0].verify_token.as_str());
        let callback = post.body["callback_url"].as_str().unwrap();
        assert!(callback.ends_with("/private-hash/webhook"), "{callback}");
        assert!(post.body["fields"].as_str().unwrap().contains("messages"));
    }
    drop(meta);
    let before = world.count_of("http");
    app.job(job::TICK);
    assert_eq!(world.count_of("http"), before, "once is enough");
    // New credentials are registered again.
    let saved = app.save_setting("meta_app_secret", "abcdefabcdefabcdefabcdefabcdefab".into());
    assert!(matches!(saved, SettingAnswer::Accepted { .. }));
    app.job(job::TICK);
    assert!(world.count_of("http") > before);
}

#[test]
fn the_steps_fit_one_message_in_every_language_and_name_the_permissions() {
    for language in ["en", "de", "fr", "es", "pt-BR"] {
        let world = entered();
        world.rocket_chat_mut().environment.language = language.to_owned();
        // As long as addresses of a real server are.
        for url in world.rocket_chat_mut().environment.endpoints.values_mut() {
            *url = url.replace("private-hash", &format!("private-hash/{}", "a1".repeat(40)));
        }
        let app = world.instance();
        install(&app);
        for channel in Channel::ALL {
            let said = in_setup(&world, channel);
            let steps =
                said.iter().find(|text| text.contains("/oauth")).unwrap_or_else(|| panic!("{language}: {said:?}"));
            for scope in FACEBOOK_SCOPES {
                let asked = channel == Channel::Instagram || !scope.starts_with("instagram_");
                assert_eq!(steps.contains(scope), asked, "{language} {channel:?} {scope}");
            }
            assert_eq!(steps.contains("instagram_business_manage_messages"), channel == Channel::Instagram);
            assert!(steps.contains("messaging_postbacks") && !steps.contains('{'), "{steps}");
        }
    }
}

#[test]
fn the_steps_follow_the_language_and_warn_of_an_address_meta_cannot_reach() {
    let world = entered();
    let app = world.instance();
    install(&app);
    assert!(!in_setup(&world, Channel::Facebook)[0].contains("⚠"));
    let mut server = world.rocket_chat_mut();
    server.environment.language = "de".to_owned();
    server.environment.site_url = "http://localhost:3000".to_owned();
    drop(server);
    world.advance(60_000);
    app.job(job::TICK);
    let said = in_setup(&world, Channel::Facebook);
    assert!(said[0].starts_with("⚠") && said[0].contains("keine öffentliche https-Adresse"), "{}", said[0]);
    assert!(said[0].contains("Die Meta-App"), "rewritten, not written again: {said:?}");
}

#[test]
fn the_steps_can_be_asked_for_again() {
    let world = entered();
    let app = world.instance();
    install(&app);
    type_command(&app, Channel::Instagram, "setup");
    let said = whispered(&world, "admin");
    assert!(said.contains("/private-hash/oauth") && said.contains("/private-hash/webhook"), "{said}");
}

#[test]
fn a_bot_or_channel_that_is_gone_costs_no_news() {
    type Break = fn(&mut RocketChat);
    let breaks: [(&str, Break); 3] = [
        ("renamed bot", |server| {
            server.users.iter_mut().find(|user| user.username == "facebook.bot").unwrap().username =
                "old.bot".to_owned();
        }),
        ("bot sent out", |server| {
            let setup = server.channels.iter_mut().find(|channel| channel.name.contains("facebook")).unwrap();
            setup.members.remove("facebook.bot");
        }),
        ("deleted channel", |server| server.channels.retain(|channel| !channel.name.contains("facebook"))),
    ];
    for (name, break_it) in breaks {
        let world = entered();
        let app = world.instance();
        install(&app);
        break_it(&mut world.rocket_chat_mut());
        assert_eq!(press(&app, "admin", "connect:authorize", "facebook"), UiAnswer::Done, "{name}");
        let url = login_urls(&world, "admin").remove(0);
        FacebookLogin::of(vec![page("101", "Corner Shop", None)]).script(&world);
        let answer = come_back(&app, &[("code", "the-code"), ("state", &query(&url)["state"])]);
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        assert!(in_setup(&world, Channel::Facebook).iter().any(|text| text.contains("is connected to")), "{name}");
    }
}

#[test]
fn where_nothing_can_be_announced_accounts_are_connected_all_the_same() {
    let world = entered();
    let app = world.instance();
    install(&app);
    world.faults_mut().fail_all("post", "room_is_archived");
    FacebookLogin::of(vec![page("101", "Corner Shop", None)]).script(&world);
    let answer = log_in(&app, Channel::Facebook);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(accounts(&world)[0].subscribed);
    // A failure has its page too.
    let answer = come_back(&app, &[("code", "the-code"), ("state", "forged")]);
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[test]
fn a_renamed_channel_stays_the_one() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let mut server = world.rocket_chat_mut();
    let setup = server.channels.iter_mut().find(|channel| channel.name.contains("facebook")).unwrap();
    setup.name = "social-inbox".to_owned();
    let (id, count) = (setup.id.clone(), server.channels.len());
    drop(server);
    app.command(Channel::Facebook, "admin", &id, "list");
    assert_eq!(world.rocket_chat().channels.len(), count);
}

/// A channel that somebody made before the app could.
fn channel_of(world: &World, name: &str, private: bool, creator: &str, members: &[&str]) -> String {
    let id = format!("there-{name}");
    world.rocket_chat_mut().channels.push(StoredChannel {
        id: id.clone(),
        name: name.to_owned(),
        display_name: name.to_owned(),
        creator: creator.to_owned(),
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        private,
    });
    id
}

#[test]
fn a_channel_of_the_name_is_taken_over_only_if_administrators_alone_read_it() {
    // Private, who made it, who is in it, whether the bot's name is a person's, whether it is taken over.
    let cases: [(bool, &str, &[&str], bool, bool); 10] = [
        (true, APP_USER, &["agent"], false, true),
        (true, "facebook.bot", &["facebook.bot", "admin"], false, true),
        (true, "somebody who left", &["admin", "manager", "facebook.bot", APP_USER], false, true),
        (true, "admin", &["admin"], false, true),
        (true, "agent", &["admin"], false, true),
        (true, "agent", &["agent"], false, false),
        (true, "admin", &["admin", "agent"], false, false),
        (true, "admin", &["admin", "helper.bot"], false, false),
        (true, "facebook.bot", &["facebook.bot"], true, false),
        (false, APP_USER, &["admin"], false, false),
    ];
    for case in cases {
        let (private, creator, members, bot_is_person, taken_over) = case;
        let world = entered();
        let mut server = world.rocket_chat_mut();
        server.add_user("manager", "Mia", &["livechat-manager"], "user");
        server.add_user("helper.bot", "Helper", &["bot"], "bot");
        let (roles, kind) = if bot_is_person { ("user", "user") } else { ("bot", "bot") };
        server.add_user("facebook.bot", "Facebook", &[roles], kind);
        drop(server);
        let name = Channel::Facebook.setup_channel();
        let there = channel_of(&world, name, private, creator, members);
        let app = world.instance();
        install(&app);
        let installation = world.rocket_chat().stored::<omni_core::store::Installation>().remove(0);
        let setup = installation.setup_rooms[&Channel::Facebook].clone();
        assert_eq!(setup == there, taken_over, "{case:?}");
        let server = world.rocket_chat();
        let said: Vec<String> = server.in_room(&setup).iter().map(|message| message.text.clone()).collect();
        assert!(said.iter().any(|text| text.contains("/private-hash/webhook")), "{case:?}: {said:?}");
        let of_other_name: Vec<_> = said.iter().filter(|text| text.contains("is called")).collect();
        if taken_over {
            assert!(of_other_name.is_empty(), "{case:?}: {said:?}");
            continue;
        }
        assert!(server.in_room(&there).is_empty(), "{case:?}: told nothing");
        let made = server.channel(&format!("{name}-2")).expect("a channel of another name");
        assert!(made.private && made.id == setup && made.members.contains("admin"), "{made:?}");
        assert_eq!(of_other_name.len(), 1, "{case:?}: {said:?}");
        assert!(of_other_name[0].contains(&format!("`#{name}-2`")) && of_other_name[0].contains(&format!("`#{name}`")));
        drop(server);
        // It stays the one.
        app.command(Channel::Facebook, "admin", &setup, "list");
        world.instance().job(job::TICK);
        let server = world.rocket_chat();
        assert_eq!(server.channels.iter().filter(|channel| channel.name.starts_with(name)).count(), 2);
        let again = server.in_room(&setup).iter().filter(|message| message.text.contains("is called")).count();
        assert_eq!(again, 1, "{case:?}");
    }
}

#[test]
fn a_process_that_ends_before_its_channel_is_noted_leaves_one_channel() {
    for kind in ["channel_make", "post", "channel_join"] {
        let world = entered();
        let name = Channel::Facebook.setup_channel();
        channel_of(&world, name, true, "agent", &["agent"]);
        let app = world.instance();
        app.crash_after(kind, 1);
        let installing = JobInput { job: job::INSTALLED.to_owned(), data: json!(world.rocket_chat().user("admin")) };
        app.start(async move |session| session.run_job(installing).await);
        world.settle();
        let next = world.instance();
        install(&next);
        let server = world.rocket_chat();
        let names: Vec<&str> = server.channels.iter().map(|channel| channel.name.as_str()).collect();
        assert_eq!(names.len(), 3, "{kind}: {names:?}");
        let setup = server.channel(&format!("{name}-2")).expect("a channel of another name").id.clone();
        let said = server.in_room(&setup);
        assert!(said.iter().any(|message| message.text.contains("is called")), "{kind}: {said:?}");
    }
}

#[test]
fn where_every_name_is_taken_the_command_says_so_and_works() {
    let world = entered();
    let name = Channel::Facebook.setup_channel();
    channel_of(&world, name, true, "agent", &["agent"]);
    for number in 2..=9 {
        channel_of(&world, &format!("{name}-{number}"), false, "agent", &["agent"]);
    }
    let app = world.instance();
    for job in [job::INSTALLED, job::TICK] {
        let input = JobInput { job: job.to_owned(), data: Value::Null };
        app.run(async move |session| session.run_job(input).await).unwrap_err();
    }
    assert!(!in_setup(&world, Channel::Instagram).is_empty(), "the other network does not wait");
    let elsewhere = world.rocket_chat().channel(Channel::Instagram.setup_channel()).unwrap().id.clone();
    app.command(Channel::Facebook, "admin", &elsewhere, "list");
    let said: Vec<String> = world.rocket_chat().whispers.iter().map(|whisper| whisper.text.clone()).collect();
    assert!(said[0].contains("setup-channel-names-taken") && said[1].contains("No Facebook account"), "{said:?}");
    let server = world.rocket_chat();
    for channel in server.channels.iter().filter(|channel| channel.name.starts_with(name)) {
        assert!(server.in_room(&channel.id).is_empty(), "{channel:?}");
    }
}

/// What Meta says is registered, for both objects.
fn registered_at(world: &World, url: &str) {
    use meta_wire::request::subscriptions::{INSTAGRAM_FIELDS, MESSENGER_FIELDS};
    let webhook = |object: &str, fields: &[&str]| json!({ "object": object, "callback_url": url, "active": true, "fields": fields });
    let mut meta = world.meta_mut();
    meta.forget_script();
    let data = [webhook("page", MESSENGER_FIELDS), webhook("instagram", INSTAGRAM_FIELDS)];
    meta.expect("GET", "/subscriptions").always().json(json!({ "data": data }));
    meta.expect("POST", "/subscriptions").always().json(json!({ "success": true }));
}

#[test]
fn another_workspace_keeps_the_webhook_until_somebody_decides_otherwise() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let posts = |world: &World| world.meta().sent_to("POST", "/subscriptions").len();
    let before = posts(&world);
    registered_at(&world, "https://staging.example.net/hook");
    app.job(job::DAILY);
    app.job(job::DAILY);
    assert_eq!(posts(&world), before, "two workspaces would take it from each other every day");
    let told = |world: &World| {
        in_setup(world, Channel::Facebook).iter().filter(|text| text.contains("`staging.example.net` now")).count()
    };
    assert_eq!(told(&world), 1, "once");
    assert_eq!(press(&app, "admin", "connect:authorize", "facebook"), UiAnswer::Done);
    assert_eq!(posts(&world), before + 2);
    assert!(in_setup(&world, Channel::Facebook).last().unwrap().contains("replaces the one that pointed to"));
    // Whole now: starting again changes nothing and says nothing.
    let ours = world.rocket_chat().environment.endpoints["webhook"].clone();
    registered_at(&world, &ours);
    let said = in_setup(&world, Channel::Facebook).len();
    type_command(&app, Channel::Facebook, "authorize");
    app.job(job::DAILY);
    assert_eq!((posts(&world), in_setup(&world, Channel::Facebook).len()), (before + 2, said));
    // Taken once more: that is news again.
    registered_at(&world, "https://staging.example.net/hook");
    app.job(job::DAILY);
    assert_eq!(told(&world), 2);
}

#[test]
fn a_former_installation_of_the_same_server_is_replaced_without_a_word_of_another() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let former = world.rocket_chat().environment.endpoints["webhook"].replace("private-hash", "former-hash");
    registered_at(&world, &former);
    app.job(job::DAILY);
    let last = in_setup(&world, Channel::Facebook).last().cloned().unwrap();
    assert_eq!(last, "✓ The webhook is registered with Meta now.");
}

#[test]
fn a_refused_registration_blames_what_is_to_blame() {
    type Script = fn(&mut Meta);
    let cases: [(Script, &str); 4] = [
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().error(400, 190, None);
            },
            "Copy both anew",
        ),
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().error(400, 101, None);
            },
            "Copy both anew",
        ),
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().lost("timeout");
            },
            "graph.facebook.com",
        ),
        (
            |meta| {
                meta.expect("GET", "/subscriptions").always().error(400, 4, None);
            },
            "limit of calls",
        ),
    ];
    for (script, says) in cases {
        let world = entered();
        world.meta_mut().forget_script();
        script(&mut world.meta_mut());
        let app = world.instance();
        install(&app);
        let said = in_setup(&world, Channel::Facebook).join("\n");
        assert!(said.contains(says) && said.contains("`/facebook authorize`"), "{says}: {said}");
        assert!(!said.contains("Authorize again"), "nothing is authorized yet: {said}");
    }
}

#[test]
fn a_person_called_like_the_bot_is_not_spoken_for() {
    let world = entered();
    world.rocket_chat_mut().add_user("facebook.bot", "Fae C. Book", &["user"], "user");
    let app = world.instance();
    install(&app);
    let server = world.rocket_chat();
    let room = server.channel(Channel::Facebook.setup_channel()).unwrap();
    assert!(!room.members.contains("facebook.bot"), "{room:?}");
    let messages = server.in_room(&room.id);
    assert!(!messages.is_empty());
    assert!(messages.iter().all(|message| message.sender.as_ref().unwrap().username == APP_USER));
}
