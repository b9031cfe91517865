//! What the setup channel is told about deliveries that were refused, and events that were left out.

use crate::accounts::webhook_watch::{Omitted, WebhookWatch};
use crate::error::CoreError;
use crate::host::{Host, LogLevel};
use omni_domain::channel::Channel;
use omni_domain::key;
use omni_domain::timing::HOUR_MS;
use std::collections::{BTreeMap, BTreeSet};

/// How often each is spoken of at most, in milliseconds: anybody who knows the address can cause any number of them.
const TELL_MS: i64 = HOUR_MS;

impl<H: Host> WebhookWatch<H> {
    /// Counts events that were left out. The first are spoken of at once, later ones together.
    pub(crate) fn count_omitted(&self, channel: Channel, why: Omitted, count: usize) {
        if count == 0 {
            return;
        }
        self.cx.warn("events-omitted", &format!("{} {why:?} {count}", channel.as_str()));
        let mut omitted = self.memory.watch.omitted.borrow_mut();
        let known = omitted.entry((channel, why)).or_default();
        *known = known.saturating_add(count);
        drop(omitted);
        self.tell_omitted();
    }

    /// Says how many events were left out since it was said last.
    pub(crate) fn tell_omitted(&self) {
        let now = self.cx.now_ms();
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
        let this = self.clone();
        self.cx.host.background(Box::pin(async move {
            for ((channel, why), count) in all {
                let key = match why {
                    Omitted::Unconfirmed => key!("webhook_unconfirmed"),
                    Omitted::Old => key!("webhook_old"),
                };
                let values = [("count", &*count.to_string()), ("network", channel.label())];
                let text = this.cx.text(&this.cx.workspace_lang().await, key, &values);
                this.speaker.inform(channel, text, Vec::new()).await;
            }
        }));
    }

    /// Says that a delivery was refused or cannot be verified: the first time within an hour, by whichever process.
    pub(crate) fn tell_rejection(&self, channel: Option<Channel>, refused: bool) {
        let told = self.memory.watch.told_at.get();
        if told.is_some_and(|at| self.cx.now_ms().saturating_sub(at).saturating_abs() < TELL_MS) {
            return;
        }
        let this = self.clone();
        self.cx.once_in_background("tell-rejection", async move { this.tell_rejection_now(channel, refused).await });
    }

    async fn tell_rejection_now(&self, channel: Option<Channel>, refused: bool) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        let before = self.webhooks_seen().await?.told_at;
        let told = before.filter(|at| now.saturating_sub(*at).saturating_abs() < TELL_MS);
        self.memory.watch.told_at.set(told.or(Some(now)));
        if told.is_some() {
            return Ok(());
        }
        self.write_seen().await?;
        let accounts = self.accounts.accounts().await?;
        let channels: BTreeSet<Channel> = accounts.iter().map(|account| account.channel).collect();
        let lang = self.cx.workspace_lang().await;
        for channel in channels.into_iter().filter(|known| channel.is_none_or(|wanted| wanted == *known)) {
            let key = if refused { key!("webhook_refused") } else { key!("webhook_unverified") };
            let command = channel.command("doctor");
            let values = [("network", channel.label()), ("command", &*omni_domain::render::text::verbatim(&command))];
            if self.speaker.inform(channel, self.cx.text(&lang, key, &values), Vec::new()).await.is_none() {
                self.cx.host.log(LogLevel::Error, "webhook-rejections-untold", channel.as_str());
            }
        }
        Ok(())
    }
}
