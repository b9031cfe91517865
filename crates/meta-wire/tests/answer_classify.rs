//! Answers of every shape: Meta's, a gateway's, none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::answer::{
    Call, Class, DebugToken, Done, HttpAnswer, Invalid, Listing, PageAccount, Profile, Refusal, Sent, Then,
    ThreadOwner, TokenGrant, TokenProblem, classify, read,
};
use proptest::prelude::*;

fn refuse(call: Call, status: u16, headers: &[(&str, &str)], body: &str) -> Refusal {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read::<Sent>(call, &HttpAnswer::new(status, headers, body)).unwrap_err()
}

const LOST: Class = Class::RetryLater { then: Then::Outage };

#[test]
fn without_an_error_of_metas_the_status_tells_whether_a_send_may_have_arrived() {
    let bodies =
        ["", "<html><body>502 Bad Gateway</body></html>", r#"{"recipient_id":"1","messa"#, "\u{feff}{}", "null"];
    for body in bodies {
        for (status, send, other) in [
            (500, Class::MaybeSent, LOST),
            (502, Class::MaybeSent, LOST),
            (504, Class::MaybeSent, LOST),
            (408, Class::MaybeSent, LOST),
            (0, Class::MaybeSent, LOST),
            (301, Class::Unreadable, Class::Unreadable),
            (400, Class::Unreadable, Class::Unreadable),
            (404, Class::Unreadable, Class::Unreadable),
            (413, Class::Unreadable, Class::Unreadable),
            (429, Class::RateLimited { retry_after_s: None }, Class::RateLimited { retry_after_s: None }),
        ] {
            assert_eq!(refuse(Call::Send, status, &[], body).class, send, "send, HTTP {status}, {body:?}");
            assert_eq!(refuse(Call::Repeatable, status, &[], body).class, other, "other, HTTP {status}, {body:?}");
        }
        assert_eq!(refuse(Call::Send, 200, &[], body).class, Class::MaybeSent, "{body:?}");
    }
    assert_eq!(refuse(Call::Repeatable, 200, &[], "").class, LOST);
    assert_eq!(refuse(Call::Repeatable, 200, &[], "{}").class, Class::Unreadable);
    assert_eq!(Refusal::no_answer(Call::Send).class, Class::MaybeSent);
    assert_eq!(Refusal::no_answer(Call::Repeatable).class, LOST);
}

#[test]
fn an_error_counts_whatever_the_status_and_however_its_numbers_are_written() {
    let window = Class::OutsideWindow;
    for (status, body) in [
        (400, r#"{"error":{"code":10,"error_subcode":2018278}}"#),
        (200, r#"{"error":{"code":"10","error_subcode":"2018278"}}"#),
        (500, r#"{"error":{"code":10.0,"error_subcode":2018278.0,"message":null}}"#),
        (
            403,
            r##"{"error":{"message":"(#551) x","type":"OAuthException","code":10,"error_subcode":2018278,"error_data":{}}}"##,
        ),
    ] {
        assert_eq!(refuse(Call::Send, status, &[], body).class, window, "{body}");
    }
    for body in [r#"{"error":{}}"#, r#"{"error":{"code":null}}"#, r#"{"error":{"code":[1]}}"#] {
        assert_eq!(refuse(Call::Send, 400, &[], body).class, Class::Unknown, "{body}");
    }
}

#[test]
fn maybe_sent_is_said_of_sends_only() {
    let body = r#"{"error":{"code":1,"error_subcode":1357046}}"#;
    assert_eq!(refuse(Call::Send, 500, &[], body).class, Class::MaybeSent);
    assert_eq!(refuse(Call::Repeatable, 500, &[], body).class, LOST);
}

#[test]
fn rate_limits_say_when() {
    let body = r#"{"error":{"code":613}}"#;
    let buc = r#"{"1":[{"type":"messenger","call_count":100,"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":3}]}"#;
    let limited = refuse(Call::Send, 400, &[("x-business-use-case-usage", buc)], body);
    assert_eq!(limited.class, Class::RateLimited { retry_after_s: Some(180) });
    assert_eq!(limited.usage.percent(), 100);
    let limited = refuse(Call::Send, 429, &[("Retry-After", "7")], "slow down");
    assert_eq!(limited.class, Class::RateLimited { retry_after_s: Some(7) });
    assert_eq!(refuse(Call::Send, 400, &[], body).class, Class::RateLimited { retry_after_s: None });
}

#[test]
fn login_endpoints_have_forms_of_their_own() {
    for body in [
        r#"{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used"}"#,
        r#"{"error":"invalid_grant","error_description":"x"}"#,
    ] {
        let refusal = read::<TokenGrant>(Call::Repeatable, &HttpAnswer::new(400, [], body)).unwrap_err();
        assert_eq!(refusal.class, Class::Invalid(Invalid::LoginCode), "{body}");
        assert_eq!(refuse(Call::Repeatable, 500, &[], body).class, LOST);
        let limited = Class::RateLimited { retry_after_s: Some(9) };
        assert_eq!(refuse(Call::Repeatable, 429, &[("retry-after", "9")], body).class, limited);
    }
}

#[test]
fn refusals_print_numbers_and_nothing_of_what_was_said() {
    let body = r#"{"error":{"message":"customer secret-words","code":190,"error_subcode":463,
        "error_user_msg":"secret-words","fbtrace_id":"AbC_123"}}"#;
    let refusal = refuse(Call::Send, 400, &[], body);
    assert_eq!(refusal.class, Class::TokenDead(TokenProblem::Expired));
    assert_eq!(
        refusal.to_string(),
        "Meta refused the call: meta-token-dead, code 190, subcode 463, HTTP 400, trace AbC_123"
    );
    assert!(!format!("{refusal:?}").contains("secret-words"));
    for trace in ["secret words", "a\\nb", &"x".repeat(65), ""] {
        let body = format!(r#"{{"error":{{"code":1,"fbtrace_id":"{trace}"}}}}"#);
        assert_eq!(refuse(Call::Send, 400, &[], &body).trace, None, "{trace}");
    }
    let answer = HttpAnswer::new(200, [("X-Secret".to_owned(), "secret-words".to_owned())], "secret-words");
    assert!(!format!("{answer:?}").contains("secret-words"));
}

#[test]
fn deep_nesting_is_refused_not_a_crash() {
    let body = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refuse(Call::Send, 200, &[], &body).class, Class::MaybeSent);
    assert_eq!(refuse(Call::Repeatable, 400, &[], &body).class, Class::Unreadable);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let key = prop_oneof![
        "[a-z_]{1,8}",
        Just("error".to_owned()),
        Just("data".to_owned()),
        Just("code".to_owned()),
        Just("error_subcode".to_owned()),
        Just("paging".to_owned()),
        Just("next".to_owned()),
        Just("access_token".to_owned()),
        Just("id".to_owned()),
        Just("thread_owner".to_owned()),
        Just("success".to_owned()),
        Just("message_id".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn read_as_everything(call: Call, answer: &HttpAnswer) {
    let _ = classify(call, answer);
    let _ = read::<Sent>(call, answer);
    let _ = read::<Done>(call, answer);
    let _ = read::<Listing<PageAccount>>(call, answer);
    let _ = read::<TokenGrant>(call, answer);
    let _ = read::<DebugToken>(call, answer);
    let _ = read::<ThreadOwner>(call, answer);
    let _ = read::<Profile>(call, answer);
    let _ = read::<meta_wire::answer::MessengerProfile>(call, answer);
    let _ = read::<meta_wire::answer::StoredMessage>(call, answer);
    let _ = read::<Listing<meta_wire::answer::AppWebhook>>(call, answer);
}

proptest! {
    #[test]
    fn any_text_is_classified(status: u16, body in ".{0,300}", header in ".{0,60}", send: bool) {
        let call = if send { Call::Send } else { Call::Repeatable };
        let headers = ["x-app-usage", "x-business-use-case-usage", "retry-after"];
        let headers = headers.map(|name| (name.to_owned(), header.clone()));
        read_as_everything(call, &HttpAnswer::new(status, headers, body));
    }

    #[test]
    fn any_json_is_classified(status: u16, body in json(), header in json(), send: bool) {
        let call = if send { Call::Send } else { Call::Repeatable };
        let headers = ["x-app-usage", "x-business-use-case-usage", "x-page-usage"];
        let headers = headers.map(|name| (name.to_owned(), header.to_string()));
        read_as_everything(call, &HttpAnswer::new(status, headers, body.to_string()));
    }

    #[test]
    fn a_send_is_called_unsent_only_on_an_error_of_metas_or_below_500(status: u16, body in "[^{\\[0-9\"tfn-]{0,40}") {
        let class = read::<Sent>(Call::Send, &HttpAnswer::new(status, [], body)).unwrap_err().class;
        let surely_unsent = (300..500).contains(&status) && status != 408;
        prop_assert_eq!(class == Class::MaybeSent, !surely_unsent);
    }
}
