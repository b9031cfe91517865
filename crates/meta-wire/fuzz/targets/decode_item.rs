//! A stored item: whatever it is, it is answered, keeps its raw JSON, and can be stored and read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::platform::Platform;
use meta_wire::webhook::{Channel, Event, Item, decode_item};

fuzz_target!(|raw: &str| {
    for platform in Platform::ALL {
        for channel in [Channel::Messaging, Channel::Standby, Channel::Changes, Channel::Entry] {
            let item = decode_item(platform, channel, &["1".into()], raw);
            assert_eq!(item.raw.as_str(), raw);
            if let Event::Malformed(malformed) = &item.event {
                assert!(malformed.fault.offset <= raw.len());
            }
            let stored = serde_json::to_string(&item).expect("an item is serialisable");
            assert_eq!(serde_json::from_str::<Item>(&stored).expect("what is stored reads back"), item);
        }
    }
});
