//! Sends: what goes out, and what is refused before it does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::ids::{AppId, AttachmentId, CommentId, Mid, PostId, ScopedUserId};
use meta_wire::limits::{self, MediaKind};
use meta_wire::platform::Platform::{self, Instagram, Messenger};
use meta_wire::request::send::{Button, Element, MediaSource, QuickReply, Template};
use meta_wire::request::*;
use meta_wire::secret::Secret;
use meta_wire::token::Token;
use proptest::prelude::*;
use serde_json::{Value, json};

fn graph() -> Graph {
    Graph::new(Route::FacebookLogin, Token::new("EAAtoken")).app_secret(&Secret::new("test-app-secret").unwrap())
}

fn person() -> Recipient {
    Recipient::Id(ScopedUserId::new("U"))
}

fn build(platform: Platform, message: &Send) -> Result<Value, RequestError> {
    let request = send(&graph(), &Business::new(platform, "P"), message)?;
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.header("authorization"), Some("Bearer EAAtoken"));
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    assert_eq!(
        request.url,
        "https://graph.facebook.com/v26.0/P/messages?appsecret_proof=\
         f9a5c402919f3f3cb70497c968ab9a79bb82d2f1a55a7d91317b53b1678a4191"
    );
    let Body::Json(text) = request.body else { panic!("a send is JSON") };
    Ok(serde_json::from_str(&text).unwrap())
}

// By value, so that a case of the table is one expression.
#[allow(clippy::needless_pass_by_value)]
#[track_caller]
fn sends(platforms: &[Platform], message: Send, expected: Value) {
    for platform in Platform::ALL {
        let built = build(platform, &message);
        if platforms.contains(&platform) {
            assert_eq!(built.unwrap(), expected, "{platform}");
        } else {
            assert!(
                matches!(built, Err(RequestError::Unsupported { .. } | RequestError::Conflict { .. })),
                "{platform}"
            );
        }
    }
}

const BOTH: &[Platform] = &Platform::ALL;

#[test]
fn text_with_everything_beside_it() {
    sends(
        BOTH,
        Send::text(person(), "hi").metadata("rc:42").reply_to(Mid::new("m_x")),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"text":"hi","metadata":"rc:42"},"reply_to":{"mid":"m_x"}}),
    );
    sends(
        BOTH,
        Send::text(person(), "hi").human_agent(),
        json!({"recipient":{"id":"U"},"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","message":{"text":"hi"}}),
    );
    sends(
        BOTH,
        Send::text(person(), "hi")
            .messaging_type(MessagingType::Update)
            .thread_control(ThreadControl::Pass(Some(AppId::new("9")))),
        json!({"recipient":{"id":"U"},"messaging_type":"UPDATE","message":{"text":"hi"},"thread_control":{"control_type":"pass","app_id":"9"}}),
    );
    sends(
        BOTH,
        Send::text(person(), "hi").thread_control(ThreadControl::Release),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"text":"hi"},"thread_control":{"control_type":"release"}}),
    );
    let persona = Send { persona_id: Some("77".into()), ..Send::text(person(), "hi") };
    sends(
        &[Messenger],
        persona,
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"text":"hi"},"persona_id":"77"}),
    );
}

#[test]
fn recipients() {
    let to = |recipient| Send::text(recipient, "hi");
    let body = |recipient: Value| json!({"recipient": recipient, "message": {"text": "hi"}});
    sends(BOTH, to(Recipient::Comment(CommentId::new("c1"))), body(json!({"comment_id":"c1"})));
    sends(&[Messenger], to(Recipient::Post(PostId::new("p1"))), body(json!({"post_id":"p1"})));
    let token = Recipient::NotificationToken(Token::new("ntoken"));
    sends(&[Messenger], to(token.clone()), body(json!({"notification_messages_token":"ntoken"})));
    assert!(!format!("{:?}", to(token)).contains("ntoken"));
    let user_ref = json!({"recipient":{"user_ref":"r"},"messaging_type":"RESPONSE","message":{"text":"hi"}});
    sends(&[Messenger], to(Recipient::UserRef("r".into())), user_ref);
}

