//! Where a conversation goes when it begins, and what is said in it of the app's own accord.

mod rule;
pub mod rules;
pub mod template;

pub use rule::{Origin, Rule, RuleKind};
