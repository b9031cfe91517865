//! What is typed behind `/instagram` and `/facebook`.

use crate::support::*;
use omni_core::api::Channel;
use omni_core::store::Account;

/// What the person is answered.
fn answered(world: &World, username: &str, channel: Channel, words: &str) -> String {
    let app = world.instance();
    app.command(channel, username, &setup_room(world, &app, channel), words);
    let server = world.rocket_chat();
    let user_id = &server.user(username).unwrap().id;
    let last = server.whispers.iter().rev().find(|whisper| whisper.user_id == *user_id).expect("an answer");
    assert_eq!(last.sender, channel.bot());
    last.text.clone()
}

fn setup_room(world: &World, app: &Instance, channel: Channel) -> String {
    app.job(omni_core::job::INSTALLED);
    world.rocket_chat().channel(channel.setup_channel()).expect("made at install").id.clone()
}

#[test]
fn a_wrong_word_gets_the_nearest_command_and_the_help() {
    let world = World::new();
    for (channel, words, hint) in [
        (Channel::Instagram, "autorize", "Did you mean `/instagram authorize`?"),
        (Channel::Facebook, "DOCTER now", "Did you mean `/facebook doctor`?"),
        (Channel::Facebook, "frobnicate", "There is no such command."),
    ] {
        let said = answered(&world, "admin", channel, words);
        assert!(said.starts_with(hint), "{words}: {said}");
        assert!(said.contains(&format!("`/{} unauthorize`", channel.as_str())), "{said}");
    }
}

#[test]
fn help_names_every_command_in_the_readers_language() {
    let world = World::new();
    for (language, title) in
        [("", "Commands for"), ("pt-BR", "Comandos para"), ("de", "Befehle für"), ("fr", "Commandes pour")]
    {
        world.rocket_chat_mut().users.iter_mut().find(|user| user.username == "admin").unwrap().language =
            language.to_owned();
        let said = answered(&world, "admin", Channel::Instagram, "  HELP ");
        assert!(said.contains(title), "{language}: {said}");
        for verb in
            ["setup", "authorize", "unauthorize", "edit", "list", "status", "doctor", "help", "take", "release", "pass"]
        {
            assert!(said.contains(&format!("`/instagram {verb}")), "{verb}: {said}");
        }
    }
}

#[test]
fn whoever_may_use_a_command_is_added_to_the_channel() {
    let world = World::new();
    world.rocket_chat_mut().add_user("manager", "Mia", &["user", "livechat-manager"], "user");
    answered(&world, "manager", Channel::Facebook, "list");
    answered(&world, "agent", Channel::Facebook, "list");
    let server = world.rocket_chat();
    let members = &server.channel("omnichannel-facebook-setup").unwrap().members;
    assert!(members.contains("manager") && !members.contains("agent"), "{members:?}");
}

#[test]
fn an_agent_who_mistypes_is_pointed_to_the_agents_commands_only() {
    let world = World::new();
    let said = answered(&world, "agent", Channel::Instagram, "reqest");
    assert_eq!(said, "Did you mean `/instagram request`?");
    for words in ["docter", "list", "frobnicate"] {
        let said = answered(&world, "agent", Channel::Instagram, words);
        assert!(said.starts_with("Only administrators") && !said.contains('/'), "{words}: {said}");
    }
}

#[test]
fn what_the_server_does_not_let_happen_is_said() {
    let world = World::new();
    let app = world.instance();
    let room = setup_room(&world, &app, Channel::Facebook);
    world.faults_mut().fail_all("settings", "missing-permission");
    app.command(Channel::Facebook, "admin", &room, "status");
    let said = world.rocket_chat().whispers.last().unwrap().text.clone();
    assert!(said.contains("the server answered `missing-permission`"), "{said}");
}

#[test]
fn without_its_bot_the_app_itself_answers() {
    let world = World::new();
    let app = world.instance();
    let room = setup_room(&world, &app, Channel::Facebook);
    world.rocket_chat_mut().users.retain(|user| user.username != "facebook.bot");
    app.command(Channel::Facebook, "agent", &room, "list");
    assert!(world.rocket_chat().whispers.last().unwrap().text.starts_with("Only administrators"));
}

/// The server takes pairs of quotes out of what is typed, apostrophes of names among them.
#[test]
fn an_account_is_found_by_a_name_with_apostrophes() {
    let world = World::new().connected();
    let account = Account { name: "Ann's and Ben's Shop".to_owned(), ..page_account(world.now()) };
    world.rocket_chat_mut().records.clear();
    world.rocket_chat_mut().store(&account);
    for words in ["Ann's and Ben's Shop", "\"Ann's and Ben's Shop\"", "'Ann and  Ben'", "ann’s and ben’s shop"] {
        let app = world.instance();
        let before = world.rocket_chat().modals.len();
        app.command(Channel::Facebook, "admin", &setup_room(&world, &app, Channel::Facebook), &format!("edit {words}"));
        let opened = world.rocket_chat().modals.len() > before;
        assert_eq!(opened, !words.contains("Ann and"), "{words}");
    }
}
