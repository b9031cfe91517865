//! Where a string ends in JSON text.

/// Past the closing quote of the string that opens at `at`, and whether it reads as it stands: nothing in it is escaped.
pub(crate) fn end(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut at = at + 1;
    let mut is_plain = true;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return (at + 1, is_plain);
        }
        is_plain = false;
        at += 2;
    }
    (bytes.len(), false)
}
