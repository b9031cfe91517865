//! What was wrong with a webhook body, and where: names and positions, never the content.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in one item that did not have the shape it should have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[error("{path} (byte {offset} of the item): {problem}")]
pub struct Fault {
    /// The field, from the item down, such as `message.attachments[1].payload.url`; `.` is the item itself.
    pub path: String,
    /// Where the value starts, in bytes from the start of the item's raw JSON; for a missing field, where the object
    /// starts that should hold it.
    pub offset: usize,
    /// What was wrong.
    pub problem: Problem,
}

/// What was wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The field is absent, `null`, or an empty id.
    #[error("required field is missing")]
    Missing,
    /// The value has another JSON type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What the field should hold.
        expected: Shape,
        /// What it holds.
        found: Shape,
    },
    /// A number that does not fit the field: negative, fractional, or too large.
    #[error("number is out of range")]
    OutOfRange,
    /// An id written as a number beyond 2^53 - 1, which the host's `JSON.parse` may have rounded: not usable as an id.
    #[error("id is a number beyond 2^53 - 1 and may have been rounded")]
    RoundedId,
    /// The value is not JSON.
    #[error("not valid JSON")]
    NotJson,
    /// The item holds another event beside the one decoded; Meta documents one per item.
    #[error("a second event in the same item was not decoded")]
    SecondEvent,
}

/// A JSON type, or what of it a field wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A string.
    Text,
    /// A number.
    Number,
    /// A number without fraction, or a string of digits.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
    /// An id: a string, or a number without fraction.
    Id,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "a boolean",
            Self::Null => "null",
            Self::Id => "an id (string or integer)",
        })
    }
}

/// Why a whole webhook body could not be decoded. The body is untouched and still the caller's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON, or cut off.
    #[error("webhook body is not valid JSON: {kind} at line {line}, column {column}")]
    NotJson {
        /// Whether the text is wrong or just ends too early.
        kind: JsonErrorKind,
        /// Line, counted from 1.
        line: usize,
        /// Column in bytes, counted from 1.
        column: usize,
    },
    /// JSON, but neither an envelope nor an array of envelopes.
    #[error("webhook envelope: {path} must be {expected}, but is {}", found_or_missing(.found))]
    Envelope {
        /// The place: `entry`, `object`, or `body` for the whole.
        path: &'static str,
        /// What belongs there.
        expected: Shape,
        /// What is there; `None` if it is absent.
        found: Option<Shape>,
    },
    /// `object` names something else than `page` or `instagram`: another product's webhook points here.
    #[error("webhook object {object:?} is neither \"page\" nor \"instagram\"")]
    UnsupportedObject {
        /// The word, if it is a plain one; otherwise `?`.
        object: String,
    },
    /// An array of envelopes for both platforms at once, which Meta does not send.
    #[error("webhook body mixes \"page\" and \"instagram\" envelopes")]
    MixedObjects,
}

fn found_or_missing(found: &Option<Shape>) -> String {
    found.map_or_else(|| "missing".to_owned(), |found| found.to_string())
}

impl DecodeError {
    /// A stable word for programs and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "webhook_not_json",
            Self::Envelope { .. } => "webhook_envelope",
            Self::UnsupportedObject { .. } => "webhook_unsupported_object",
            Self::MixedObjects => "webhook_mixed_objects",
        }
    }
}

/// How text failed to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JsonErrorKind {
    /// A character that does not belong there.
    Syntax,
    /// The text ends in the middle of a value.
    CutOff,
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "syntax error",
            Self::CutOff => "text ends early",
        })
    }
}
