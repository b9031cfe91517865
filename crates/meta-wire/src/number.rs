//! Numbers as JSON has them.

/// Reads a JSON number. serde_json's reader is exact as the standard library's is, and one of them is enough: each brings
/// tables that no compression makes smaller.
pub(crate) fn read(text: &str) -> Option<f64> {
    serde_json::from_str(text).ok()
}