#[test]
fn media_and_the_like() {
    let message = |attachment: Value| json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"attachment": attachment}});
    for kind in MediaKind::ALL {
        let url = Source::Url("https://chat.example/f?t=secret".into());
        let expected = json!({"type": kind.as_str(), "payload": {"url": "https://chat.example/f?t=secret"}});
        let by_url = Send::media(person(), kind, url);
        assert!(!format!("{by_url:?}").contains("secret"));
        sends(BOTH, by_url, message(expected));
        let by_id = Send::media(person(), kind, Source::Id(AttachmentId::new("123")));
        sends(BOTH, by_id, message(json!({"type": kind.as_str(), "payload": {"attachment_id": "123"}})));
    }
    let images = Content::Images(vec![Source::Url("https://x/1".into()), Source::Id(AttachmentId::new("2"))]);
    sends(
        &[Instagram],
        Send::new(person(), images),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"attachments":[
            {"type":"image","payload":{"url":"https://x/1"}},{"type":"image","payload":{"attachment_id":"2"}}]}}),
    );
    sends(&[Instagram], Send::new(person(), Content::LikeHeart), message(json!({"type":"like_heart"})));
    let share = Content::MediaShare(PostId::new("9"));
    sends(&[Instagram], Send::new(person(), share), message(json!({"type":"MEDIA_SHARE","payload":{"id":"9"}})));
    sends(
        &[Messenger],
        Send::new(person(), Content::Sticker("369239263222822".into())),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"sticker_id":369239263222822u64}}),
    );
}

#[test]
fn quick_replies() {
    let text = |title: &str| QuickReply::Text { title: title.into(), payload: "P".into(), image_url: None };
    sends(
        BOTH,
        Send::text(person(), "?").quick_replies(vec![text("Yes")]),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"text":"?","quick_replies":[
            {"content_type":"text","title":"Yes","payload":"P"}]}}),
    );
    // Off on Instagram since 5 October 2026.
    sends(
        &[Messenger],
        Send::text(person(), "?").quick_replies(vec![text("Yes"), QuickReply::PhoneNumber]),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"text":"?","quick_replies":[
            {"content_type":"text","title":"Yes","payload":"P"},{"content_type":"user_phone_number"}]}}),
    );
    let picture =
        QuickReply::Text { title: "Y".into(), payload: "P".into(), image_url: Some("https://x/1.png".into()) };
    sends(
        &[Messenger],
        Send::text(person(), "?").quick_replies(vec![picture, QuickReply::Email]),
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"text":"?","quick_replies":[
            {"content_type":"text","title":"Y","payload":"P","image_url":"https://x/1.png"},{"content_type":"user_email"}]}}),
    );
    let image =
        Send::media(person(), MediaKind::Image, Source::Id(AttachmentId::new("1"))).quick_replies(vec![text("Y")]);
    sends(
        &[Messenger],
        image,
        json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{
            "attachment":{"type":"image","payload":{"attachment_id":"1"}},
            "quick_replies":[{"content_type":"text","title":"Y","payload":"P"}]}}),
    );
}

