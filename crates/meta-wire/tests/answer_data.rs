//! Successful answers in the shapes Meta documents, and in those that were met.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use meta_wire::answer::*;
use meta_wire::time::UnixMillis;
use serde::de::DeserializeOwned;

fn ok<T: DeserializeOwned>(body: &str) -> T {
    read(Call::Repeatable, &HttpAnswer::new(200, [], body)).unwrap_or_else(|refusal| panic!("{refusal}: {body}"))
}

fn refused<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> Class {
    read::<T>(Call::Repeatable, &HttpAnswer::new(200, [], body)).unwrap_err().class
}

#[test]
fn sends() {
    let sent: Sent = ok(r#"{"recipient_id":"2222","message_id":"m_1","attachment_id":1234567890123456789}"#);
    assert_eq!(sent.recipient_id.unwrap().as_str(), "2222");
    assert_eq!(sent.attachment_id.unwrap().as_str(), "1234567890123456789");
    let sent: Sent = ok(r#"{"message_id":"m_1","recipient_id":null}"#);
    assert_eq!((sent.message_id.as_str(), sent.recipient_id), ("m_1", None));
    assert_eq!(refused::<Sent>(r#"{"message_id":""}"#), Class::Unreadable);
    assert_eq!(ok::<SentAction>(r#"{"recipient_id":"2222"}"#).recipient_id.unwrap().as_str(), "2222");
    assert_eq!(ok::<Uploaded>(r#"{"attachment_id":"77"}"#).attachment_id.as_str(), "77");
}

#[test]
fn done() {
    for body in [r#"{"success":true}"#, r#"{"success":"true"}"#, r#"{"success":1}"#, r#"{"result":"success"}"#, "true"]
    {
        assert_eq!(ok::<Done>(body), Done);
    }
    for body in [r#"{"success":false}"#, "{}", "false", "[]", r#"{"result":null}"#] {
        assert_eq!(refused::<Done>(body), Class::Unreadable, "{body}");
    }
}

#[test]
fn accounts_one_bad_item_costs_no_other() {
    let listing: Listing<PageAccount> = ok(r#"{"data":[
        {"id":"1","name":"Shop","access_token":"EAAsecret","tasks":["MESSAGING","MANAGE"],
         "instagram_business_account":{"id":17841400000000001,"username":"shop"}},
        {"id":2,"name":null,"tasks":["ANALYZE"],"instagram_business_account":null},
        {"name":"no id"}, 7, null,
        {"id":"3","access_token":"","instagram_business_account":{"username":"no id"}}],
        "paging":{"cursors":{"before":"B","after":"QVFI"},"next":"https://evil.example/v26.0/me/accounts?access_token=EAAsecret&after=X"}}"#);
    assert_eq!((listing.list.items.len(), listing.list.unreadable), (3, 3));
    assert_eq!(listing.after.as_deref(), Some("QVFI"));
    let [shop, second, third] = &listing.list.items[..] else { panic!() };
    assert!(shop.can_message() && shop.can_subscribe());
    assert_eq!(shop.access_token.as_ref().unwrap().expose(), "EAAsecret");
    assert_eq!(shop.instagram_business_account.as_ref().unwrap().id.as_str(), "17841400000000001");
    assert!(!second.can_message() && !second.can_subscribe() && second.access_token.is_none());
    assert!(third.can_message() && third.access_token.is_none() && third.instagram_business_account.is_none());
    let shown = format!("{listing:?}");
    assert!(!shown.contains("EAAsecret") && !shown.contains("evil"), "{shown}");
}

#[test]
fn the_end_of_a_list() {
    let end = |body: &str| {
        let listing: Listing<BusinessAccount> = ok(body);
        (listing.list.items.len(), listing.after, listing.cut_short)
    };
    assert_eq!(end(r#"{"data":[]}"#), (0, None, false));
    assert_eq!(end(r#"{"data":[{"id":"1"}],"paging":{"cursors":{"after":"A"}}}"#), (1, None, false));
    let more = |after: &str| (0, Some(after.to_owned()), false);
    assert_eq!(end(r#"{"data":[],"paging":{"cursors":{"after":"A"},"next":"https://x/y?after=B"}}"#), more("A"));
    assert_eq!(end(r#"{"data":[],"paging":{"next":"https://x/y?limit=1&after=B%3D%3D#z"}}"#), more("B=="));
    assert_eq!(end(r#"{"data":[],"paging":{"next":"https://x/y?offset=25"}}"#), (0, None, true));
    assert_eq!(refused::<Listing<BusinessAccount>>(r#"{"paging":{}}"#), Class::Unreadable);
}

#[test]
fn token_grants_wrapped_or_not() {
    for body in [
        r#"{"access_token":"IGsecret","user_id":17841400000000001,"permissions":"a,b"}"#,
        r#"{"data":[{"access_token":"IGsecret","user_id":"17841400000000001","permissions":["a","b"]}]}"#,
        r#"{"data":{"access_token":"IGsecret","user_id":"17841400000000001","permissions":"a, b"}}"#,
    ] {
        let grant: TokenGrant = ok(body);
        assert_eq!(grant.access_token.expose(), "IGsecret");
        assert_eq!(grant.user_id.as_deref(), Some("17841400000000001"));
        assert_eq!(grant.permissions, ["a", "b"]);
        assert!(!format!("{grant:?}").contains("IGsecret"));
    }
    let grant: TokenGrant = ok(r#"{"access_token":"EAA","token_type":"bearer","expires_in":5183944}"#);
    assert_eq!(grant.expires_in_s, Some(5_183_944));
    assert_eq!(ok::<TokenGrant>(r#"{"access_token":"EAA"}"#).expires_in_s, None);
    for body in [r#"{"data":[]}"#, "{}", r#"{"access_token":7}"#, r#"{"access_token":""}"#, "[]"] {
        assert_eq!(refused::<TokenGrant>(body), Class::Unreadable, "{body}");
    }
}

#[test]
fn debug_token() {
    let token: DebugToken = ok(
        r#"{"data":{"app_id":"42","type":"USER","application":"x","is_valid":true,"expires_at":0,
        "data_access_expires_at":1700000000,"issued_at":1699990000,"scopes":["pages_messaging","pages_show_list","email"],
        "granular_scopes":[{"scope":"pages_messaging","target_ids":["1",2]},{"scope":"pages_show_list"},{"bad":1}],
        "user_id":"10"}}"#,
    );
    assert!(token.is_valid);
    assert_eq!((token.expires_at, token.data_access_expires_at), (None, Some(UnixMillis(1_700_000_000_000))));
    assert_eq!(token.app_id.as_ref().unwrap().as_str(), "42");
    for (scope, target, expected) in [
        ("pages_messaging", "1", true),
        ("pages_messaging", "2", true),
        ("pages_messaging", "3", false),
        ("pages_show_list", "3", true),
        ("email", "3", true),
        ("instagram_basic", "1", false),
    ] {
        assert_eq!(token.grants(scope, target), expected, "{scope} {target}");
    }
    let dead: DebugToken =
        ok(r#"{"data":{"error":{"code":190,"message":"m","subcode":460},"is_valid":false,"scopes":[]}}"#);
    assert!(!dead.is_valid && dead.scopes.is_empty());
    assert_eq!(refused::<DebugToken>("{}"), Class::Unreadable);
}

#[test]
fn subscriptions() {
    let apps: Listing<SubscribedApp> = ok(
        r#"{"data":[{"category":"B","link":"l","name":"Omni","id":"42","subscribed_fields":["messages","standby"]},{"id":7}]}"#,
    );
    assert_eq!(apps.list.items[0].subscribed_fields, ["messages", "standby"]);
    assert!(apps.list.items[1].subscribed_fields.is_empty());
    let hooks: Listing<AppWebhook> = ok(r#"{"data":[
        {"object":"instagram","callback_url":"https://chat.example/secret-path","active":true,
         "fields":[{"name":"messages","version":"v26.0"},{"name":"standby","version":"v26.0"}]},
        {"object":"page","fields":["messages"]},{"object":"user"}]}"#);
    let [instagram, page, user] = &hooks.list.items[..] else { panic!() };
    assert_eq!(instagram.fields, ["messages", "standby"]);
    assert_eq!(instagram.platform(), Some(meta_wire::platform::Platform::Instagram));
    assert!(!format!("{instagram:?}").contains("secret-path"));
    assert_eq!((page.fields.len(), page.active, user.platform()), (1, None, None));
}

#[test]
fn thread_owner_and_routing() {
    let owner = |body: &str| {
        let owner: ThreadOwner = ok(body);
        (owner.app_id.map(|id| id.as_str().to_owned()), owner.expires_at.map(|at| at.0))
    };
    let known = owner(r#"{"data":[{"thread_owner":{"app_id":263902037430900,"expiration":1700000000}}]}"#);
    assert_eq!(known, (Some("263902037430900".to_owned()), Some(1_700_000_000_000)));
    assert_eq!(owner(r#"{"data":[{"thread_owner":{"expiration":"1700000000"}}]}"#), (None, Some(1_700_000_000_000)));
    for idle in [
        r#"{"data":[]}"#,
        r#"{"data":[{}]}"#,
        r#"{"data":[{"thread_owner":{}}]}"#,
        r#"{"data":[{"thread_owner":null}]}"#,
    ] {
        assert_eq!(owner(idle), (None, None), "{idle}");
    }
    assert_eq!(refused::<ThreadOwner>("{}"), Class::Unreadable);
    for body in [
        r#"{"hop_v2":false,"msgr_multi_app":true,"ig_multi_app":false}"#,
        r#"{"messaging_feature_status":{"hop_v2":false,"msgr_multi_app":true,"ig_multi_app":false},"id":"1"}"#,
    ] {
        let status: FeatureStatus = ok(body);
        assert_eq!((status.hop_v2, status.msgr_multi_app, status.ig_multi_app), (Some(false), Some(true), Some(false)));
    }
    assert_eq!(ok::<FeatureStatus>(r#"{"id":"1"}"#), FeatureStatus::default());
}

#[test]
fn profiles() {
    let profile: Profile =
        ok(r#"{"name":null,"username":"peter","profile_pic":"https://scontent.example/x?sig=secret",
        "follower_count":3,"is_user_follow_business":false,"is_verified_user":"true","id":"9"}"#);
    assert_eq!(profile.display_name().unwrap().as_str(), "peter");
    assert_eq!(
        (profile.follower_count, profile.is_user_follow_business, profile.is_verified_user),
        (Some(3), Some(false), Some(true))
    );
    let shown = format!("{profile:?}");
    assert!(!shown.contains("secret") && !shown.contains("peter"), "{shown}");
    let profile: Profile = ok(r#"{"first_name":"Ada","last_name":"L."}"#);
    assert_eq!(profile.display_name().unwrap().as_str(), "Ada L.");
    assert_eq!(ok::<Profile>("{}"), Profile::default());
    assert!(ok::<Profile>(r#"{"name":" "}"#).display_name().is_none());
}

#[test]
fn me_on_instagram() {
    let me: Me = ok(r#"{"id":"app-scoped","user_id":17841400000000001,"username":"shop"}"#);
    assert_eq!(me.user_id.unwrap().as_str(), "17841400000000001");
}

#[test]
fn conversations_and_messages() {
    let list: Listing<Conversation> =
        ok(r#"{"data":[{"id":"t_1","updated_time":"2023-11-14T22:13:20+0000","is_owner":true},{"id":"t_2"}]}"#);
    assert_eq!(list.list.items[0].updated_time, Some(UnixMillis(1_700_000_000_000)));
    let stubs: Listing<MessageStub> = ok(
        r#"{"data":[{"id":"m_1","created_time":"2023-11-14T22:13:20+0000"}],"paging":{"cursors":{"after":"A"},"next":"n"}}"#,
    );
    assert_eq!((stubs.list.items[0].id.as_str(), stubs.after.as_deref()), ("m_1", Some("A")));
    let message: StoredMessage = ok(
        r#"{"id":"m_1","created_time":"2023-11-14T22:13:20+0000","from":{"username":"peter","id":"9"},
        "to":{"data":[{"username":"shop","id":"17841400000000001"}]},"message":"private words",
        "attachments":{"data":[{"image_data":{"url":"https://scontent.example/a?sig=secret","width":1},"mime_type":"image/jpeg","size":"12"},
          {"video_data":{"url":"v"}},{"file_url":"f","name":"n.pdf"},{}]},
        "story":{"reply_to":{"link":"https://x/secret","id":"17"}}}"#,
    );
    assert_eq!(message.message.as_ref().unwrap().as_str(), "private words");
    let urls: Vec<_> = message.attachments.items.iter().map(|a| a.url.as_ref().map(|url| url.as_str().len())).collect();
    assert_eq!(urls, [Some(37), Some(1), Some(1), None]);
    assert_eq!(message.attachments.items[0].size, Some(12));
    assert_eq!(message.to.items[0].id.as_ref().unwrap().as_str(), "17841400000000001");
    let shown = format!("{message:?}");
    assert!(!shown.contains("secret") && !shown.contains("private words"), "{shown}");
    let recent: Listing<RecentMessages> =
        ok(r#"{"data":[{"messages":{"data":[{"id":"m_2","message":"b"},{"id":"m_1"}]},"id":"t_1"},{"id":"t_2"}]}"#);
    let ids: Vec<_> =
        recent.list.items.iter().flat_map(|thread| &thread.messages.items).map(|m| m.id.as_str()).collect();
    assert_eq!((ids, recent.list.unreadable), (vec!["m_2", "m_1"], 0));
    let bare: StoredMessage = ok(r#"{"id":"m_2","message":""}"#);
    assert!(bare.message.is_none() && bare.from.is_none() && bare.attachments.items.is_empty());
}

#[test]
fn messenger_profile_in_both_forms() {
    let question = r#"{"question":"Open?","payload":"HOURS"}"#;
    for body in [
        format!(r#"{{"data":[{{"ice_breakers":[{{"call_to_actions":[{question}],"locale":"default"}}]}}]}}"#),
        format!(r#"{{"data":[{{"ice_breakers":[{question}]}}]}}"#),
        format!(r#"{{"data":[{{"call_to_actions":[{question}],"locale":"default"}}]}}"#),
        format!(r#"{{"data":[{question}]}}"#),
    ] {
        let profile: MessengerProfile = ok(&body);
        assert_eq!(profile.ice_breakers.len(), 1, "{body}");
        assert_eq!(profile.ice_breakers[0].locale, "default");
        assert_eq!(profile.ice_breakers[0].call_to_actions[0].payload, "HOURS");
    }
    let profile: MessengerProfile = ok(r#"{"data":[{"get_started":{"payload":"GO"},
        "greeting":[{"locale":"default","text":"Hi"}],"persistent_menu":[{"locale":"default"}]}]}"#);
    assert_eq!(profile.get_started.as_deref(), Some("GO"));
    assert_eq!(profile.greeting[0].text, "Hi");
    assert!(profile.persistent_menu.is_some());
    assert_eq!(ok::<MessengerProfile>(r#"{"data":[]}"#), MessengerProfile::default());
}
