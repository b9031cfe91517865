//! Why a call to the Graph API did not succeed, for administrators: what went wrong and what to do.

use crate::key;
use crate::texts::Translator;
use meta_wire::answer::{Class, Invalid, Permission, Refusal, TokenProblem};
use meta_wire::request::RequestError;

/// A request that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphCallError {
    /// It could not even be made from what is configured.
    Request(RequestError),
    /// Meta refused it, or did not answer.
    Refused(Refusal),
}

impl GraphCallError {
    /// A stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "meta-request-impossible",
            Self::Refused(refusal) => refusal.class.code(),
        }
    }

    /// Whether some parameter was refused: perhaps one field of several.
    pub fn is_bad_parameter(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.class == Class::Invalid(Invalid::Parameter))
    }

    /// Whether Meta finds the answer too large.
    pub fn is_too_much(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_too_much())
    }

    /// Whether the token that was asked with is dead.
    pub fn is_dead_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if matches!(refusal.class, Class::TokenDead(_)))
    }

    /// What went wrong and what to do, for an administrator.
    pub fn text(&self, say: Translator<'_>) -> String {
        let refusal = match self {
            Self::Request(RequestError::Empty { field: "client_id" }) => {
                return say.text(key!("login_credentials_missing"), &[]);
            }
            Self::Request(RequestError::Invalid { field: "callback_url", .. }) => {
                return say.text(key!("account_meta_callback"), &[]);
            }
            // The token was deleted when the authorization ended.
            Self::Request(RequestError::Invalid { field: "access_token", .. }) => {
                return say.text(key!("account_meta_token"), &[]);
            }
            Self::Request(error) => {
                return say.text(key!("account_request_impossible"), &[("reason", &error.to_string())]);
            }
            Self::Refused(refusal) => refusal,
        };
        let key = match &refusal.class {
            Class::RetryLater { .. } | Class::MaybeSent if refusal.http_status == 0 => key!("account_meta_silent"),
            Class::RetryLater { .. } | Class::MaybeSent => key!("account_meta_down"),
            Class::RateLimited { .. } => key!("account_meta_limit"),
            Class::TokenDead(TokenProblem::Checkpoint) => key!("account_meta_checkpoint"),
            Class::TokenDead(_) => key!("account_meta_token"),
            Class::PermissionMissing(Permission::InstagramMessageAccess) => key!("account_meta_instagram_access"),
            Class::PermissionMissing(Permission::InstagramPageLink | Permission::PageNotLinked) => {
                key!("account_meta_page_link")
            }
            Class::PermissionMissing(Permission::AppNotLive) => key!("account_meta_not_live"),
            Class::PermissionMissing(_) => key!("account_meta_permission"),
            Class::Invalid(Invalid::LoginCode) => key!("account_meta_login_code"),
            Class::Invalid(Invalid::CallbackVerification) => key!("account_meta_callback"),
            Class::Restricted(_) => key!("account_meta_restricted"),
            _ => key!("account_meta_refused"),
        };
        with_code(say.text(key, &[]), refusal)
    }

    /// The same for a call in the Meta app's own name: whose token Meta does not take there is the App Secret's fault.
    pub fn app_text(&self, say: Translator<'_>) -> String {
        match self {
            Self::Refused(refusal) if is_bad_app(refusal) => {
                with_code(say.text(key!("account_meta_credentials"), &[]), refusal)
            }
            _ => self.text(say),
        }
    }
}

impl From<RequestError> for GraphCallError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<Refusal> for GraphCallError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// "Error validating application" (101) has no class of its own, an app token that does not fit is a dead one (190).
fn is_bad_app(refusal: &Refusal) -> bool {
    matches!(refusal.class, Class::TokenDead(_)) || refusal.code == Some(101)
}

fn with_code(text: String, refusal: &Refusal) -> String {
    let Some(code) = refusal.code else { return text };
    let subcode = refusal.subcode.map(|n| format!("/{n}")).unwrap_or_default();
    let trace = refusal.trace.as_deref().map(|t| format!(", {t}")).unwrap_or_default();
    format!("{text} (Meta {code}{subcode}{trace})")
}
