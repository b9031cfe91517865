//! Placeholder replaced within the first commits.
fn main() {}
