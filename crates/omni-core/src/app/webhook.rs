//! The webhook endpoint: is it Meta, what does it say, and is all of it safely kept.

use crate::accounts::webhook_watch::self_test_nonce;
use crate::api::{WebAnswer, WebRequest};
use crate::app::App;
use crate::error::CoreError;
use crate::host::{Host, LogLevel};
use crate::inbox::confirm::Quarantined;
use crate::inbox::intake::Incoming;
use futures_util::FutureExt;
use futures_util::future::{join_all, select};
use meta_wire::ids::AccountId;
use meta_wire::secret::Secret;
use meta_wire::signature::SignatureError;
use meta_wire::webhook::{Delivery, Item, Side};
use meta_wire::{signature, webhook};
use omni_domain::account::Account;
use omni_domain::channel::Channel;
use omni_domain::conversation::ConversationId;
use omni_domain::settings::{Settings, SignaturePolicy};
use omni_domain::unconfirmed::{Named, named};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;

/// Header with Meta's signature, in the host's lower case.
const SIGNATURE: &str = "x-hub-signature-256";

/// How long Meta waits for storing, and for showing what is stored, in milliseconds: it wants its answer within 5 s
/// ([webhooks](https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks)).
const ANSWER_MS: u32 = 3_000;

impl<H: Host> App<H> {
    /// Meta asks whether the address is ours.
    ///
    /// # Errors
    /// [`CoreError`] when the host does not answer.
    pub async fn webhook_challenge(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        let asked = |name: &str| request.query.get(name).map(String::as_str);
        let expected = self.installations.installation().await?.verify_token;
        let answer =
            webhook::verify_challenge(asked("hub.mode"), asked("hub.verify_token"), asked("hub.challenge"), &expected);
        Ok(match answer {
            Ok(challenge) => WebAnswer::text(200, challenge),
            Err(error) => {
                self.cx.warn("webhook-challenge-refused", &error.to_string());
                WebAnswer::text(403, error.to_string())
            }
        })
    }

    /// Meta delivers events. Answers 200 only when each of them is done or stored.
    ///
    /// # Errors
    /// [`CoreError`] when something could not even be stored: Meta then delivers again.
    pub async fn receive_webhook(&self, request: WebRequest) -> Result<WebAnswer, CoreError> {
        if let Err(error) = self.authenticate(&request).await? {
            return self.take_unverified(&request, error).await;
        }
        if let Some(nonce) = self_test_nonce(&request.body) {
            return Ok(WebAnswer::self_test(&nonce));
        }
        self.webhook_watch.saw_delivery();
        let delivery = match webhook::decode(&request.body) {
            Ok(delivery) => delivery,
            Err(error) => {
                // Well signed and not an envelope: another product of Meta's, or a form to come. Refusing it would get
                // the account unsubscribed within the hour.
                self.cx.warn("webhook-undecoded", &error.to_string());
                return Ok(WebAnswer::ok());
            }
        };
        self.take_delivery(delivery).await?;
        Ok(WebAnswer::ok())
    }

    /// A delivery whose signature fits nothing. The host may have changed it beyond repair, or an App Secret may be wrong:
    /// refusing it would have Meta unsubscribe the account within the hour. So the messages it names are stored, and read
    /// from Meta; the answer is 200 once they are. What carries no signature at all is not Meta's.
    async fn take_unverified(&self, request: &WebRequest, error: SignatureError) -> Result<WebAnswer, CoreError> {
        self.cx.warn("webhook-signature", &error.to_string());
        self.webhook_watch.saw_rejection().await?;
        let quarantined = match error {
            SignatureError::Mismatch => self.confirmation.quarantine(&request.body).await?,
            _ => Quarantined::Foreign,
        };
        Ok(match quarantined {
            Quarantined::Stored(channel) => {
                self.webhook_watch.tell_rejection(Some(channel), false);
                WebAnswer::ok()
            }
            Quarantined::Full(channel) => {
                self.cx.warn("webhook-quarantine-full", channel.as_str());
                self.webhook_watch.tell_rejection(Some(channel), true);
                WebAnswer::error(503, "quarantine-full")
            }
            Quarantined::Foreign => {
                self.webhook_watch.tell_rejection(None, true);
                WebAnswer::error(401, "bad-signature")
            }
        })
    }

