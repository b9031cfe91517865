//! How a login ended.

use super::Account;
use super::candidate::{Candidate, Grant, NoGrant, left_out};
use crate::graph_error::GraphCallError;
use crate::key;
use crate::texts::{Key, Translator};
use meta_wire::answer::{Class, Invalid};

/// How a login ended well.
#[derive(Debug)]
pub enum Granted {
    /// These accounts are connected now, some may have been before; the others cannot be.
    Connected {
        /// The accounts.
        accounts: Vec<Account>,
        /// The others.
        unusable: Vec<Candidate>,
    },
    /// The person has to choose among so many, in the setup channel.
    ToChoose {
        /// How many.
        count: usize,
        /// Those that are connected now.
        connected: Vec<Account>,
    },
}

/// How a login ended otherwise. Each has a page and a message of its own.
#[derive(Debug)]
pub enum Failure {
    /// The state is not ours.
    Forged,
    /// The link is older than ten minutes.
    Expired,
    /// The link was used before.
    Replayed,
    /// Who started it may not connect accounts any more.
    NotAllowed,
    /// The person said no.
    Declined,
    /// Meta's dialog failed.
    Dialog {
        /// Meta's code.
        code: Option<i64>,
    },
    /// The callback says nothing.
    Empty,
    /// The settings hold no app any more, or another one than the login was started with.
    AppChanged,
    /// Meta does not take the code.
    Code,
    /// Meta does not take the app's id or secret, or the token is for another app.
    WrongApp,
    /// Something else at Meta.
    Meta(GraphCallError),
    /// The login worked and gave nothing that can be connected.
    Nothing(Grant),
}

impl From<NoGrant> for Failure {
    fn from(no: NoGrant) -> Self {
        match no {
            NoGrant::OtherApp => Self::WrongApp,
            NoGrant::GraphCallError(trouble) => Self::Meta(trouble),
        }
    }
}

impl Failure {
    /// A stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forged => "login-state-forged",
            Self::Expired => "login-link-expired",
            Self::Replayed => "login-link-used",
            Self::NotAllowed => "login-not-allowed",
            Self::Declined => "login-declined",
            Self::Dialog { .. } => "login-dialog-failed",
            Self::Empty => "login-callback-empty",
            Self::AppChanged => "login-app-changed",
            Self::Code => "login-code-refused",
            Self::WrongApp => "login-app-refused",
            Self::Meta(trouble) => trouble.code(),
            Self::Nothing(_) => "login-nothing-granted",
        }
    }

    /// HTTP status of its page.
    pub fn status(&self) -> u16 {
        match self {
            Self::Forged | Self::NotAllowed => 403,
            Self::Expired | Self::Replayed => 410,
            Self::Meta(_) => 502,
            Self::Declined | Self::Nothing(_) => 200,
            Self::Dialog { .. } | Self::Empty | Self::AppChanged | Self::Code | Self::WrongApp => 400,
        }
    }

    /// Title, and what to do.
    pub fn keys(&self) -> (Key, Key) {
        match self {
            Self::Forged => (key!("page_forged"), key!("page_forged_text")),
            Self::Expired => (key!("page_expired"), key!("page_expired_text")),
            Self::Replayed => (key!("page_replayed"), key!("page_replayed_text")),
            Self::NotAllowed => (key!("page_not_allowed"), key!("page_not_allowed_text")),
            Self::Declined => (key!("page_declined"), key!("page_declined_text")),
            Self::Dialog { .. } => (key!("page_dialog"), key!("page_dialog_text")),
            Self::Empty => (key!("page_empty"), key!("page_empty_text")),
            Self::AppChanged => (key!("page_app_changed"), key!("page_app_changed_text")),
            Self::Code => (key!("page_code"), key!("page_code_text")),
            Self::WrongApp => (key!("page_wrong_app"), key!("page_wrong_app_text")),
            Self::Meta(_) => (key!("page_meta"), key!("page_meta_text")),
            Self::Nothing(_) => (key!("page_nothing"), key!("page_nothing_text")),
        }
    }

    /// What exactly went wrong, where there is more to say than the title.
    pub fn details(&self, say: Translator<'_>) -> Vec<String> {
        match self {
            Self::Meta(trouble) => vec![trouble.text(say)],
            Self::Nothing(grant) => left_out(say, grant),
            Self::Dialog { code: Some(code) } => vec![format!("Meta {code}")],
            _ => Vec::new(),
        }
    }
}

/// Why the code that a callback brought could not be exchanged for a token.
pub fn exchange_failure(trouble: GraphCallError) -> Failure {
    let GraphCallError::Refused(refusal) = &trouble else { return Failure::Meta(trouble) };
    match (refusal.code, &refusal.class) {
        // "Error validating client secret" and "Error validating application" have no class of their own: elsewhere the
        // same numbers mean something else (observed; Meta documents neither).
        (Some(1 | 101), _) if refusal.http_status == 400 => Failure::WrongApp,
        (_, Class::Invalid(Invalid::LoginCode)) => Failure::Code,
        // Any other fault of the call is in what only the code carries.
        (_, Class::Invalid(_)) => Failure::Code,
        _ => Failure::Meta(trouble),
    }
}
