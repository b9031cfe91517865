//! Why an entry point could not do its work.

use crate::host::HostError;

/// Why an entry point could not do its work. What a person caused is never one of these: it is answered in words.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The host refused or could not be reached.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A stored record does not read back. `kind` names the record, never its content.
    #[error("a stored {kind} record does not read back (line {line}, column {column})")]
    Record {
        /// Which kind of record.
        kind: &'static str,
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
    },
    /// A record could not be written as JSON.
    #[error("a {kind} record could not be written as JSON")]
    Encode {
        /// Which kind of record.
        kind: &'static str,
    },
}

impl CoreError {
    /// A word a program can act on; the host's own where the host refused.
    pub fn code(&self) -> &str {
        match self {
            Self::Host(error) => &error.code,
            Self::Record { .. } => "record-unreadable",
            Self::Encode { .. } => "record-unwritable",
        }
    }

    pub(crate) fn record(kind: &'static str, error: &serde_json::Error) -> Self {
        Self::Record { kind, line: error.line(), column: error.column() }
    }
}
