//! Where secrets may be, and that they are nowhere else.

use super::*;

/// Everything anybody can read: messages, whispers, windows.
fn spoken(world: &World) -> String {
    let server = world.rocket_chat();
    let messages: Vec<Value> =
        server.messages.iter().map(|stored| serde_json::to_value(&stored.message).unwrap()).collect();
    let whispers: Vec<Value> = server.whispers.iter().map(|w| json!([w.text, w.blocks])).collect();
    let modals: Vec<Value> = server.modals.iter().map(|m| serde_json::to_value(&m.view).unwrap()).collect();
    json!([messages, whispers, modals]).to_string()
}

#[test]
fn secrets_stand_only_where_they_are_stored() {
    let world = entered();
    let app = world.instance();
    install(&app);
    let pages = vec![page("101", "Alpha", None), page("102", "Beta", None)];
    FacebookLogin::of(pages).script(&world);
    let mut pages_seen = log_in(&app, Channel::Facebook).body;
    let server = world.rocket_chat();
    let all: Vec<Value> = server.messages.iter().flat_map(|stored| buttons(&stored.message.blocks)).collect();
    let choice = all.iter().find(|button| button["actionId"] == "connect:choose").unwrap()["value"].clone();
    drop(server);
    let choice = choice.as_str().unwrap();
    let opened = press(&app, "admin", "connect:choose", choice);
    pages_seen.push_str(&serde_json::to_string(&opened).unwrap());
    submit(&app, "admin", &format!("connect:choose:{choice}"), &[("connect:accounts", json!(["101", "102"]))]);
    assert_eq!(accounts(&world).len(), 2);
    script_healthy(&world);
    world.meta_mut().expect("GET", "messaging_feature_status").always().error(400, 190, Some(460));
    world.meta_mut().expect("POST", "/private-hash/webhook").always().status(500);
    for command in ["list", "status", "doctor", "edit 101", "unauthorize", "help"] {
        type_command(&app, Channel::Facebook, command);
    }
    app.job(job::DAILY);
    let state_key = world.rocket_chat().stored::<omni_core::store::Installation>()[0].state_key.clone();
    let tokens = ["EAApage-token-101", "EAApage-token-102"];
    let never_kept = [USER_TOKEN, SHORT_TOKEN, "the-code", APP_SECRET];
    let secrets: Vec<&str> = tokens.iter().chain(&never_kept).copied().chain([state_key.as_str()]).collect();
    for secret in &secrets {
        assert!(!spoken(&world).contains(secret), "{secret} was shown");
        assert!(!pages_seen.contains(secret), "{secret} on a page");
    }
    world.assert_logs_hold_none_of(&secrets);
    // In persistence: each token in its own account, the state's key in the installation, app secrets in one record, the
    // rest nowhere.
    for record in &world.rocket_chat().records {
        let (kind, text) = (record.data["kind"].as_str().unwrap().to_owned(), record.data.to_string());
        for token in tokens {
            assert!(!text.contains(token) || kind == "account", "{token} in {kind}");
        }
        for secret in never_kept {
            // The app secret is remembered, to be known once it is replaced.
            assert!(!text.contains(secret) || (secret == APP_SECRET && kind == "secrets"), "{secret} in {kind}");
        }
        assert!(!text.contains(&state_key) || kind == "installation", "the state's key in {kind}");
    }
    // Meta documents the inspected token as a query parameter and nothing else; no other address holds a secret.
    for request in &world.meta().requests {
        for secret in &secrets {
            let allowed = request.path().ends_with("/debug_token");
            assert!(!request.url.contains(secret) || allowed, "{secret} in {}", request.path());
        }
    }
}