    /// Whether Meta sent it. A mismatch is checked once more if the secrets stored this moment are others: they may have
    /// been changed on another instance. While refusals are frequent none of them costs more than the first look.
    async fn authenticate(&self, request: &WebRequest) -> Result<Result<(), SignatureError>, CoreError> {
        let mut settings = self.cx.settings().await?;
        let calm = !self.webhook_watch.refuses_often();
        let secrets = settings.webhook_secrets();
        let mut verdict = self.check_signature(request, &secrets, calm);
        if calm && matches!(verdict, Err(SignatureError::Mismatch | SignatureError::NoSecret)) {
            settings = self.cx.settings_uncached().await?;
            if let Some(others) = settings.webhook_secrets_but(&secrets) {
                verdict = self.check_signature(request, &others, calm);
            }
            if verdict.is_err() && self.is_signed_by_former_secret(request, &settings).await? {
                return Ok(Ok(()));
            }
        }
        match verdict {
            Err(error) if settings.signatures == SignaturePolicy::Permit => {
                self.cx.warn("webhook-signature-permitted", &error.to_string());
                self.webhook_watch.saw_rejection().await?;
                Ok(Ok(()))
            }
            verdict => Ok(verdict),
        }
    }

    fn check_signature(&self, request: &WebRequest, secrets: &[Secret], calm: bool) -> Result<(), SignatureError> {
        let header = request.headers.get(SIGNATURE).map(String::as_str);
        let retried_bytes = if calm { signature::MAX_RETRIED_BYTES } else { 0 };
        let found = signature::verify_within(header, &request.body, secrets, retried_bytes)?;
        if found.form != signature::Form::Escaped || found.secret_index > 0 {
            // A shift here shows a change on Meta's side, or a rotation that is not finished, before it is an outage.
            self.cx.host.log(LogLevel::Debug, "webhook-signature-form", &format!("{found:?}"));
        }
        Ok(())
    }

    /// Whether a secret that was replaced a short time ago fits: the webhook was on its way, or the rotation is not finished.
    async fn is_signed_by_former_secret(&self, request: &WebRequest, settings: &Settings) -> Result<bool, CoreError> {
        let former = self.secret_keeper.former_secrets(settings).await?;
        let secrets: Vec<Secret> = former.iter().map(|former| former.secret.clone()).collect();
        let header = request.headers.get(SIGNATURE).map(String::as_str);
        let found = signature::verify(header, &request.body, &secrets);
        let used = found.ok().and_then(|found| former.get(found.secret_index));
        if let Some(used) = used {
            self.webhook_watch.saw_former_secret(used);
        }
        Ok(used.is_some())
    }

    /// Stores every event, then shows them: one conversation's in order, conversations side by side. What takes longer
    /// than Meta waits goes on after the answer.
    async fn take_delivery(&self, delivery: Delivery) -> Result<(), CoreError> {
        let began = self.cx.now_ms();
        let Sorted { conversations, named } = self.sort_delivery(delivery).await?;
        let storing = conversations.into_iter().map(|(id, events)| self.intake.store_events(id, events));
        let mut failed = None;
        let mut taken = Vec::new();
        for result in join_all(storing).await {
            match result {
                Ok(one) => taken.push(one),
                Err(error) => failed = Some(error),
            }
        }
        for ((channel, account), messages) in named {
            if let Err(error) = self.confirmation.ask_for(channel, account, messages).await {
                failed = Some(error);
            }
        }
        let this = self.clone();
        let work = async move {
            join_all(taken.into_iter().map(|one| this.inbox.work_off_taken(one))).await;
        };
        let work = work.boxed_local().shared();
        self.cx.host.background(Box::pin(work.clone()));
        // Storing a large delivery takes of the same time.
        let spent = u32::try_from(self.cx.now_ms().saturating_sub(began)).unwrap_or_default();
        select(work, pin!(self.cx.host.sleep(ANSWER_MS.saturating_sub(spent)))).await;
        failed.map_or(Ok(()), Err)
    }

