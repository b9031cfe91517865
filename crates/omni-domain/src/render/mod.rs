//! What customers write, and what Meta tells of it, as agents read it.

pub mod mentions;
pub mod text;