#[test]
fn templates() {
    let link = Button::WebUrl { title: "Open".into(), url: "https://x/".into() };
    let postback = Button::Postback { title: "Buy".into(), payload: "BUY".into() };
    let wrap = |payload: Value| json!({"recipient":{"id":"U"},"messaging_type":"RESPONSE","message":{"attachment":{"type":"template","payload":payload}}});
    let element = Element {
        title: "T".into(),
        subtitle: Some("S".into()),
        image_url: Some("https://x/i".into()),
        default_action_url: Some("https://x/d".into()),
        buttons: vec![link.clone(), postback.clone()],
    };
    sends(
        BOTH,
        Send::new(person(), Content::Template(Template::Generic(vec![element]))),
        wrap(json!({"template_type":"generic","elements":[{"title":"T","subtitle":"S","image_url":"https://x/i",
            "default_action":{"type":"web_url","url":"https://x/d"},
            "buttons":[{"type":"web_url","title":"Open","url":"https://x/"},{"type":"postback","title":"Buy","payload":"BUY"}]}]})),
    );
    sends(
        BOTH,
        Send::new(person(), Content::Template(Template::Button { text: "?".into(), buttons: vec![postback.clone()] })),
        wrap(
            json!({"template_type":"button","text":"?","buttons":[{"type":"postback","title":"Buy","payload":"BUY"}]}),
        ),
    );
    let call = Button::PhoneNumber { title: "Call".into(), number: "+491701234".into() };
    sends(
        &[Messenger],
        Send::new(person(), Content::Template(Template::Button { text: "?".into(), buttons: vec![call] })),
        wrap(
            json!({"template_type":"button","text":"?","buttons":[{"type":"phone_number","title":"Call","payload":"+491701234"}]}),
        ),
    );
    let media = |source| Template::Media { kind: MediaKind::Video, source, buttons: vec![link.clone()] };
    sends(
        &[Messenger],
        Send::new(person(), Content::Template(media(MediaSource::Id(AttachmentId::new("1"))))),
        wrap(json!({"template_type":"media","elements":[{"media_type":"video","attachment_id":"1",
            "buttons":[{"type":"web_url","title":"Open","url":"https://x/"}]}]})),
    );
    for (url, fine) in [
        ("https://www.facebook.com/p/videos/1/", true),
        ("https://facebook.com/x", true),
        ("https://facebook.com.evil.example/x", false),
        ("https://evil.example/facebook.com", false),
        ("https://evilfacebook.com/", false),
        ("https://facebook.com@evil.example/", false),
    ] {
        let message = Send::new(person(), Content::Template(media(MediaSource::FacebookUrl(url.into()))));
        assert_eq!(build(Messenger, &message).is_ok(), fine, "{url}");
    }
}

/// A message that reaches exactly `n` of a limit, for each limit there is.
fn at(limit: limits::Limit, n: usize, platform: Platform) -> Option<Send> {
    let letters = "x".repeat(n);
    let reply =
        |title: &str, payload: &str| QuickReply::Text { title: title.into(), payload: payload.into(), image_url: None };
    let button = |title: &str, payload: &str| Button::Postback { title: title.into(), payload: payload.into() };
    let buttons = |buttons| Send::new(person(), Content::Template(Template::Button { text: "?".into(), buttons }));
    let element = |title: &str, subtitle: &str| Element {
        title: title.into(),
        subtitle: Some(subtitle.into()),
        ..Element::default()
    };
    let elements = |elements| Send::new(person(), Content::Template(Template::Generic(elements)));
    let text = || Send::text(person(), "?");
    Some(match limit {
        limit if limit == limits::text(platform) => Send::text(person(), letters),
        limits::METADATA => text().metadata(letters),
        limits::QUICK_REPLIES => {
            let yes = QuickReply::Text { title: "Yes".into(), payload: "P".into(), image_url: None };
            text().quick_replies(vec![yes; n])
        }
        limits::QUICK_REPLY_TITLE => text().quick_replies(vec![reply(&letters, "P")]),
        limits::QUICK_REPLY_PAYLOAD => text().quick_replies(vec![reply("T", &letters)]),
        limits::POSTBACK_PAYLOAD => buttons(vec![button("T", &letters)]),
        limits::BUTTON_TITLE => buttons(vec![button(&letters, "P")]),
        limits::BUTTONS => buttons(vec![button("T", "P"); n]),
        limits::BUTTON_TEMPLATE_TEXT => {
            let template = Template::Button { text: letters, buttons: vec![button("T", "P")] };
            Send::new(person(), Content::Template(template))
        }
        limits::TEMPLATE_ELEMENTS => elements(vec![element("T", "S"); n]),
        limits::ELEMENT_TITLE => elements(vec![element(&letters, "S")]),
        limits::ELEMENT_SUBTITLE => elements(vec![element("T", &letters)]),
        limits::IMAGES if platform == Instagram => {
            Send::new(person(), Content::Images(vec![Source::Id(AttachmentId::new("1")); n]))
        }
        _ => return None,
    })
}

