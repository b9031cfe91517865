//! The note of the setting that goes to the other app with each change of control.

use crate::texts::fill;
use meta_wire::limits;

/// What may stand in the note in braces.
pub const VARIABLES: [&str; 3] = ["room_id", "agent", "department"];

/// Whether the note names the variable.
pub fn names(note: &str, variable: &str) -> bool {
    note.contains(&format!("{{{variable}}}"))
}

/// The note with its variables filled in, as much of it as Meta takes; `None` where there is nothing to say.
pub fn filled(note: &str, room_id: &str, agent: &str, department: &str) -> Option<String> {
    let filled = fill(note, &[("room_id", room_id), ("agent", agent), ("department", department)]);
    let cut: String = filled.chars().take(limits::METADATA.max).collect();
    Some(cut).filter(|text| !text.trim().is_empty())
}
