//! Every call but the sends: method, address, body. And for all calls: secrets stay where they belong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::ids::{AppId, Mid, ScopedUserId};
use meta_wire::limits::{self, MediaKind};
use meta_wire::platform::Platform::{Instagram, Messenger};
use meta_wire::private::Private;
use meta_wire::request::accounts::{self, Detail, ListPart, PageFields, PagesOf};
use meta_wire::request::conversations::MessageDetail;
use meta_wire::request::messenger_profile::{self, Greeting, IceBreaker, IceBreakers, Menu, Property};
use meta_wire::request::oauth::{self, AppCredentials, Ask, Callback, Dialog};
use meta_wire::request::send::Button;
use meta_wire::request::subscriptions::{self, AppSubscription};
use meta_wire::request::thread::{self, Control};
use meta_wire::request::*;
use meta_wire::secret::Secret;
use meta_wire::token::Token;
use proptest::prelude::*;
use serde_json::{Value, json};

const V: GraphVersion = GraphVersion::DEFAULT;

fn facebook() -> Graph {
    Graph::new(Route::FacebookLogin, Token::new("EAAtoken"))
}

fn instagram() -> Graph {
    Graph::new(Route::InstagramLogin, Token::new("IGtoken"))
}

fn app() -> AppCredentials {
    AppCredentials::new("42", Secret::new("app-secret").unwrap())
}

fn page() -> Business {
    Business::new(Messenger, "P")
}

/// `METHOD url`, without the scheme, and the body in words.
#[track_caller]
fn shown(request: Result<HttpRequest, RequestError>) -> (String, String) {
    let request = request.unwrap();
    let url = request.url.strip_prefix("https://").unwrap();
    assert_eq!(request.header("Accept"), Some("application/json"));
    assert_eq!(request.header("Content-Type"), request.body.content_type());
    let body = match &request.body {
        Body::None => String::new(),
        Body::Json(text) | Body::Form(text) => text.clone(),
        Body::Multipart(multipart) => multipart.head.clone(),
    };
    (format!("{} {url}", request.method.as_str()), body)
}

#[track_caller]
fn is(request: Result<HttpRequest, RequestError>, line: &str) {
    assert_eq!(shown(request), (line.to_owned(), String::new()));
}

#[track_caller]
fn is_json(request: Result<HttpRequest, RequestError>, line: &str, expected: Value) {
    let (found, body) = shown(request);
    assert_eq!((found.as_str(), serde_json::from_str::<Value>(&body).unwrap()), (line, expected));
}

fn behind(cursor: &str) -> ListPart<'_> {
    ListPart { after: Some(cursor), ..ListPart::default() }
}

