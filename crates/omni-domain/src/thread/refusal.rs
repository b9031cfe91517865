//! Why Meta did not change who has a thread, in words that say what to do about it.

use super::action::ThreadAction;
use crate::key;
use crate::texts::Key;
use meta_wire::answer::{Class, Invalid, Refusal};
use meta_wire::platform::Platform;

/// Why a change of control did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadActionError {
    /// Meta does not let our app take control: it is not the default app, nor is taking allowed for it.
    Forbidden(String),
    /// No default app is chosen, and without one no app can take control.
    NoDefaultApp(String),
    /// A default app is chosen, and with one no app can ask for control on Instagram.
    CannotAsk(String),
    /// Our app does not have the thread.
    NotOwner(String),
    /// There is no default app to pass to.
    NoTarget(String),
    /// The app to pass to is not connected to the account.
    BadTarget(String),
    /// Meta did not answer, or not in time.
    Later(String),
    /// The account's token is dead.
    TokenDead(String),
    /// The call is not possible on this connection.
    Impossible(&'static str),
    /// Something else.
    Other(String),
}

/// `take_thread_control` where no default app is chosen. Meta lists the code nowhere; its message is "Take thread control is
/// not supported when Conversation Routing is not enabled"
/// ([routing](https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing)
/// has the rule).
const NO_ROUTING: i64 = 27;

impl ThreadActionError {
    /// Reads a refusal. Meta refuses most of what is out of place with a bare 100: what that is follows from the call.
    pub fn of(deed: &ThreadAction, refusal: &Refusal, platform: Platform) -> Self {
        let numbers = numbers(refusal);
        if refusal.code == Some(NO_ROUTING) {
            return Self::NoDefaultApp(numbers);
        }
        match (&refusal.class, deed) {
            (Class::TokenDead(_), _) => Self::TokenDead(numbers),
            (Class::RetryLater { .. } | Class::RateLimited { .. } | Class::MaybeSent | Class::Unreadable, _) => {
                Self::Later(numbers)
            }
            (
                Class::NotThreadOwner(_) | Class::PermissionMissing(_),
                ThreadAction::Take | ThreadAction::Request { .. },
            ) => Self::Forbidden(numbers),
            (Class::NotThreadOwner(_), ThreadAction::Release | ThreadAction::Pass(_)) => Self::NotOwner(numbers),
            (Class::Invalid(Invalid::AppId), ThreadAction::Pass(_)) => Self::BadTarget(numbers),
            (Class::Invalid(Invalid::Parameter), ThreadAction::Request { .. }) if platform == Platform::Instagram => {
                Self::CannotAsk(numbers)
            }
            (Class::Invalid(Invalid::Parameter), ThreadAction::Release | ThreadAction::Pass(Some(_))) => {
                Self::NotOwner(numbers)
            }
            (Class::Invalid(Invalid::Parameter), ThreadAction::Pass(None)) => Self::NoTarget(numbers),
            _ => Self::Other(numbers),
        }
    }

    /// Whether Meta's settings forbid it, as opposed to the moment.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::NoDefaultApp(_))
    }

    /// What to do about it.
    pub fn key(&self) -> Key {
        match self {
            Self::Forbidden(_) => key!("hand_why_forbidden"),
            Self::NoDefaultApp(_) => key!("hand_why_no_default_app"),
            Self::CannotAsk(_) => key!("hand_why_cannot_ask"),
            Self::NotOwner(_) => key!("hand_why_not_owner"),
            Self::NoTarget(_) => key!("hand_why_no_target"),
            Self::BadTarget(_) => key!("hand_why_bad_target"),
            Self::Later(_) => key!("hand_why_later"),
            Self::TokenDead(_) => key!("hand_why_token_dead"),
            Self::Impossible(_) => key!("hand_why_impossible"),
            Self::Other(_) => key!("hand_why_other"),
        }
    }

    /// Meta's numbers, or a word of ours where it gave none.
    pub fn code(&self) -> &str {
        match self {
            Self::Forbidden(code)
            | Self::NoDefaultApp(code)
            | Self::CannotAsk(code)
            | Self::NotOwner(code)
            | Self::NoTarget(code)
            | Self::BadTarget(code)
            | Self::Later(code)
            | Self::TokenDead(code)
            | Self::Other(code) => code,
            Self::Impossible(code) => code,
        }
    }
}