#[test]
fn each_limit_is_where_it_says() {
    for platform in Platform::ALL {
        let mut tried = 0;
        for limit in [
            limits::text(platform),
            limits::METADATA,
            limits::QUICK_REPLIES,
            limits::QUICK_REPLY_TITLE,
            limits::QUICK_REPLY_PAYLOAD,
            limits::POSTBACK_PAYLOAD,
            limits::BUTTON_TITLE,
            limits::BUTTONS,
            limits::BUTTON_TEMPLATE_TEXT,
            limits::TEMPLATE_ELEMENTS,
            limits::ELEMENT_TITLE,
            limits::ELEMENT_SUBTITLE,
            limits::IMAGES,
        ] {
            let Some(fits) = at(limit, limit.max, platform) else { continue };
            build(platform, &fits).unwrap_or_else(|error| panic!("{platform} {limit:?}: {error}"));
            let error = build(platform, &at(limit, limit.max + 1, platform).unwrap()).unwrap_err();
            let RequestError::TooLarge(exceeded) = error else { panic!("{platform} {limit:?}: {error}") };
            assert_eq!((exceeded.limit, exceeded.found), (limit, limit.max + 1));
            assert_eq!(error.code(), "request-too-large");
            tried += 1;
        }
        assert!(tried >= 12, "{platform}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_words_that_quote_nothing() {
    let secret = "secret-words ";
    for (message, code, words) in [
        (Send::text(person(), " \n"), "request-empty", "`message.text` is empty"),
        (Send::text(Recipient::Id(ScopedUserId::new("")), "x"), "request-empty", "`recipient` is empty"),
        (Send::text(person(), "x").reply_to(Mid::new("")), "request-empty", "`reply_to.mid` is empty"),
        (
            Send::media(person(), MediaKind::Image, Source::Url(format!("ftp://{secret}"))),
            "request-invalid",
            "`payload.url` is not an http or https address",
        ),
        (
            Send::media(person(), MediaKind::Image, Source::Url(format!("https://{secret}"))),
            "request-invalid",
            "`payload.url` is not an http or https address",
        ),
        (Send::new(person(), Content::Images(vec![])), "request-empty", "`message.attachments` is empty"),
        (
            Send::new(
                person(),
                Content::Template(Template::Generic(vec![Element { title: "T".into(), ..Element::default() }])),
            ),
            "request-empty",
            "`elements.subtitle` is empty",
        ),
        (
            Send::text(Recipient::Comment(CommentId::new("c")), secret).human_agent(),
            "request-conflict",
            "`tag` cannot go together with `recipient`",
        ),
        (
            Send::text(Recipient::Comment(CommentId::new("c")), secret).reply_to(Mid::new("m")),
            "request-conflict",
            "`reply_to` cannot go together with `recipient`",
        ),
        (
            Send::new(person(), Content::Sticker("1".into())),
            "request-unsupported",
            "`sticker` does not exist on instagram",
        ),
    ] {
        let error = build(Instagram, &message).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, words));
        assert!(!format!("{message:?}").contains("secret-words"), "{message:?}");
    }
    let graph = Graph::new(Route::InstagramLogin, Token::new("IGtoken"));
    let error = send(&graph, &Business::me(Messenger), &Send::text(person(), "x")).unwrap_err();
    assert_eq!(error.to_string(), "`messages` is not available through Instagram Login");
    let request = send(&graph, &Business::me(Instagram), &Send::text(person(), "x")).unwrap();
    assert_eq!(request.url, "https://graph.instagram.com/v26.0/me/messages");
}