#[test]
fn accounts_and_tokens() {
    let plain = "id%2Cname%2Caccess_token%2Ctasks";
    let both = format!("{plain}%2Cinstagram_business_account%7Bid%2Cusername%2Cname%2Cprofile_picture_url%7D");
    let host = "graph.facebook.com/v26.0";
    is(
        accounts::accounts(&facebook(), PageFields::PageAndInstagram, ListPart::default()),
        &format!("GET {host}/me/accounts?fields={both}&limit=100"),
    );
    is(
        accounts::accounts(&facebook(), PageFields::Page, behind("QV==&x")),
        &format!("GET {host}/me/accounts?fields={plain}&limit=100&after=QV%3D%3D%26x"),
    );
    is(
        accounts::businesses(&facebook(), ListPart::default()),
        &format!("GET {host}/me/businesses?fields=id%2Cname&limit=100"),
    );
    for (pages, edge) in [(PagesOf::Owned, "owned_pages"), (PagesOf::Client, "client_pages")] {
        is(
            accounts::business_pages(&facebook(), "B", pages, PageFields::Page, ListPart::default()),
            &format!("GET {host}/B/{edge}?fields={plain}&limit=100"),
        );
    }
    is(accounts::page(&facebook(), "P", PageFields::Page, Detail::Full), &format!("GET {host}/P?fields={plain}"));
    is(accounts::me(&facebook(), Detail::Full), &format!("GET {host}/me?fields=id%2Cname"));
    is(
        accounts::me(&instagram(), Detail::Full),
        "GET graph.instagram.com/v26.0/me?fields=id%2Cuser_id%2Cusername%2Cname%2Cprofile_picture_url",
    );
    let part = ListPart { after: None, limit: 5, detail: Detail::Least };
    is(
        accounts::accounts(&facebook(), PageFields::PageAndInstagram, part),
        &format!("GET {host}/me/accounts?fields={plain}%2Cinstagram_business_account%7Bid%2Cusername%7D&limit=5"),
    );
    is(accounts::me(&instagram(), Detail::Least), "GET graph.instagram.com/v26.0/me?fields=id%2Cuser_id%2Cusername");
    is(accounts::names(&facebook(), "P", Messenger), &format!("GET {host}/P?fields=id%2Cname"));
    is(accounts::names(&facebook(), "I", Instagram), &format!("GET {host}/I?fields=id%2Cusername%2Cname"));
    is(accounts::permissions(&facebook()), &format!("GET {host}/me/permissions"));
    is(accounts::revoke(&facebook(), None), &format!("DELETE {host}/me/permissions"));
    is(
        accounts::revoke(&facebook(), Some("pages_messaging")),
        &format!("DELETE {host}/me/permissions/pages_messaging"),
    );
    let debug = accounts::debug_token(V, &app(), &Token::new("EAAtoken")).unwrap();
    assert_eq!(debug.url, format!("https://{host}/debug_token?input_token=EAAtoken"));
    assert_eq!(debug.header("Authorization"), Some("Bearer 42|app-secret"));
    assert_eq!(debug.endpoint(), format!("GET https://{host}/debug_token"));
    let older = facebook().version("v24.0".parse().unwrap());
    is(accounts::permissions(&older), "GET graph.facebook.com/v24.0/me/permissions");
}

#[test]
fn login() {
    let exchange = |route| shown(oauth::exchange_code(route, V, &app(), "https://c.example/b?x=1", &Token::new("C#_")));
    let form = "client_id=42&client_secret=app-secret&grant_type=authorization_code\
                &redirect_uri=https%3A%2F%2Fc.example%2Fb%3Fx%3D1&code=C";
    let line = |text: &str| text.to_owned();
    let expected = (line("POST graph.facebook.com/v26.0/oauth/access_token"), line(form));
    assert_eq!(exchange(Route::FacebookLogin), expected);
    assert_eq!(exchange(Route::InstagramLogin), (line("POST api.instagram.com/oauth/access_token"), line(form)));
    let long = |route| shown(oauth::exchange_long_lived(route, V, &app(), &Token::new("S")));
    assert_eq!(
        long(Route::FacebookLogin),
        (
            line("POST graph.facebook.com/v26.0/oauth/access_token"),
            line("grant_type=fb_exchange_token&client_id=42&client_secret=app-secret&fb_exchange_token=S")
        )
    );
    let get =
        "GET graph.instagram.com/access_token?grant_type=ig_exchange_token&client_secret=app-secret&access_token=S";
    assert_eq!(long(Route::InstagramLogin), (line(get), String::new()));
    is(
        oauth::refresh(&Token::new("L")),
        "GET graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token=L",
    );
    let id = AppId::new("42");
    let dialog =
        Dialog { app: &id, redirect_uri: "https://c/b", state: "s t", ask: Ask::Scopes(&["a", "b"]), rerequest: true };
    let base = "client_id=42&redirect_uri=https%3A%2F%2Fc%2Fb&response_type=code&state=s%20t";
    assert_eq!(
        oauth::dialog_url(Route::FacebookLogin, V, &dialog).unwrap(),
        format!("https://www.facebook.com/v26.0/dialog/oauth?{base}&scope=a%2Cb&auth_type=rerequest")
    );
    assert_eq!(
        oauth::dialog_url(Route::InstagramLogin, V, &dialog).unwrap(),
        format!("https://www.instagram.com/oauth/authorize?{base}&scope=a%2Cb")
    );
    let configured = Dialog { ask: Ask::Configuration("77"), rerequest: false, ..dialog };
    assert_eq!(
        oauth::dialog_url(Route::FacebookLogin, V, &configured).unwrap(),
        format!("https://www.facebook.com/v26.0/dialog/oauth?{base}&config_id=77")
    );
    assert!(oauth::dialog_url(Route::InstagramLogin, V, &configured).is_err());
    for broken in [
        Dialog { state: " ", ..dialog },
        Dialog { redirect_uri: "", ..dialog },
        Dialog { ask: Ask::Scopes(&[]), ..dialog },
    ] {
        assert_eq!(oauth::dialog_url(Route::FacebookLogin, V, &broken).unwrap_err().code(), "request-empty");
    }
}

