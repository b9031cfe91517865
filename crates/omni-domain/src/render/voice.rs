//! Whose doing a line in a room tells of.

/// Whose doing it is that a note tells of. It decides what becomes of the note while the customer waits for an answer, for
/// which the server would take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The customer's: it is said as the customer, who waits already.
    Customer,
    /// The business's, who answered elsewhere: it counts as the answer that it is.
    Business,
    /// Neither the customer's words nor an answer to them, such as another app's message or an unsend by staff: it waits until
    /// an agent has answered.
    App,
}
