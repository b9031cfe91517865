//! Meta's answer: a status, a line with a usage header, a body. It is always sorted into a class, whatever it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::answer::{self, Call, HttpAnswer};
use serde_json::Value;

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let status = lines.next().and_then(|status| status.parse().ok()).unwrap_or(200);
    let usage = lines.next().unwrap_or_default();
    let headers = ["x-app-usage", "x-business-use-case-usage", "retry-after"];
    let headers = headers.map(|name| (name.to_owned(), usage.to_owned()));
    let answer = HttpAnswer::new(status, headers, lines.next().unwrap_or_default());
    for call in [Call::Send, Call::Repeatable] {
        let sorted = answer::classify(call, &answer);
        if !(200..300).contains(&status) {
            assert!(sorted.is_err(), "status {status} is no success");
        }
        let _ = answer::read::<answer::Sent>(call, &answer);
        let _ = answer::read::<answer::SentAction>(call, &answer);
        let _ = answer::read::<answer::Uploaded>(call, &answer);
        let _ = answer::read::<answer::TokenGrant>(call, &answer);
        let _ = answer::read::<answer::DebugToken>(call, &answer);
        let _ = answer::read::<answer::Me>(call, &answer);
        let _ = answer::read::<answer::Profile>(call, &answer);
        let _ = answer::read::<answer::MessengerProfile>(call, &answer);
        let _ = answer::read::<answer::ThreadOwner>(call, &answer);
        let _ = answer::read::<answer::FeatureStatus>(call, &answer);
        let _ = answer::read::<answer::Done>(call, &answer);
        let _ = answer::read::<answer::StoredMessage>(call, &answer);
        let _ = answer::read::<answer::Listing<answer::PageAccount>>(call, &answer);
        let _ = answer::read::<answer::Listing<answer::Conversation>>(call, &answer);
        let _ = answer::read::<answer::Listing<answer::SubscribedApp>>(call, &answer);
        let _ = answer::read::<answer::Listing<answer::AppWebhook>>(call, &answer);
        let _ = answer::read::<answer::Listing<Value>>(call, &answer);
    }
});
