//! What a text becomes.

use super::*;
use omni_core::host::Card;

/// One body as a line: the text and what stands under it.
fn line(body: &Value) -> String {
    let message = &body["message"];
    let list = |values: &Value, shown: &dyn Fn(&Value) -> String| -> String {
        values.as_array().map(|all| all.iter().map(shown).collect::<Vec<_>>().join(",")).unwrap_or_default()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(template) = message["attachment"]["payload"].as_object().filter(|p| p.contains_key("template_type")) {
        let button = |b: &Value| match b["type"].as_str() {
            Some("web_url") => format!("{}>{}", text(&b["title"]), text(&b["url"])),
            Some("phone_number") => format!("{}#{}", text(&b["title"]), text(&b["payload"])),
            _ => format!("{}={}", text(&b["title"]), text(&b["payload"])),
        };
        return format!("{} ({})", text(&template["text"]), list(&template["buttons"], &button));
    }
    let reply = |r: &Value| format!("{}={}", text(&r["title"]), text(&r["payload"]));
    match message["quick_replies"].is_array() {
        true => format!("{} [{}]", text(&message["text"]), list(&message["quick_replies"], &reply)),
        false => text(&message["text"]),
    }
}

#[test]
fn agents_texts_become_messages() {
    use Channel::{Facebook, Instagram};
    let both = [Facebook, Instagram];
    let cases: Vec<(&[Channel], &str, Vec<&str>)> = vec![
        (&both, "Good *morning* :wave:", vec!["Anna Agent: Good morning 👋"]),
        (&both, "line one\nline_two_here", vec!["Anna Agent: line one\nline_two_here"]),
        (&both, "[Our shop](https://shop.example/a)", vec!["Anna Agent: Our shop: https://shop.example/a"]),
        (&[Facebook], "Blue?\n[[Yes]] [[No]]", vec!["Anna Agent: Blue? [Yes=Yes,No=No]"]),
        (&[Instagram], "Blue?\n[[Yes]] [[No]]", vec!["Anna Agent: Blue?\n1. Yes\n2. No [Yes=Yes,No=No]"]),
        (&[Instagram], "How?\n[[1]] [[2]]", vec!["Anna Agent: How?\n1 2 [1=1,2=2]"]),
        (
            &both,
            "Have a look\n[[Shop|https://shop.example]] [[Later]]",
            vec!["Anna Agent: Have a look (Shop>https://shop.example,Later=Later)"],
        ),
        (&[Facebook], "Call\n[[Now|+49 30 1234]]", vec!["Anna Agent: Call (Now#+49301234)"]),
        (&[Instagram], "Call\n[[Now|+49 30 1234]]", vec!["Anna Agent: Call\nNow: +49301234"]),
        (
            &[Facebook],
            "Which?\n[[A far too long title]]\n[[And another one]]\n[[More than twenty letters]]",
            vec!["Anna Agent: Which?\n1. A far too long title\n2. And another one\n3. More than twenty letters"],
        ),
        (&both, "1 < 2 & \"quotes\" \u{1f44d}\u{1f3fd} ñ", vec!["Anna Agent: 1 < 2 & \"quotes\" 👍🏽 ñ"]),
    ];
    for (channels, said, expected) in cases {
        for channel in channels {
            let scene = scene(*channel);
            scene.says(said);
            let lines: Vec<String> = scene.bodies().iter().map(line).collect();
            assert_eq!(lines, expected, "{channel:?} {said}");
            assert!(scene.bodies().iter().all(|body| body["messaging_type"] == "RESPONSE" && body["tag"].is_null()));
            assert!(scene.bodies().iter().all(|body| body["recipient"]["id"] == scene.id.person.as_str()));
            assert_eq!(scene.whispers(), Vec::<String>::new(), "{said}");
            scene.world.assert_logs_hold_none_of(&["Anna", "morning", "shop.example", PAGE_TOKEN, INSTAGRAM_TOKEN]);
        }
    }
}

#[test]
fn the_name_before_a_text_is_the_settings() {
    for (setting, expected) in [("name", "Anna Agent: Hi"), ("username", "agent: Hi"), ("none", "Hi")] {
        let scene = scene(Channel::Facebook);
        scene.set("agent_display_name", json!(setting));
        scene.says("Hi");
        assert_eq!(scene.sent(), [expected]);
    }
}

#[test]
fn long_texts_go_in_pieces_in_order_with_the_name_once() {
    for (channel, at_least) in [(Channel::Facebook, 2), (Channel::Instagram, 4)] {
        let scene = scene(channel);
        let words: Vec<String> = (0..600).map(|n| format!("wört{n}")).collect();
        scene.says(&words.join(" "));
        let sent = scene.sent();
        assert!(sent.len() >= at_least, "{}", sent.len());
        assert_eq!(sent.join(" ").matches("Anna Agent").count(), 1);
        assert_eq!(sent.join(" "), format!("Anna Agent: {}", words.join(" ")));
        let fits = |text: &String| match channel {
            Channel::Facebook => text.encode_utf16().count() <= 2000,
            Channel::Instagram => text.len() <= 1000,
        };
        assert!(sent.iter().all(fits));
        assert_eq!(scene.outboxes()[0].mids().count(), sent.len());
    }
}

#[test]
fn bots_and_other_apps_are_relayed_under_no_name() {
    for kind in ["bot", "app"] {
        let scene = scene(Channel::Facebook);
        scene.world.rocket_chat_mut().add_user("helper", "Helper", &[kind], kind);
        let blocks = vec![
            json!({ "type": "section", "text": { "type": "mrkdwn", "text": "Which *size*?" } }),
            json!({ "type": "actions", "elements": [
                { "type": "button", "text": { "type": "plain_text", "text": "Small" }, "value": "S" },
                { "type": "button", "text": { "type": "plain_text", "text": "Large" }, "value": "L" },
            ]}),
        ];
        let helper = scene.world.rocket_chat().user("helper").unwrap().clone();
        scene.says_with("", |message| {
            message.sender = Some(helper);
            message.blocks = blocks;
        });
        let lines: Vec<String> = scene.bodies().iter().map(line).collect();
        assert_eq!(lines, ["Which size? [Small=S,Large=L]"]);
    }
}

#[test]
fn cards_of_other_apps_are_text_and_quotes_are_not() {
    let scene = scene(Channel::Facebook);
    let card = |title: &str, link: Option<&str>| Card {
        title: Some(title.to_owned()),
        title_link: link.map(str::to_owned),
        text: Some("*now*".to_owned()),
        ..Card::default()
    };
    scene.says_with("See", |message| {
        message.cards = vec![
            card("Offer", Some("https://shop.example/offer")),
            Card { image_url: Some("https://chat.example.com/file-upload/f/secret.png".to_owned()), ..Card::default() },
        ];
    });
    assert_eq!(scene.sent(), ["Anna Agent: See\nOffer\nnow\nhttps://shop.example/offer"]);
}

#[test]
fn what_is_not_for_the_customer_stays() {
    let scene = scene(Channel::Facebook);
    scene.world.rocket_chat_mut().notes(&scene.room, "livechat-close", "closed");
    scene.app.deliver_events();
    scene.says_with("note", |message| message.ours = true);
    scene.says_with("note", |message| message.visitor_token = Some(scene.id.visitor_token()));
    assert_eq!(scene.world.meta().requests.len(), 0);
    assert_eq!(scene.whispers(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_shown_is_said() {
    let scene = scene(Channel::Facebook);
    let id = scene.says_with("", |_| {});
    assert_eq!(scene.whispers(), ["Not sent. There is nothing in this message that the network could show."]);
    assert_eq!(scene.marks(&id), [":warning:"]);
}

#[test]
fn an_account_that_is_gone_is_said() {
    let scene = scene(Channel::Facebook);
    scene.world.rocket_chat_mut().records.retain(|record| !record.keys[0].starts_with("accounts"));
    scene.app.restart();
    let id = scene.says("Hi");
    assert!(
        scene.whispers()[0].starts_with("Not sent. The account is not connected any more."),
        "{:?}",
        scene.whispers()
    );
    assert_eq!(scene.marks(&id), [":warning:"]);
}

#[test]
fn everyone_is_told_in_their_own_language() {
    for (language, start) in
        [("pt-BR", "Não enviado."), ("de", "Nicht gesendet."), ("fr", "Non envoyé."), ("xx", "Not sent.")]
    {
        let scene = scene(Channel::Facebook);
        scene.says_with("", |message| message.sender.as_mut().unwrap().language = language.to_owned());
        assert!(scene.whispers()[0].starts_with(start), "{:?}", scene.whispers());
    }
}

#[test]
fn an_answer_costs_four_round_trips_and_marks_as_seen_once() {
    for channel in NETWORKS {
        let scene = scene(channel);
        scene.says("One");
        assert_eq!(scene.world.kinds(), ["store_create", "store_read", "http", "store_update", "http"]);
        assert_eq!(scene.world.meta().actions(), ["mark_seen"]);
        scene.quiet();
        scene.says("Two");
        assert_eq!(scene.world.kinds(), ["store_create", "store_read", "http", "store_update"]);
        scene.customer_writes("m_2", "And?");
        scene.quiet();
        scene.says("Three");
        assert_eq!(scene.world.meta().actions(), ["mark_seen"]);
    }
}

#[test]
fn an_echo_can_be_known_by_our_note() {
    for channel in NETWORKS {
        let scene = scene(channel);
        scene.says("Hi");
        let entries: Vec<MessageRecord> = scene.world.rocket_chat().stored();
        let entry = entries.iter().find(|entry| matches!(entry.state, MessageState::Outgoing(_))).unwrap();
        assert_eq!(scene.bodies()[0]["message"]["metadata"], entry.metadata().as_str());
    }
}
