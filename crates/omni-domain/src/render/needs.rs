//! Where an event is shown.

use meta_wire::webhook::{Event, Item, Malformed, Side, Unknown};

/// What an event needs in order to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A room, opened when none is.
    Room,
    /// The open room, if there is one: it is context, not a reason to call an agent.
    OpenRoom,
    /// The setup channel: it concerns the account.
    SetupChannel,
    /// It changes what is there; where that is, it finds out.
    Nothing,
}

/// What the event needs.
pub fn needs(item: &Item) -> Needs {
    match &item.event {
        Event::Unknown(Unknown { aside: true, .. }) | Event::Malformed(Malformed { aside: true, .. }) => Needs::Nothing,
        Event::Unknown(_) | Event::Malformed(_) if item.side == Side::Business => Needs::OpenRoom,
        // The business did it: the customer waits for no answer.
        _ if item.side != Side::Customer => Needs::Nothing,
        // Another app has the thread: what is said there is context.
        Event::Message(_)
        | Event::Postback(_)
        | Event::Order(_)
        | Event::Lead(_)
        | Event::Form(_)
        | Event::Referral(_)
            if item.is_standby() =>
        {
            Needs::OpenRoom
        }
        Event::Message(_)
        | Event::Postback(_)
        | Event::Order(_)
        | Event::Lead(_)
        | Event::Form(_)
        | Event::Referral(_) => Needs::Room,
        Event::Echo(_) | Event::Unsend(_) | Event::MessageEdit(_) | Event::Reaction(_) => Needs::Nothing,
        Event::Read(_) | Event::Delivery(_) | Event::ThreadControl(_) => Needs::Nothing,
        Event::Optin(_)
        | Event::AccountLinking(_)
        | Event::MessagingFeedback(_)
        | Event::ResponseFeedback(_)
        | Event::CallPermission(_) => Needs::OpenRoom,
        // Calls ring in Meta's own apps.
        Event::Calls(_) => Needs::Nothing,
        Event::AppRoles(_)
        | Event::PolicyEnforcement(_)
        | Event::Integrity(_)
        | Event::CallSettings(_)
        | Event::Comment(_)
        | Event::Mention(_)
        | Event::Feed(_) => Needs::SetupChannel,
        Event::Unknown(_) | Event::Malformed(_) if item.is_standby() => Needs::OpenRoom,
        Event::Unknown(_) | Event::Malformed(_) => Needs::Room,
    }
}