#[test]
fn actions() {
    let action = |platform, action: &Action| {
        let request = sender_action(&graph(), &Business::new(platform, "P"), &person(), action).unwrap();
        let Body::Json(text) = request.body else { panic!() };
        serde_json::from_str::<Value>(&text).unwrap()
    };
    for (act, name) in
        [(Action::TypingOn, "typing_on"), (Action::TypingOff, "typing_off"), (Action::MarkSeen, "mark_seen")]
    {
        assert_eq!(action(Messenger, &act), json!({"recipient":{"id":"U"},"sender_action":name}));
    }
    let react = |reaction: &str| Action::React { mid: Mid::new("m"), reaction: reaction.into() };
    let reacted = |reaction: &str| json!({"recipient":{"id":"U"},"sender_action":"react","payload":{"message_id":"m","reaction":reaction}});
    assert_eq!(action(Messenger, &react("😊")), reacted("😊"));
    assert_eq!(action(Messenger, &react("❤️")), reacted("❤️"));
    for heart in ["❤️", "❤", "love"] {
        assert_eq!(action(Instagram, &react(heart)), reacted("love"));
    }
    let by_instagram_login = Graph::new(Route::InstagramLogin, Token::new("t"));
    for emoji in ["❤️", "🎉"] {
        let request =
            sender_action(&by_instagram_login, &Business::new(Instagram, "I"), &person(), &react(emoji)).unwrap();
        let Body::Json(text) = request.body else { panic!() };
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), reacted(emoji));
    }
    assert_eq!(
        action(Instagram, &Action::Unreact { mid: Mid::new("m") }),
        json!({"recipient":{"id":"U"},"sender_action":"unreact","payload":{"message_id":"m"}})
    );
    let empty = sender_action(&graph(), &Business::me(Messenger), &person(), &react(""));
    assert_eq!(empty.unwrap_err(), RequestError::Empty { field: "payload.reaction" });
}

#[test]
fn a_file_in_one_call() {
    let file = SendFile {
        recipient: person(),
        messaging_type: Some(MessagingType::MessageTag(Tag::HumanAgent)),
        kind: MediaKind::File,
        file: FilePart { name: "a b.pdf", mime: "application/pdf", platform: Messenger },
        metadata: Some("rc:1".into()),
        reply_to: None,
    };
    let boundary = Boundary::new("0123456789abcdef").unwrap();
    let request = send_file(&graph(), &Business::new(Messenger, "P"), &file, &boundary).unwrap();
    assert_eq!(request.header("content-type"), Some("multipart/form-data; boundary=0123456789abcdef"));
    let Body::Multipart(multipart) = &request.body else { panic!() };
    let body = String::from_utf8(multipart.to_bytes(b"%PDF")).unwrap();
    let field = |name: &str| {
        let start = body.split(&format!("name=\"{name}\"\r\n\r\n")).nth(1)?;
        start.split("\r\n--").next().map(str::to_owned)
    };
    assert_eq!(field("recipient").unwrap(), r#"{"id":"U"}"#);
    assert_eq!(field("messaging_type").unwrap(), "MESSAGE_TAG");
    assert_eq!(field("tag").unwrap(), "HUMAN_AGENT");
    let message: Value = serde_json::from_str(&field("message").unwrap()).unwrap();
    assert_eq!(message, json!({"attachment":{"type":"file","payload":{}},"metadata":"rc:1"}));
    assert_eq!(field("platform"), None);
    assert!(
        body.contains("name=\"filedata\"; filename=\"a b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--")
    );
}

proptest! {
    #[test]
    fn any_text_survives_the_way_out(text in ".{1,400}", metadata in ".{0,200}", id in ".{1,40}") {
        prop_assume!(!text.trim().is_empty() && !id.trim().is_empty());
        let message = Send::text(Recipient::Id(ScopedUserId::new(id.as_str())), text.as_str()).metadata(metadata.as_str());
        let body = build(Messenger, &message).unwrap();
        prop_assert_eq!(&body["message"]["text"], &json!(text));
        prop_assert_eq!(&body["message"]["metadata"], &json!(metadata));
        prop_assert_eq!(&body["recipient"]["id"], &json!(id));
    }

    #[test]
    fn what_the_splitter_makes_is_accepted(text in r"(\PC|[ \n.]){1,3000}") {
        for platform in Platform::ALL {
            for part in meta_wire::split::split(&text, limits::text(platform)) {
                if !part.trim().is_empty() {
                    build(platform, &Send::text(person(), part)).unwrap();
                }
            }
        }
    }
}
