//! Events that were not understood.

use meta_wire::webhook::{Event, Item};

/// What the event is and, of one in another shape, which field it is about.
pub fn kind_of(item: &Item) -> String {
    let kind = match &item.event {
        Event::Unknown(unknown) => unknown.names.join(" "),
        Event::Malformed(malformed) if malformed.fault.path == "." => malformed.name.clone(),
        // Which of several it is makes no other kind.
        Event::Malformed(malformed) => malformed.fault.path.replace(|c: char| c.is_ascii_digit(), ""),
        event => event.name().to_owned(),
    };
    if kind.is_empty() { "?".to_owned() } else { kind }
}
