//! What Meta answers: success as typed values, refusal as a class that says what to do next.
//!
//! ```
//! use meta_wire::answer::{Call, Class, HttpAnswer, Sent, read};
//!
//! let answer = HttpAnswer::new(200, [], r#"{"recipient_id":"2222","message_id":"m_1"}"#);
//! let sent: Sent = read(Call::Send, &answer)?;
//! assert_eq!(sent.message_id.as_str(), "m_1");
//!
//! let answer = HttpAnswer::new(400, [], r#"{"error":{"code":10,"error_subcode":2018278,"fbtrace_id":"Ax"}}"#);
//! let refusal = read::<Sent>(Call::Send, &answer).unwrap_err();
//! assert_eq!(refusal.class, Class::OutsideWindow);
//! # Ok::<(), meta_wire::answer::Refusal>(())
//! ```

mod call;
mod class;
mod classify;
mod data;
mod lenient;
mod reason;
mod refusal;
mod table;
mod usage;

pub use call::Call;
pub use class::Class;
pub use classify::{HttpAnswer, classify, read};
pub use data::*;
pub use reason::{Holder, Invalid, Permission, Restriction, Then, TokenProblem, Unreachable};
pub use refusal::Refusal;
pub use table::{Row, TABLE};
pub use usage::{Usage, UsageEntry};
