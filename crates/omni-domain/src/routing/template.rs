//! What the messages of an account may name: `{customer}`, `{account}`, `{agent}`, `{department}`, `{hours}`.
//!
//! Everything is checked when a message is saved: a customer never reads `{custmer}`, and never half a message.

use crate::account::Account;
use crate::channel::Channel;
use crate::compose::plain;
use crate::key;
use crate::texts::Translator;
use meta_wire::limits::{self, Limit, Unit};
use serde::{Deserialize, Serialize};

/// Something that is filled in when a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// Who wrote, as far as Meta tells.
    Customer,
    /// The account written to.
    Account,
    /// Who serves the conversation.
    Agent,
    /// The department that serves it.
    Department,
    /// When agents are there: an account's own text, since the server does not show apps its business hours.
    Hours,
}

impl Placeholder {
    const ALL: [Self; 5] = [Self::Customer, Self::Account, Self::Agent, Self::Department, Self::Hours];

    /// The word between the braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Account => "account",
            Self::Agent => "agent",
            Self::Department => "department",
            Self::Hours => "hours",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}

/// When a message is sent: what it can name depends on it. In the order in which one conversation's messages are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The conversation begins.
    Welcome,
    /// It was closed.
    Finished,
    /// No agent can serve, so there is none to name.
    Offline,
    /// It was closed, and the customer is asked how it was.
    Survey,
}

impl Occasion {
    /// The word in stored data and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Finished => "finished",
            Self::Offline => "offline",
            Self::Survey => "survey",
        }
    }

    /// What a message of this kind can name.
    pub fn knows(self, placeholder: Placeholder) -> bool {
        self != Self::Offline || placeholder != Placeholder::Agent
    }

    /// The placeholders as an administrator types them.
    pub fn list(self) -> String {
        let known: Vec<String> = Placeholder::ALL
            .into_iter()
            .filter(|placeholder| self.knows(*placeholder))
            .map(|placeholder| format!("{{{}}}", placeholder.name()))
            .collect();
        known.join(" ")
    }
}

/// The longest value that is filled in for a name that is not known when the message is saved, in the platform's unit.
/// Longer ones are cut, so that a message that was accepted always fits.
pub const LONGEST_NAME: usize = 60;

/// Why a message cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Names something that does not exist, or not at this moment.
    Unknown {
        /// As it was typed.
        name: String,
    },
    /// Names the opening hours, and none are entered.
    NoHours,
    /// Longer than the platform takes, with names as long as they may get.
    TooLong {
        /// What it came to, in the platform's unit.
        found: usize,
    },
}

impl Fault {
    /// Why the message cannot be saved, for the administrator who wrote it.
    pub fn text(&self, say: Translator<'_>, channel: Channel, occasion: Occasion) -> String {
        match self {
            Self::Unknown { name } => {
                let values = [("name", &*format!("{{{name}}}")), ("known", &occasion.list())];
                say.text(key!("flow_fault_unknown"), &values)
            }
            Self::NoHours => say.text(key!("flow_fault_hours"), &[]),
            Self::TooLong { found } => {
                let limit = limits::text(channel.platform());
                let key = match limit.unit {
                    Unit::Bytes => key!("flow_fault_bytes"),
                    _ => key!("flow_fault_characters"),
                };
                let (found, max) = (found.to_string(), limit.max.to_string());
                say.text(key, &[("found", &found), ("max", &max), ("network", channel.label())])
            }
        }
    }
}

/// Whether a message of the account can be saved, as an administrator types it.
///
/// # Errors
/// [`Fault`] when it cannot.
pub fn check_message(account: &Account, occasion: Occasion, text: &str, hours: &str) -> Result<(), Fault> {
    check(&plain(text), occasion, &account.shown(), hours, limits::text(account.platform()))
}

enum Piece<'a> {
    Text(&'a str),
    Named(&'a str, Option<Placeholder>),
}

/// Cuts a text at its placeholders. A brace that is not closed on its line is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(open) = rest.get(from..).and_then(|tail| tail.find('{')).map(|at| at + from) {
        let inside = rest.get(open + 1..).unwrap_or_default();
        let Some(end) = inside.find(['{', '}', '\n']).filter(|end| inside.get(*end..*end + 1) == Some("}")) else {
            from = open + 1;
            continue;
        };
        let name = inside.get(..end).unwrap_or_default();
        pieces.push(Piece::Text(rest.get(..open).unwrap_or_default()));
        pieces.push(Piece::Named(name, Placeholder::named(name)));
        rest = inside.get(end + 1..).unwrap_or_default();
        from = 0;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Checks a message as it is about to be saved. `account` and `hours` are the values it would be filled with.
pub fn check(text: &str, occasion: Occasion, account: &str, hours: &str, limit: Limit) -> Result<(), Fault> {
    let mut found = 0;
    for piece in pieces(text) {
        found += match piece {
            Piece::Text(text) => limit.unit.measure(text),
            Piece::Named(_, Some(Placeholder::Hours)) if hours.is_empty() => return Err(Fault::NoHours),
            Piece::Named(_, Some(Placeholder::Hours)) => limit.unit.measure(hours),
            // The account stands in for an agent or department that is not known.
            Piece::Named(_, Some(placeholder)) if occasion.knows(placeholder) => {
                LONGEST_NAME.max(limit.unit.measure(&cut(account, limit)))
            }
            Piece::Named(name, _) => return Err(Fault::Unknown { name: cut(name.trim(), limit) }),
        };
    }
    if found <= limit.max { Ok(()) } else { Err(Fault::TooLong { found }) }
}

/// Whether the text names it.
pub fn names(text: &str, wanted: Placeholder) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Named(_, Some(placeholder)) if *placeholder == wanted))
}