fn numbers(refusal: &Refusal) -> String {
    match (refusal.code, refusal.subcode) {
        (Some(code), Some(subcode)) => format!("{code}/{subcode}"),
        (Some(code), None) => code.to_string(),
        (None, _) => refusal.class.code().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meta_wire::answer::{Call, HttpAnswer, classify};
    use meta_wire::ids::AppId;

    #[test]
    fn every_refusal_says_what_to_change() {
        use Platform::{Instagram, Messenger};
        let pass = ThreadAction::Pass(Some(AppId::new("1")));
        let ask = ThreadAction::Request { or_take: false };
        for (deed, platform, error, expected) in [
            (&ThreadAction::Take, Messenger, r#"{"code":27}"#, "hand_why_no_default_app"),
            (&ThreadAction::Take, Instagram, r#"{"code":27}"#, "hand_why_no_default_app"),
            (&ThreadAction::Take, Messenger, r#"{"code":10,"error_subcode":2018171}"#, "hand_why_forbidden"),
            (&ThreadAction::Take, Messenger, r#"{"code":10,"error_subcode":2018300}"#, "hand_why_forbidden"),
            (&ThreadAction::Take, Instagram, r#"{"code":100,"error_subcode":2534037}"#, "hand_why_forbidden"),
            (&ThreadAction::Take, Messenger, r#"{"code":10}"#, "hand_why_forbidden"),
            (&ThreadAction::Take, Messenger, r#"{"code":200}"#, "hand_why_forbidden"),
            (&ThreadAction::Take, Messenger, r#"{"code":100}"#, "hand_why_other"),
            (&ThreadAction::Take, Messenger, r#"{"code":190,"error_subcode":460}"#, "hand_why_token_dead"),
            (&ThreadAction::Take, Messenger, r#"{"code":4}"#, "hand_why_later"),
            (&ThreadAction::Take, Messenger, r#"{"code":2,"is_transient":true}"#, "hand_why_later"),
            (&ask, Instagram, r#"{"code":100}"#, "hand_why_cannot_ask"),
            (&ask, Messenger, r#"{"code":100}"#, "hand_why_other"),
            (&ThreadAction::Release, Messenger, r#"{"code":100}"#, "hand_why_not_owner"),
            (&ThreadAction::Release, Messenger, r#"{"code":10,"error_subcode":2018300}"#, "hand_why_not_owner"),
            (&pass, Messenger, r#"{"code":100}"#, "hand_why_not_owner"),
            (&pass, Messenger, r#"{"code":100,"error_subcode":2018164}"#, "hand_why_bad_target"),
            (&ThreadAction::Pass(None), Messenger, r#"{"code":100}"#, "hand_why_no_target"),
            (&pass, Messenger, r#"{"code":987654}"#, "hand_why_other"),
        ] {
            let answer = HttpAnswer::new(400, [], format!(r#"{{"error":{error}}}"#));
            let refusal = classify(Call::Repeatable, &answer).unwrap_err();
            let why = ThreadActionError::of(deed, &refusal, platform);
            assert_eq!(why.key().0, expected, "{deed:?} {platform:?} {error}");
            let code = refusal.code.unwrap().to_string();
            assert!(why.code().starts_with(&code), "{error}: {}", why.code());
        }
        let silence = ThreadActionError::of(&ThreadAction::Take, &Refusal::no_answer(Call::Repeatable), Messenger);
        assert_eq!((silence.key().0, silence.code()), ("hand_why_later", "meta-retry-later"));
    }
}
