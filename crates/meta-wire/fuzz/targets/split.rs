//! A text to be cut into messages: the parts are the text, and none is empty or larger than it may be.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meta_wire::limits::{Limit, Unit};
use meta_wire::split::split;

fuzz_target!(|text: &str| {
    let max = 1 + text.bytes().next().map_or(0, usize::from);
    for unit in [Unit::Bytes, Unit::Characters] {
        let parts = split(text, Limit { field: "text", max, unit });
        assert_eq!(parts.concat(), text);
        for part in parts {
            let size = if matches!(unit, Unit::Bytes) { part.len() } else { part.chars().count() };
            assert!(!part.is_empty());
            assert!(size <= max || part.chars().count() == 1, "a part of {size} where {max} fit");
        }
    }
});