/// Fills a message in. An empty value leaves no gap: `Hello {customer}, …` becomes `Hello, …`.
pub fn fill(text: &str, limit: Limit, value: impl Fn(Placeholder) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) if gap && text.starts_with([',', '.', '!', '?', ';', ':']) => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push_str(text);
            }
            Piece::Text(text) if gap && (out.is_empty() || out.ends_with([' ', '\n'])) => {
                out.push_str(text.trim_start_matches(' '));
            }
            Piece::Text(text) => out.push_str(text),
            Piece::Named(name, None) => {
                out.push('{');
                out.push_str(name);
                out.push('}');
                gap = false;
                continue;
            }
            Piece::Named(_, Some(placeholder)) => {
                let value = value(placeholder);
                gap = value.trim().is_empty();
                match placeholder {
                    Placeholder::Hours => out.push_str(value.trim()),
                    _ => out.push_str(&cut(value.trim(), limit)),
                }
                continue;
            }
        }
        gap = false;
    }
    out.trim().to_owned()
}

/// The beginning of a name, no longer than [`LONGEST_NAME`].
fn cut(name: &str, limit: Limit) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut buffer = [0; 4];
    for c in name.chars() {
        length += limit.unit.measure(c.encode_utf8(&mut buffer));
        if length > LONGEST_NAME {
            break;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use meta_wire::limits;
    use meta_wire::platform::Platform::{Instagram, Messenger};

    fn verdict(text: &str, occasion: Occasion) -> Result<(), Fault> {
        check(text, occasion, "Corner Shop", "9-18", limits::text(Instagram))
    }

    #[test]
    fn only_what_can_be_filled_in_is_accepted() {
        let unknown = |name: &str| Err(Fault::Unknown { name: name.to_owned() });
        for (text, occasion, expected) in [
            ("Hello", Occasion::Welcome, Ok(())),
            ("Hi {customer}, {account} {agent} {department} {hours}", Occasion::Welcome, Ok(())),
            ("Hi { Customer }", Occasion::Finished, Ok(())),
            ("Hi {custmer}", Occasion::Welcome, unknown("custmer")),
            ("Hi {}", Occasion::Welcome, unknown("")),
            ("{agent} is away", Occasion::Offline, unknown("agent")),
            ("{{customer}}", Occasion::Welcome, Ok(())),
            (":-{ and {\n}", Occasion::Welcome, Ok(())),
            ("{ä}", Occasion::Welcome, unknown("ä")),
        ] {
            assert_eq!(verdict(text, occasion), expected, "{text}");
        }
        let no_hours = check("{hours}", Occasion::Offline, "A", "", limits::text(Messenger));
        assert_eq!(no_hours, Err(Fault::NoHours));
    }

    #[test]
    fn what_is_accepted_fits_whatever_is_filled_in() {
        let long = "é".repeat(500);
        for platform in [Instagram, Messenger] {
            let limit = limits::text(platform);
            let room = limit.max - 3 * LONGEST_NAME;
            let body = |length: usize| format!("{}{{customer}}{{agent}}{{department}}", "x".repeat(length));
            assert_eq!(check(&body(room), Occasion::Welcome, "A", "", limit), Ok(()));
            let filled = fill(&body(room), limit, |_| long.clone());
            assert!(limit.check(&filled).is_ok());
            let fault = check(&body(room + 1), Occasion::Welcome, "A", "", limit);
            assert_eq!(fault, Err(Fault::TooLong { found: limit.max + 1 }));
        }
    }

    #[test]
    fn a_missing_name_leaves_no_gap() {
        let limit = limits::text(Messenger);
        let fill = |text: &str, name: &str| fill(text, limit, |_| name.to_owned());
        for (text, name, expected) in [
            ("Hello {customer}, welcome", "Kim", "Hello Kim, welcome"),
            ("Hello {customer}, welcome", " ", "Hello, welcome"),
            ("{customer} welcome", "", "welcome"),
            ("Hello {customer} and welcome", "", "Hello and welcome"),
            ("Hello {customer}", "", "Hello"),
            ("{customer}{account}", "{agent}", "{agent}{agent}"),
            ("a {b} c {", "x", "a {b} c {"),
        ] {
            assert_eq!(fill(text, name), expected, "{text}");
        }
    }
}