#[test]
fn callbacks() {
    let read = |query: &[(&str, &'static str)]| {
        Callback::read(|name| query.iter().find(|(key, _)| *key == name).map(|(_, value)| *value))
    };
    let state = || Private::from("s");
    assert_eq!(read(&[("code", "C#_"), ("state", "s")]), Callback::Granted { code: Token::new("C"), state: state() });
    assert_eq!(read(&[("error", "access_denied"), ("state", "s")]), Callback::Declined { state: state() });
    assert_eq!(
        read(&[("error_code", "1349048"), ("error_message", "x"), ("state", "s")]),
        Callback::Failed { state: Some(state()), code: Some(1_349_048) }
    );
    assert_eq!(
        read(&[("error", "server_error"), ("code", "C"), ("state", "s")]),
        Callback::Failed { state: Some(state()), code: None }
    );
    for empty in [&[("code", "C")][..], &[("state", "s")], &[("code", " "), ("state", "s")], &[]] {
        assert_eq!(read(empty), Callback::Empty);
    }
    assert!(!format!("{:?}", read(&[("code", "Ccode"), ("state", "s")])).contains("Ccode"));
}

#[test]
fn webhook_subscriptions() {
    is(
        subscriptions::subscribe(&facebook(), &page(), subscriptions::PAGE_INSTALL_FIELDS),
        "POST graph.facebook.com/v26.0/P/subscribed_apps?subscribed_fields=messages%2Cmessage_reactions",
    );
    is(subscriptions::subscribed_apps(&facebook(), &page()), "GET graph.facebook.com/v26.0/P/subscribed_apps");
    is(subscriptions::unsubscribe(&facebook(), &page()), "DELETE graph.facebook.com/v26.0/P/subscribed_apps");
    is(
        subscriptions::subscribe(&instagram(), &Business::new(Instagram, "178"), &["messages"]),
        "POST graph.instagram.com/v26.0/178/subscribed_apps?subscribed_fields=messages",
    );
    assert_eq!(subscriptions::subscribe(&facebook(), &page(), &[]).unwrap_err().code(), "request-empty");
    let subscription = AppSubscription {
        platform: Instagram,
        callback_url: "https://c/hook",
        verify_token: "v&t",
        fields: &["messages", "standby"],
    };
    assert_eq!(
        shown(subscriptions::subscribe_app(V, &app(), &subscription)),
        (
            "POST graph.facebook.com/v26.0/42/subscriptions".to_owned(),
            "object=instagram&callback_url=https%3A%2F%2Fc%2Fhook&verify_token=v%26t&fields=messages%2Cstandby&include_values=true"
                .to_owned()
        )
    );
    assert!(!format!("{subscription:?}").contains("hook"));
    let plain = AppSubscription { callback_url: "http://c/hook", ..subscription };
    assert_eq!(subscriptions::subscribe_app(V, &app(), &plain).unwrap_err().code(), "request-invalid");
    is(subscriptions::app_subscriptions(V, &app()), "GET graph.facebook.com/v26.0/42/subscriptions");
    is(
        subscriptions::unsubscribe_app(V, &app(), Messenger),
        "DELETE graph.facebook.com/v26.0/42/subscriptions?object=page",
    );
    for field in subscriptions::PAGE_INSTALL_FIELDS {
        assert!(subscriptions::MESSENGER_FIELDS.contains(field), "{field} is no field of a Page");
    }
    assert!(!subscriptions::account_fields(Route::FacebookLogin, Instagram).contains(&"messaging_seen"));
    assert!(subscriptions::account_fields(Route::InstagramLogin, Instagram).contains(&"messaging_seen"));
}

#[test]
fn thread_control() {
    let person = ScopedUserId::new("U");
    let call = |act: Control, metadata| thread::control(&facebook(), &page(), &person, &act, metadata);
    let url = |edge: &str| format!("POST graph.facebook.com/v26.0/P/{edge}");
    is_json(
        call(Control::Pass { target: Some(AppId::new(thread::inbox_app(Messenger))) }, Some("why")),
        &url("pass_thread_control"),
        json!({"recipient":{"id":"U"},"target_app_id":"263902037430900","metadata":"why"}),
    );
    for (act, edge) in [
        (Control::Pass { target: None }, "pass_thread_control"),
        (Control::Release, "release_thread_control"),
        (Control::Take, "take_thread_control"),
        (Control::Request, "request_thread_control"),
    ] {
        is_json(call(act, None), &url(edge), json!({"recipient":{"id":"U"}}));
    }
    is_json(
        call(Control::Extend { duration_s: 604_800 }, None),
        &url("extend_thread_control"),
        json!({"recipient":{"id":"U"},"duration":604_800}),
    );
    for (act, metadata, code) in [
        (Control::Extend { duration_s: 604_801 }, None, "request-too-large"),
        (Control::Extend { duration_s: 0 }, None, "request-invalid"),
        (Control::Extend { duration_s: 1 }, Some("m"), "request-conflict"),
        (Control::Pass { target: Some(AppId::new("")) }, None, "request-empty"),
    ] {
        assert_eq!(call(act, metadata).unwrap_err().code(), code);
    }
    is(thread::thread_owner(&facebook(), &page(), &person), "GET graph.facebook.com/v26.0/P/thread_owner?recipient=U");
    is(
        thread::feature_status(&facebook(), &Business::me(Messenger)),
        "GET graph.facebook.com/v26.0/me?fields=messaging_feature_status",
    );
    is(
        thread::secondary_receivers(&facebook(), &page()),
        "GET graph.facebook.com/v26.0/P/secondary_receivers?fields=id%2Cname",
    );
    is(thread::app_name(&facebook(), &AppId::new("42")), "GET graph.facebook.com/v26.0/42?fields=name");
    assert_eq!(thread::app_name(&facebook(), &AppId::new("")).unwrap_err().code(), "request-empty");
}

#[test]
fn profiles_and_backfill() {
    let person = ScopedUserId::new("U");
    is(
        profile(&facebook(), Messenger, &person, Detail::Full),
        "GET graph.facebook.com/v26.0/U?fields=name%2Cfirst_name%2Clast_name%2Cprofile_pic",
    );
    assert!(
        profile(&instagram(), Instagram, &person, Detail::Full)
            .unwrap()
            .url
            .contains("graph.instagram.com/v26.0/U?fields=name%2Cusername")
    );
    is(profile(&facebook(), Messenger, &person, Detail::Least), "GET graph.facebook.com/v26.0/U?fields=name");
    is(
        conversations::conversations(&facebook(), &Business::new(Instagram, "P"), Some(&person), behind("A")),
        "GET graph.facebook.com/v26.0/P/conversations?platform=instagram&fields=id%2Cupdated_time&limit=100&user_id=U&after=A",
    );
    is(
        conversations::recent(&facebook(), &Business::new(Messenger, "P"), &person, 20),
        "GET graph.facebook.com/v26.0/P/conversations?platform=messenger\
         &fields=messages.limit%2820%29%7Bid%2Ccreated_time%2Cfrom%2Cmessage%7D&user_id=U",
    );
    is(
        conversations::messages(&facebook(), "t_1", None),
        "GET graph.facebook.com/v26.0/t_1/messages?fields=id%2Ccreated_time",
    );
    is(
        conversations::message(&facebook(), Messenger, &Mid::new("m_a$b/c="), MessageDetail::Files),
        "GET graph.facebook.com/v26.0/m_a%24b%2Fc%3D?fields=id%2Ccreated_time%2Cfrom%2Cto%2Cmessage%2Cattachments",
    );
    let steps = std::iter::successors(Some(MessageDetail::default()), |detail| detail.less());
    for (platform, words) in [(Messenger, "sticker"), (Instagram, "is_unsupported")] {
        let urls = steps.clone().map(|detail| conversations::message(&facebook(), platform, &Mid::new("m"), detail));
        let urls: Vec<String> = urls.map(|request| request.unwrap().url).collect();
        assert_eq!(urls.len(), 3);
        assert!(urls[0].contains(words) && urls[0].contains("shares"), "{urls:?}");
        assert!(urls.windows(2).all(|pair| pair[0].len() > pair[1].len()), "{urls:?}");
        assert!(urls.iter().all(|url| url.contains("id%2Ccreated_time%2Cfrom%2Cto%2Cmessage")), "{urls:?}");
    }
}

#[test]
fn uploads() {
    is_json(
        upload_url(&facebook(), &page(), MediaKind::Image, "https://x/i.png"),
        "POST graph.facebook.com/v26.0/P/message_attachments",
        json!({"message":{"attachment":{"type":"image","payload":{"url":"https://x/i.png","is_reusable":true}}}}),
    );
    is_json(
        upload_url(&facebook(), &Business::new(Instagram, "P"), MediaKind::Video, "https://x/v.mp4"),
        "POST graph.facebook.com/v26.0/P/message_attachments",
        json!({"platform":"instagram","message":{"attachment":{"type":"video","payload":{"url":"https://x/v.mp4","is_reusable":true}}}}),
    );
    let boundary = Boundary::new("0123456789abcdef").unwrap();
    let file = FilePart { name: "ü.pdf", mime: "application/pdf", platform: Messenger };
    let (line, head) =
        shown(upload_file(&facebook(), &Business::new(Instagram, "P"), MediaKind::File, file, &boundary));
    assert_eq!(line, "POST graph.facebook.com/v26.0/P/message_attachments");
    assert!(head.contains("name=\"platform\"\r\n\r\ninstagram\r\n"), "{head}");
    assert!(head.contains(r#"filename="_.pdf""#), "the platform of the business decides: {head}");
    assert!(head.contains(r#"{"attachment":{"payload":{"is_reusable":true},"type":"file"}}"#), "{head}");
}

#[test]
fn the_messenger_profile() {
    let ice = |n: usize, locale: &str| IceBreakers {
        locale: locale.into(),
        call_to_actions: vec![IceBreaker { question: "Q".into(), payload: "P".into() }; n],
    };
    let menu = |title: &str| Menu {
        locale: "default".into(),
        composer_input_disabled: false,
        items: vec![Button::Postback { title: title.into(), payload: "P".into() }],
    };
    let full = messenger_profile::Profile {
        get_started: Some("GO".into()),
        greeting: Some(vec![Greeting { locale: "default".into(), text: "Hi".into() }]),
        ice_breakers: Some(vec![ice(1, "default")]),
        persistent_menu: Some(vec![menu("M")]),
    };
    let questions = json!([{"locale":"default","call_to_actions":[{"question":"Q","payload":"P"}]}]);
    let entries = json!([{"locale":"default","composer_input_disabled":false,
        "call_to_actions":[{"type":"postback","title":"M","payload":"P"}]}]);
    is_json(
        messenger_profile::set(&facebook(), &page(), &full),
        "POST graph.facebook.com/v26.0/P/messenger_profile",
        json!({"get_started":{"payload":"GO"},"greeting":[{"locale":"default","text":"Hi"}],
            "ice_breakers":questions,"persistent_menu":entries}),
    );
    let on_instagram = Business::new(Instagram, "178");
    let shared = messenger_profile::Profile { get_started: None, greeting: None, ..full.clone() };
    is_json(
        messenger_profile::set(&instagram(), &on_instagram, &shared),
        "POST graph.instagram.com/v26.0/178/messenger_profile?platform=instagram",
        json!({"platform":"instagram","ice_breakers":questions,"persistent_menu":[
            {"locale":"default","call_to_actions":[{"type":"postback","title":"M","payload":"P"}]}]}),
    );
    let menu_only = Menu { composer_input_disabled: true, ..menu("M") };
    let menu_only = messenger_profile::Profile { persistent_menu: Some(vec![menu_only]), ..shared };
    assert!(messenger_profile::set(&facebook(), &page(), &menu_only).is_ok());
    let refused = messenger_profile::set(&instagram(), &on_instagram, &menu_only).unwrap_err();
    assert_eq!(refused.code(), "request-unsupported");
    assert_eq!(messenger_profile::set(&instagram(), &on_instagram, &full).unwrap_err().code(), "request-unsupported");
    is(
        messenger_profile::read(&facebook(), &page(), &[Property::GetStarted, Property::IceBreakers]),
        "GET graph.facebook.com/v26.0/P/messenger_profile?fields=get_started%2Cice_breakers",
    );
    is_json(
        messenger_profile::remove(&facebook(), &page(), &Property::ALL),
        "DELETE graph.facebook.com/v26.0/P/messenger_profile",
        json!({"fields":["persistent_menu","ice_breakers","greeting","get_started"]}),
    );
    let set = |ice_breakers, menu: Option<Menu>| {
        let persistent_menu = menu.map(|menu| vec![menu]);
        let profile = messenger_profile::Profile { ice_breakers, persistent_menu, ..Default::default() };
        messenger_profile::set(&facebook(), &page(), &profile)
    };
    assert!(set(Some(vec![ice(limits::ICE_BREAKERS.max, "default")]), None).is_ok());
    for (ice_breakers, menu, code) in [
        (None, None, "request-empty"),
        (Some(vec![ice(limits::ICE_BREAKERS.max + 1, "default")]), None, "request-too-large"),
        (Some(vec![ice(1, "en_GB")]), None, "request-invalid"),
        (Some(vec![ice(0, "default")]), None, "request-empty"),
        (None, Some(menu(&"x".repeat(limits::MENU_TITLE.max + 1))), "request-too-large"),
        (None, Some(Menu { items: vec![], ..menu("M") }), "request-empty"),
    ] {
        assert_eq!(set(ice_breakers, menu).unwrap_err().code(), code);
    }
}

/// Every call there is, with secrets that would be seen anywhere.
fn every_call(token: &str, secret: &str, id: &str) -> Vec<(&'static str, HttpRequest)> {
    let secret = Secret::new(secret).unwrap();
    let token = Token::new(token);
    let graph = Graph::new(Route::FacebookLogin, token.clone()).app_secret(&secret);
    let app = AppCredentials::new("42", secret);
    let business = Business::new(Messenger, id);
    let person = ScopedUserId::new(id);
    let recipient = Recipient::Id(person.clone());
    let boundary = Boundary::new("Zz0123456789abcdefZz").unwrap();
    let file = FilePart { name: id, mime: "text/plain", platform: Messenger };
    let subscription =
        AppSubscription { platform: Messenger, callback_url: "https://c/", verify_token: "v", fields: &["messages"] };
    let send_a_file = SendFile {
        recipient: recipient.clone(),
        messaging_type: None,
        kind: MediaKind::File,
        file,
        metadata: None,
        reply_to: None,
    };
    let uri = "https://c/";
    [
        ("send", send(&graph, &business, &Send::text(recipient.clone(), "x"))),
        ("send_file", send_file(&graph, &business, &send_a_file, &boundary)),
        ("sender_action", sender_action(&graph, &business, &recipient, &Action::TypingOn)),
        ("upload_url", upload_url(&graph, &business, MediaKind::File, "https://x/")),
        ("upload_file", upload_file(&graph, &business, MediaKind::File, file, &boundary)),
        ("profile", profile(&graph, Messenger, &person, Detail::Full)),
        ("control", thread::control(&graph, &business, &person, &Control::Take, None)),
        ("thread_owner", thread::thread_owner(&graph, &business, &person)),
        ("feature_status", thread::feature_status(&graph, &business)),
        ("secondary_receivers", thread::secondary_receivers(&graph, &business)),
        ("app_name", thread::app_name(&graph, &AppId::new(id))),
        ("conversations", conversations::conversations(&graph, &business, Some(&person), behind(id))),
        ("messages", conversations::messages(&graph, id, Some(id))),
        ("message", conversations::message(&graph, Messenger, &Mid::new(id), MessageDetail::Full)),
        ("profile_read", messenger_profile::read(&graph, &business, &[Property::GetStarted])),
        ("profile_remove", messenger_profile::remove(&graph, &business, &[Property::GetStarted])),
        ("accounts", accounts::accounts(&graph, PageFields::Page, behind(id))),
        ("businesses", accounts::businesses(&graph, behind(id))),
        ("business_pages", accounts::business_pages(&graph, id, PagesOf::Owned, PageFields::Page, ListPart::default())),
        ("page", accounts::page(&graph, id, PageFields::Page, Detail::Full)),
        ("me", accounts::me(&graph, Detail::Full)),
        ("permissions", accounts::permissions(&graph)),
        ("revoke", accounts::revoke(&graph, Some(id))),
        ("subscribe", subscriptions::subscribe(&graph, &business, &["messages"])),
        ("subscribed_apps", subscriptions::subscribed_apps(&graph, &business)),
        ("unsubscribe", subscriptions::unsubscribe(&graph, &business)),
        ("subscribe_app", subscriptions::subscribe_app(V, &app, &subscription)),
        ("app_subscriptions", subscriptions::app_subscriptions(V, &app)),
        ("unsubscribe_app", subscriptions::unsubscribe_app(V, &app, Messenger)),
        ("exchange_code", oauth::exchange_code(Route::FacebookLogin, V, &app, uri, &token)),
        ("exchange_code_ig", oauth::exchange_code(Route::InstagramLogin, V, &app, uri, &token)),
        ("exchange_long_lived", oauth::exchange_long_lived(Route::FacebookLogin, V, &app, &token)),
        // Documented with secrets in the address, and no other way.
        ("ADDRESS exchange_long_lived_ig", oauth::exchange_long_lived(Route::InstagramLogin, V, &app, &token)),
        ("ADDRESS refresh", oauth::refresh(&token)),
        ("ADDRESS debug_token", accounts::debug_token(V, &app, &token)),
    ]
    .into_iter()
    .map(|(name, request)| (name, request.unwrap_or_else(|error| panic!("{name}: {error}"))))
    .collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

proptest! {
    #[test]
    fn no_secret_is_ever_printed_or_put_in_an_address(
        token in "TOKEN[A-Za-z0-9_|-]{8,40}", secret in "SECRET[a-f0-9]{8,32}", id in "[0-9a-zA-Z_.$:/?#&=% é-]{1,20}x",
    ) {
        for (name, request) in every_call(&token, &secret, &id) {
            let shown = format!("{request:?} {}", request.endpoint());
            for hidden in [&token, &secret] {
                prop_assert!(!decoded(&shown).contains(hidden.as_str()), "{name} prints it: {shown}");
                if !name.starts_with("ADDRESS") {
                    prop_assert!(!decoded(&request.url).contains(hidden.as_str()), "{name} has it in {}", request.url);
                }
            }
        }
    }

    #[test]
    fn an_id_stays_one_segment_whatever_it_holds(id in ".{1,30}") {
        prop_assume!(id != "." && id != "..");
        let url = profile(&facebook(), Messenger, &ScopedUserId::new(id.as_str()), Detail::Full).unwrap().url;
        let path = url.strip_prefix("https://graph.facebook.com/v26.0/").unwrap();
        let (segment, query) = path.split_once('?').unwrap();
        prop_assert_eq!(decoded(segment), id);
        prop_assert!(!segment.contains('/') && query.starts_with("fields="));
    }

    #[test]
    fn a_form_parses_back(uri in ".{1,60}", code in "[!-~]{1,60}") {
        prop_assume!(!uri.trim().is_empty() && !code.ends_with("#_"));
        let request = oauth::exchange_code(Route::FacebookLogin, V, &app(), &uri, &Token::new(code.as_str())).unwrap();
        let Body::Form(form) = request.body else { panic!() };
        let pairs: Vec<(String, String)> =
            form.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (decoded(k), decoded(v))).collect();
        prop_assert_eq!(&pairs[3], &("redirect_uri".to_owned(), uri));
        prop_assert_eq!(&pairs[4], &("code".to_owned(), code));
        prop_assert!(form.is_ascii());
    }
}

#[test]
fn a_token_that_would_break_the_header_is_refused() {
    for token in ["", "a b", "a\r\nX: y", "tokén"] {
        let error = accounts::me(&Graph::new(Route::FacebookLogin, Token::new(token)), Detail::Full).unwrap_err();
        assert_eq!(error.to_string(), "`access_token` is not a token");
    }
    for id in ["", ".", ".."] {
        assert_eq!(
            profile(&facebook(), Messenger, &ScopedUserId::new(id), Detail::Full).unwrap_err().code(),
            "request-invalid"
        );
    }
}

#[test]
fn what_is_needed_is_asked_for() {
    for needed in [oauth::MESSENGER_NEEDS, oauth::INSTAGRAM_BY_PAGE_NEEDS] {
        assert!(needed.iter().all(|scope| oauth::FACEBOOK_SCOPES.contains(scope)));
    }
}
