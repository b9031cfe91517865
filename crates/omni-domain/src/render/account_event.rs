//! Events of the account itself, with no customer to talk to, as those read them who look after it.

use super::text::{beginning, done, harmless, lines, link};
use crate::account::Account;
use crate::key;
use crate::rocket_chat::Card;
use crate::texts::{Key, Translator};
use crate::timing::moment;
use meta_wire::ids::PostId;
use meta_wire::private::Private;
use meta_wire::webhook::{Author, Event, Feature, Integrity, Item, Restriction, Violation};

/// What to show; nothing for what the account did itself.
pub fn account_card(say: Translator<'_>, account: &Account, item: &Item) -> Option<Card> {
    let own = account.own_ids();
    let account = account.shown();
    let by_account = |from: &Option<Author>| {
        let id = from.as_ref().and_then(|from| from.id.as_ref());
        id.is_some_and(|id| own.iter().any(|own| own.as_str() == id.as_str()))
    };
    let words = |text: &Option<Private>| text.as_deref().map(|text| beginning(&harmless(text))).unwrap_or_default();
    let name = |from: &Option<Author>| words(&from.as_ref().and_then(|from| from.name.clone()));
    let card = |title: Key, text: String| Card {
        title: Some(say.text(title, &[("account", &account)])),
        text: (!text.is_empty()).then_some(text),
        ..Card::default()
    };
    let on_post = |card: Card, post: Option<&PostId>| Card {
        title_link: post.and_then(|post| link(&format!("https://www.facebook.com/{post}"))),
        ..card
    };
    let said = |from: &Option<Author>, text: &Option<Private>| {
        let (name, text) = (name(from), words(text));
        if name.is_empty() || text.is_empty() { lines([name, text]) } else { format!("{name}: {text}") }
    };
    Some(match &item.event {
        Event::PolicyEnforcement(policy) => {
            let title = match policy.action.as_str() {
                "block" => key!("in_policy_block"),
                "unblock" => key!("in_policy_unblock"),
                _ => key!("in_policy_warning"),
            };
            card(title, policy.reason.as_deref().map(harmless).unwrap_or_default())
        }
        Event::Integrity(integrity) => card(integrity_title(integrity), integrity_words(say, integrity)),
        Event::CallSettings(settings) => {
            let title = match settings.enabled {
                Some(true) => key!("in_call_settings_on"),
                Some(false) => key!("in_call_settings_off"),
                None => key!("in_call_settings"),
            };
            card(title, String::new())
        }
        Event::Comment(comment) if by_account(&comment.from) => return None,
        Event::Comment(comment) => {
            on_post(card(key!("in_comment"), said(&comment.from, &comment.text)), comment.post_id.as_ref())
        }
        Event::Mention(mention) if by_account(&mention.from) => return None,
        Event::Mention(mention) => {
            on_post(card(key!("in_mention"), said(&mention.from, &mention.text)), mention.post_id.as_ref())
        }
        Event::Feed(change) if by_account(&change.from) => return None,
        Event::Feed(change) => {
            let what =
                harmless(&lines([change.item.clone(), change.verb.clone().unwrap_or_default()]).replace('\n', ", "));
            let text = lines([said(&change.from, &change.text), done(&what)]);
            on_post(card(key!("in_feed"), text), change.post_id.as_ref())
        }
        Event::Optin(optin) => card(
            key!("in_optin"),
            optin.reference.as_deref().map(|reference| beginning(&harmless(reference))).unwrap_or_default(),
        ),
        _ => return None,
    })
}

/// What the account may not do and until when, and why, in Meta's words.
fn integrity_words(say: Translator<'_>, integrity: &Integrity) -> String {
    let restriction = |restriction: &Restriction| {
        let feature = match &restriction.feature {
            Feature::Messaging => say.text(key!("in_feature_messaging"), &[]),
            Feature::Publishing => say.text(key!("in_feature_publishing"), &[]),
            Feature::ReadOnly => say.text(key!("in_feature_read_only"), &[]),
            Feature::Other(other) => harmless(other),
        };
        let until = restriction.until.map(|until| moment(until.0)).unwrap_or_default();
        let key = match (restriction.holds, until.is_empty()) {
            (true, true) => key!("in_restricted"),
            (true, false) => key!("in_restricted_until"),
            (false, _) => key!("in_unrestricted"),
        };
        let line = say.text(key, &[("feature", &feature), ("until", &until)]);
        lines([line, restriction.description.as_deref().map(harmless).unwrap_or_default()])
    };
    let violation = |violation: &Violation| {
        let what = violation.description.as_deref().or(violation.kind.as_deref()).map(harmless).unwrap_or_default();
        lines([what, violation.url.as_deref().and_then(link).unwrap_or_default()])
    };
    let restrictions = integrity.restrictions.iter().map(restriction);
    lines(restrictions.chain(integrity.violations.iter().map(violation)))
}

fn integrity_title(integrity: &Integrity) -> Key {
    match integrity.status.as_deref() {
        Some("ok") => key!("in_integrity_ok"),
        Some("warning") => key!("in_policy_warning"),
        Some("restricted") => key!("in_integrity_restricted"),
        Some("suspended") => key!("in_integrity_suspended"),
        _ if integrity.restrictions.iter().any(|one| one.holds) => key!("in_integrity_restricted"),
        _ => key!("in_integrity_changed"),
    }
}