    /// Events by conversation. Those of accounts that are not ours are none of our business, and no fault.
    async fn sort_delivery(&self, delivery: Delivery) -> Result<Sorted, CoreError> {
        let channel = Channel::of(delivery.platform);
        let mut known: BTreeMap<AccountId, Option<Rc<Recipient>>> = BTreeMap::new();
        let mut sorted = Sorted::default();
        for entry in delivery.entries {
            let (entry_account, time) = (entry.account, entry.time);
            for item in entry.items {
                let Some(account) = entry_account.clone().or_else(|| item.account.clone()) else {
                    self.cx.warn("webhook-no-account", item.event.name());
                    continue;
                };
                let recipient = match known.get(&account) {
                    Some(recipient) => recipient.clone(),
                    None => {
                        let recipient = self.recipient(channel, &account).await?.map(Rc::new);
                        known.insert(account, recipient.clone());
                        recipient
                    }
                };
                let Some(recipient) = recipient else { continue };
                let item = recipient.seen(channel, item);
                if item.side == Side::Itself {
                    // What an account does with itself concerns nobody.
                    continue;
                }
                let account = recipient.id.clone();
                if let Some(named) = named(&item) {
                    sorted.named.entry((channel, account)).or_default().push(named);
                    continue;
                }
                let id = match item.customer_id().cloned() {
                    Some(person) => ConversationId { channel, account, person },
                    None => ConversationId::of_account(channel, account),
                };
                sorted.conversations.entry(id).or_default().push(Incoming::new(item, time));
            }
        }
        Ok(sorted)
    }

    /// The account that an entry is for, connected with its events on; it may be named by any of its ids. What is not so is
    /// asked for once more as stored this moment: another instance may have changed it just now, and an event that is
    /// passed over does not come again.
    async fn recipient(&self, channel: Channel, id: &AccountId) -> Result<Option<Recipient>, CoreError> {
        let find = |accounts: &[Account]| {
            let mut found: Vec<&Account> = accounts
                .iter()
                .filter(|account| account.channel == channel && account.own_ids().contains(id))
                .collect();
            // Two accounts may be linked to one Page: its own id says most.
            found.sort_by_key(|account| (account.id != *id, !account.subscribed));
            let account = found.first()?;
            Some((account.subscribed, Recipient { id: account.id.clone(), own: account.own_ids() }))
        };
        if let Some((true, recipient)) = find(&self.accounts.accounts().await?) {
            return Ok(Some(recipient));
        }
        match find(&self.accounts.accounts_uncached().await?) {
            // Off here, while Meta delivers for another account on the same Page.
            Some((subscribed, recipient)) => Ok(subscribed.then_some(recipient)),
            // Connected, and nobody can tell how: its events wait until somebody can.
            None if self.accounts.is_unreadable_account(channel, id).await? => {
                Ok(Some(Recipient { id: id.clone(), own: vec![id.clone()] }))
            }
            None => {
                self.cx.warn("webhook-unknown-account", id.as_str());
                Ok(None)
            }
        }
    }
}

/// The account that an entry is for.
struct Recipient {
    id: AccountId,
    /// Every id it may be named by.
    own: Vec<AccountId>,
}

impl Recipient {
    /// The item from the account's side. The decoder knew the entry's id only: where it took another id of the account for
    /// a customer's, the item is decoded once more.
    fn seen(&self, channel: Channel, item: Item) -> Item {
        match item.customer_id() {
            Some(person) if self.own.iter().any(|own| own.as_str() == person.as_str()) => {
                webhook::decode_item(channel.platform(), item.channel, &self.own, item.raw.as_str())
            }
            _ => item,
        }
    }
}

/// A delivery by what is to be done with it.
#[derive(Default)]
struct Sorted {
    /// Events that tell what happened.
    conversations: BTreeMap<ConversationId, Vec<Incoming>>,
    /// Messages that events name without telling them, by account.
    named: BTreeMap<(Channel, AccountId), Vec<Named>>,
}
