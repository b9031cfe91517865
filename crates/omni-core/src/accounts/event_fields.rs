//! Subscribing webhook fields, of which Meta may not offer the app, or the account, each one.

use crate::context::Context;
use crate::gateway::graph_pages::GraphPages;
use crate::host::Host;
use meta_wire::answer::{Done, Listing, SubscribedApp};
use meta_wire::request::subscriptions::NEEDED_FIELD;
use meta_wire::request::{HttpRequest, RequestError, subscriptions};
use omni_domain::account::{Account, LoginRoute};
use omni_domain::channel::Channel;
use omni_domain::graph_error::GraphCallError;
use omni_domain::settings::Settings;

/// Fields that Meta refused for the account's node.
pub(crate) fn refused_fields(account: &Account, all: &[Account]) -> Vec<String> {
    let users =
        all.iter().filter(|other| other.route == account.route && other.business().node == account.business().node);
    let mut refused: Vec<String> = users.chain([account]).flat_map(|user| user.refused_fields.clone()).collect();
    refused.sort_unstable();
    refused.dedup();
    refused
}

/// A Page and the Instagram account linked to it are subscribed through one and the same edge, of which each call
/// replaces the fields: the fields of one must not cost the other's events.
pub(crate) fn wanted_fields(account: &Account, all: &[Account]) -> Wanted {
    let same_node = |other: &&Account| {
        other.route == LoginRoute::Facebook
            && account.route == LoginRoute::Facebook
            && other.business().node == account.business().node
    };
    let others = all.iter().filter(|other| (other.channel, &other.id) != (account.channel, &account.id));
    let mut users: Vec<&Account> = others.filter(same_node).filter(|other| other.subscribed).collect();
    users.extend(account.subscribed.then_some(account));
    let fields = |user: &Account| subscriptions::account_fields(user.route.wire(), user.platform());
    let facebook = users.iter().find(|user| user.channel == Channel::Facebook);
    match facebook.or(users.first()) {
        Some(user) => Wanted::Fields(fields(user)),
        None => Wanted::Nothing,
    }
}

/// What the events of an account's node should be, given who else uses the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Fields(&'static [&'static str]),
    Nothing,
}

service! {
    /// Subscribes webhook fields, of which Meta may not offer the app, or the account, each one.
    pub(crate) Subscriptions {
        cx: Context,
        graph_pages: GraphPages,
    }
}

impl<H: Host> Subscriptions<H> {
    /// Subscribes as many of the fields as Meta takes, in as few calls as tell the refused ones; answers those. Meta refuses a
    /// whole list for one field and says which only in words; each call that succeeds replaces the fields of the one before.
    ///
    /// # Errors
    /// [`GraphCallError`] when not even [`NEEDED_FIELD`] is taken: then it is no field's fault.
    pub(crate) async fn subscribe_offered(
        &self,
        fields: &[&'static str],
        request: impl Fn(&[&'static str]) -> Result<HttpRequest, RequestError>,
    ) -> Result<Vec<&'static str>, GraphCallError> {
        if self.are_taken(request(fields)).await? {
            return Ok(Vec::new());
        }
        let mut taken = vec![NEEDED_FIELD];
        self.graph_pages.ask::<Done>(request(&taken)).await?;
        let optional: Vec<&'static str> = fields.iter().copied().filter(|field| *field != NEEDED_FIELD).collect();
        let mut refused = Vec::new();
        // Each holds a refused field.
        let mut parts: Vec<&[&'static str]> = vec![&optional];
        while let Some(part) = parts.pop() {
            if let [field] = part {
                refused.push(*field);
                continue;
            }
            let (first, second) = part.split_at(part.len() / 2);
            for half in [first, second] {
                let wanted = [&taken, half].concat();
                match self.are_taken(request(&wanted)).await? {
                    true => taken = wanted,
                    false => parts.push(half),
                }
            }
        }
        refused.sort_unstable();
        self.cx.warn("fields-not-offered", &refused.join(", "));
        Ok(refused)
    }

    /// Whether Meta takes the fields; `false` when one of them is refused.
    async fn are_taken(&self, request: Result<HttpRequest, RequestError>) -> Result<bool, GraphCallError> {
        match self.graph_pages.ask::<Done>(request).await {
            Ok(Done) => Ok(true),
            Err(trouble) if trouble.is_bad_parameter() => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Fields that Meta should deliver for the account and does not.
    pub(crate) async fn missing_events(
        &self,
        settings: &Settings,
        account: &Account,
        all: &[Account],
    ) -> Result<Vec<&'static str>, GraphCallError> {
        let graph = account.graph(settings);
        let there: Listing<SubscribedApp> =
            self.graph_pages.ask(subscriptions::subscribed_apps(&graph, &account.business())).await?;
        // Instagram Login names the app by the id of its parent, which is not known: with a single entry it is ours.
        let mine = there.list.items.iter().find(|app| app.id == account.app_id).or_else(|| {
            there.list.items.first().filter(|_| account.route == LoginRoute::Instagram && there.list.items.len() == 1)
        });
        let given = mine.map(|app| app.subscribed_fields.as_slice()).unwrap_or_default();
        Ok(missing_fields(account, all, given))
    }
}

/// Those of the wanted fields that are neither given nor refused.
pub(crate) fn missing(wanted: &[&'static str], given: &[String], refused: &[String]) -> Vec<&'static str> {
    let has = |some: &[String], field: &str| some.iter().any(|one| one == field);
    wanted.iter().copied().filter(|field| !has(given, field) && !has(refused, field)).collect()
}

/// Fields that Meta should deliver for the account's node and does not, given those it delivers.
pub(crate) fn missing_fields(account: &Account, all: &[Account], given: &[String]) -> Vec<&'static str> {
    match wanted_fields(account, all) {
        Wanted::Fields(fields) => missing(fields, given, &refused_fields(account, all)),
        Wanted::Nothing => Vec::new(),
    }
}
