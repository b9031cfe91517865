//! What Meta's events say about who has a thread.

use super::action::Party;
use super::human_request;
use super::machine::Input;
use crate::account::Account;
use crate::settings::Settings;
use crate::timing::THREAD_SKEW_MS;
use meta_wire::webhook::{Event, Item, Side, ThreadControl, ThreadControlAction};

/// Whether an event of that time is old news: it happened before the state was learnt.
pub fn is_old_news(learnt_at: Option<i64>, at: i64) -> bool {
    learnt_at.is_some_and(|known| at.saturating_add(THREAD_SKEW_MS) < known)
}

/// Whether it may call for a person though no conversation need be open; [`calls_for_a_human`] then tells.
pub fn may_call_for_a_human(item: &Item) -> bool {
    matches!(item.event, Event::ThreadControl(_)) || (item.is_standby() && item.side == Side::Customer)
}

/// Whether a person has to answer now though no conversation need be open: another app handed us the thread, or the customer
/// asks for a person while another app has it.
pub fn calls_for_a_human(account: &Account, settings: &Settings, item: &Item) -> bool {
    match &item.event {
        Event::ThreadControl(control) => {
            control.action == ThreadControlAction::Pass && given_to(account, settings, item, control) == Some(Party::Us)
        }
        _ => may_call_for_a_human(item) && human_request::is_asked_for(settings, item),
    }
}

/// What an event says about who has the thread; `None` for nothing. `is_open` says whether a conversation is.
pub fn read_event(is_open: bool, account: &Account, settings: &Settings, item: &Item) -> Option<Input> {
    match &item.event {
        Event::ThreadControl(control) if control.action == ThreadControlAction::Request => {
            let by = control.requested_owner.clone();
            let ours = by.as_ref().is_some_and(|by| account.is_ours(settings, by));
            (!ours).then_some(Input::Wanted { by, open: is_open })
        }
        Event::ThreadControl(control) => given_to(account, settings, item, control).map(Input::Given),
        Event::Echo(echo) if item.is_standby() => {
            let by = echo.app_id.clone().filter(|app| !account.is_ours(settings, app));
            Some(Input::Overheard(by))
        }
        _ if item.is_standby() => Some(Input::Overheard(None)),
        Event::Message(message) if !message.is_self => Some(Input::Heard),
        Event::Postback(_) | Event::Reaction(_) | Event::Referral(_) | Event::Order(_)
            if item.side == Side::Customer =>
        {
            Some(Input::Heard)
        }
        _ => None,
    }
}

/// To whom control went. Meta tells of a pass the app that gets it, and of a taking the app that lost it: that decides where the new
/// owner is not named.
fn given_to(account: &Account, settings: &Settings, item: &Item, control: &ThreadControl) -> Option<Party> {
    match (control.action, &control.new_owner) {
        (ThreadControlAction::Request, _) => None,
        (_, Some(app)) if account.is_ours(settings, app) => Some(Party::Us),
        (_, Some(app)) => Some(Party::App(Some(app.clone()))),
        (ThreadControlAction::Pass, None) if !item.is_standby() => Some(Party::Us),
        (_, None) => Some(Party::App(None)),
    }
}
