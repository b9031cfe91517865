//! What customers write, and what Meta tells of it, as agents read it.

pub mod account_event;
pub mod attachment;
pub mod call;
pub mod cards;
pub mod echo;
pub mod file;
pub mod file_type;
pub mod media_url;
pub mod mentions;
pub mod message;
pub mod needs;
pub mod profile;
pub mod quote;
pub mod reaction;
pub mod text;
pub mod unclear;
pub mod voice;
