//! The forms in which Meta may have written a body.

use serde::{Deserialize, Serialize};

/// The form of the text that carried a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Meta's form: `\/`, `\u003C`, `\u0025`, `\u0040`, and lower-case `\uXXXX` beyond ASCII. Also reported for a body
    /// that holds none of these characters, where all forms are the same.
    Escaped,
    /// `\/` and `\uXXXX` beyond ASCII only.
    SlashAndUnicode,
    /// Meta's form with a lower-case `\u003c`.
    EscapedLowerCase,
    /// The text as it was given: plain `JSON.stringify`, or the bytes Meta sent where the host has them.
    AsGiven,
}

impl Form {
    /// All forms, in the order they are tried.
    pub const ALL: [Self; 4] = [Self::Escaped, Self::SlashAndUnicode, Self::EscapedLowerCase, Self::AsGiven];
}
