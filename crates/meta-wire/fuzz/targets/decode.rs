//! A webhook body: whatever it is, it is answered, and every item in it is kept and decodes again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::webhook::{self, Channel, Delivery};
use serde_json::Value;

fuzz_target!(|body: &str| {
    let Ok(delivery) = webhook::decode(body) else { return };
    for (entry, item) in delivery.items() {
        let raw = item.raw.as_str();
        // A change written into the entry itself is put together anew.
        assert!(item.channel == Channel::Changes || body.contains(raw), "raw is not verbatim");
        // An entry that names no id takes the account from its items, which knew of none.
        let again = webhook::decode_item(delivery.platform, item.channel, entry.account.as_slice(), raw);
        let again = if again == *item { again } else { webhook::decode_item(delivery.platform, item.channel, &[], raw) };
        assert_eq!(&again, item);
    }
    let stored = serde_json::to_string(&delivery).expect("a delivery is serialisable");
    assert_eq!(serde_json::from_str::<Delivery>(&stored).expect("what is stored reads back"), delivery);

    // Counted by another parser. It refuses some bodies that are taken here, such as deeply nested ones.
    let Ok(value) = serde_json::from_str::<Value>(body) else { return };
    let envelopes = if let Value::Array(envelopes) = value { envelopes } else { vec![value] };
    let entries: Vec<&Value> = envelopes.iter().filter_map(|envelope| envelope["entry"].as_array()).flatten().collect();
    assert_eq!(delivery.entries.len(), entries.len());
    for (decoded, entry) in delivery.entries.iter().zip(entries) {
        for (channel, key) in
            [(Channel::Messaging, "messaging"), (Channel::Standby, "standby"), (Channel::Changes, "changes")]
        {
            let kept = decoded.items.iter().filter(|item| item.channel == channel).count();
            let given = entry[key].as_array().map_or(0, Vec::len);
            assert!(kept == given || (channel == Channel::Changes && kept > given), "{key}: {kept} of {given}");
        }
    }
});
