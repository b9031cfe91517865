//! What the setup channel is told about deliveries that were refused, and events that were left out.

use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, LogLevel};
use crate::key;
use crate::session::Session;
use omni_domain::timing::HOUR_MS;
use std::collections::{BTreeMap, BTreeSet};

/// How often each is spoken of at most, in milliseconds: anybody who knows the address can cause any number of them.
const TELL_MS: i64 = HOUR_MS;

/// Why an event is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Omitted {
    /// It came unsigned, and Meta does not confirm it.
    Unconfirmed,
    /// It came longer after it happened than Meta delivers.
    Old,
}

impl<H: Host> Session<H> {
    /// Counts events that were left out. The first are spoken of at once, later ones together.
    pub(crate) fn count_omitted(&self, channel: Channel, why: Omitted, count: usize) {
        if count == 0 {
            return;
        }
        self.warn("events-omitted", &format!("{} {why:?} {count}", channel.as_str()));
        let mut omitted = self.memory.watch.omitted.borrow_mut();
        let known = omitted.entry((channel, why)).or_default();
        *known = known.saturating_add(count);
        drop(omitted);
        self.tell_omitted();
    }

    /// Says how many events were left out since it was said last.
    pub(crate) fn tell_omitted(&self) {
        let now = self.now_ms();
        let watch = &self.memory.watch;
        let mut told = watch.omitted_told_at.borrow_mut();
        let due =
            |of: &(Channel, Omitted)| told.get(of).is_none_or(|at| now.saturating_sub(*at).saturating_abs() >= TELL_MS);
        let mut omitted = watch.omitted.borrow_mut();
        let (all, later): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut *omitted).into_iter().partition(|(of, _)| due(of));
        *omitted = later;
        drop(omitted);
        told.extend(all.keys().map(|of| (*of, now)));
        if all.is_empty() {
            return;
        }
        let session = self.clone();
        self.host.background(Box::pin(async move {
            for ((channel, why), count) in all {
                let key = match why {
                    Omitted::Unconfirmed => key!("webhook_unconfirmed"),
                    Omitted::Old => key!("webhook_old"),
                };
                let values = [("count", &*count.to_string()), ("network", channel.label())];
                let text = session.text(&session.workspace_lang().await, key, &values);
                session.inform(channel, text, Vec::new()).await;
            }
        }));
    }

    /// Says that a delivery was refused or cannot be verified: the first time within an hour, by whichever process.
    pub(crate) fn tell_rejection(&self, channel: Option<Channel>, refused: bool) {
        let told = self.memory.watch.told_at.get();
        if told.is_some_and(|at| self.now_ms().saturating_sub(at).saturating_abs() < TELL_MS) {
            return;
        }
        self.once_in_background("tell-rejection", async move |session| {
            session.tell_rejection_now(channel, refused).await
        });
    }

    async fn tell_rejection_now(&self, channel: Option<Channel>, refused: bool) -> Result<(), CoreError> {
        let now = self.now_ms();
        let before = self.webhooks_seen().await?.told_at;
        let told = before.filter(|at| now.saturating_sub(*at).saturating_abs() < TELL_MS);
        self.memory.watch.told_at.set(told.or(Some(now)));
        if told.is_some() {
            return Ok(());
        }
        self.write_seen().await?;
        let accounts = self.accounts().await?;
        let channels: BTreeSet<Channel> = accounts.iter().map(|account| account.channel).collect();
        let lang = self.workspace_lang().await;
        for channel in channels.into_iter().filter(|known| channel.is_none_or(|wanted| wanted == *known)) {
            let key = if refused { key!("webhook_refused") } else { key!("webhook_unverified") };
            let command = channel.command("doctor");
            let values = [("network", channel.label()), ("command", &*omni_domain::render::text::verbatim(&command))];
            if self.inform(channel, self.text(&lang, key, &values), Vec::new()).await.is_none() {
                self.host.log(LogLevel::Error, "webhook-rejections-untold", channel.as_str());
            }
        }
        Ok(())
    }
}
