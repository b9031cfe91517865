//! Asking Meta about accounts, and saying what came back when it is not what was asked for.

use crate::error::CoreError;
use crate::host::Host;
use crate::key;
use crate::session::Session;
use crate::texts::Lang;
use meta_wire::answer::{Call, Class, Invalid, Listing, Permission, Refusal, TokenProblem};
use meta_wire::request::accounts::{Detail, ListPart};
use meta_wire::request::{HttpRequest, RequestError};
use serde::de::DeserializeOwned;

/// Most parts of one list that are read: 100 items each, unless that is too much for Meta.
const PARTS_OF_A_LIST: usize = 30;

/// A request that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It could not even be made from what is configured.
    Request(RequestError),
    /// Meta refused it, or did not answer.
    Refused(Refusal),
}

impl Trouble {
    /// A stable word.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "meta-request-impossible",
            Self::Refused(refusal) => refusal.class.code(),
        }
    }

    /// Whether some parameter was refused: perhaps one field of several.
    pub(crate) fn is_bad_parameter(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.class == Class::Invalid(Invalid::Parameter))
    }

    fn is_too_much(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_too_much())
    }

    pub(crate) fn is_dead_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if matches!(refusal.class, Class::TokenDead(_)))
    }
}

impl From<RequestError> for Trouble {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<H: Host> Session<H> {
    /// Asks Meta for something that may be asked twice.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        request: Result<HttpRequest, RequestError>,
    ) -> Result<T, Trouble> {
        let request = request?;
        let endpoint = request.endpoint();
        self.meta(Call::Repeatable, request).await.map_err(|refusal| {
            self.warn("meta-refused", &format!("{endpoint}: {refusal}"));
            Trouble::Refused(refusal)
        })
    }

    /// The same for fewer fields when one of all is refused.
    pub(crate) async fn ask_in_detail<T: DeserializeOwned>(
        &self,
        request: impl Fn(Detail) -> Result<HttpRequest, RequestError>,
    ) -> Result<T, Trouble> {
        match self.ask(request(Detail::Full)).await {
            Err(trouble) if trouble.is_bad_parameter() => self.ask(request(Detail::Least)).await,
            answer => answer,
        }
    }

    /// Reads a list to its end: in smaller parts when Meta finds one too much, with fewer fields when it refuses one.
    pub(crate) async fn ask_all<T: DeserializeOwned>(
        &self,
        request: impl Fn(ListPart<'_>) -> Result<HttpRequest, RequestError>,
    ) -> Result<Vec<T>, Trouble> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        let mut part = ListPart::default();
        for _ in 0..PARTS_OF_A_LIST {
            let page: Listing<T> = loop {
                match self.ask(request(ListPart { after: after.as_deref(), ..part })).await {
                    Err(trouble) if trouble.is_too_much() && part.limit > 1 => part.limit = part.limit.div_ceil(5),
                    Err(trouble) if trouble.is_bad_parameter() && part.detail == Detail::Full => {
                        part.detail = Detail::Least;
                    }
                    answer => break answer?,
                }
            };
            if page.list.unreadable > 0 || page.cut_short {
                self.warn("meta-list-incomplete", &format!("{} items unreadable", page.list.unreadable));
            }
            items.extend(page.list.items);
            match page.after {
                // The same cursor twice would go round for ever.
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        Ok(items)
    }

    /// What went wrong and what to do, for an administrator.
    pub(crate) fn explain(&self, lang: &Lang, trouble: &Trouble) -> String {
        let refusal = match trouble {
            Trouble::Request(RequestError::Empty { field: "client_id" }) => {
                return self.text(lang, key!("login_credentials_missing"), &[]);
            }
            Trouble::Request(RequestError::Invalid { field: "callback_url", .. }) => {
                return self.text(lang, key!("account_meta_callback"), &[]);
            }
            // The token was deleted when the authorization ended.
            Trouble::Request(RequestError::Invalid { field: "access_token", .. }) => {
                return self.text(lang, key!("account_meta_token"), &[]);
            }
            Trouble::Request(error) => {
                return self.text(lang, key!("account_request_impossible"), &[("reason", &error.to_string())]);
            }
            Trouble::Refused(refusal) => refusal,
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
        with_code(self.text(lang, key, &[]), refusal)
    }

    /// The same for a call in the Meta app's own name: whose token Meta does not take there is the App Secret's fault.
    pub(crate) fn explain_app(&self, lang: &Lang, trouble: &Trouble) -> String {
        match trouble {
            Trouble::Refused(refusal) if is_bad_app(refusal) => {
                with_code(self.text(lang, key!("account_meta_credentials"), &[]), refusal)
            }
            _ => self.explain(lang, trouble),
        }
    }

    /// The account's token as an error of Meta's says it is: dead ones are noted.
    pub(crate) async fn note_trouble(
        &self,
        account: &crate::store::Account,
        trouble: &Trouble,
    ) -> Result<(), CoreError> {
        match trouble {
            Trouble::Refused(refusal) if trouble.is_dead_token() => self.token_died(account, refusal).await,
            _ => Ok(()),
        }
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
