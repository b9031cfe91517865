//! Several accounts were granted: which of them to connect.
//!
//! What was granted holds tokens, so it waits in persistence under a random name; buttons and windows carry that name
//! alone.

use crate::accounts::attach::Attachment;
use crate::api::UiAnswer;
use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, StoreRemove, User};
use crate::store::{Record, Records};
use omni_domain::account::candidate::Candidate;
use omni_domain::account::config::Values;
use omni_domain::account::views::{LIST, choose_view, note_view};
use omni_domain::blocks::Look;
use omni_domain::channel::Channel;
use omni_domain::render::text::{shortened, verbatim};
use omni_domain::timing::HOUR_MS;
use omni_domain::{blocks, key};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How long a grant waits to be chosen from, in milliseconds.
pub(crate) const CHOICE_MS: i64 = HOUR_MS;

/// A grant that waits to be chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) choice_id: String,
    pub(crate) channel: Channel,
    /// Who logged in: nobody else may choose for them.
    pub(crate) user_id: String,
    pub(crate) made_at: i64,
    pub(crate) usable: Vec<Candidate>,
    pub(crate) unusable: Vec<Candidate>,
    /// The message that offers it.
    pub(crate) message_id: Option<String>,
}

impl Record for Choice {
    const KIND: &'static str = "choice";

    fn keys(&self) -> Vec<String> {
        vec![ALL_CHOICES.into(), choice_key(&self.choice_id)]
    }
}

pub(crate) const ALL_CHOICES: &str = "choices";

fn choice_key(id: &str) -> String {
    format!("choice:{id}")
}

service! {
    /// Lets a person choose which of several granted accounts to connect.
    pub(crate) Choices {
        attachment: Attachment,
        cx: Context,
        records: Records,
        speaker: Speaker,
    }
}

impl<H: Host> Choices<H> {
    /// Offers the choice in the setup channel.
    pub(crate) async fn offer_choice(
        &self,
        channel: Channel,
        user: &User,
        usable: Vec<Candidate>,
        unusable: Vec<Candidate>,
    ) -> Result<(), CoreError> {
        let lang = self.cx.workspace_lang().await;
        let mut choice = Choice {
            choice_id: self.cx.random_hex(16),
            channel,
            user_id: user.id.clone(),
            made_at: self.cx.now_ms(),
            usable,
            unusable,
            message_id: None,
        };
        self.records.create_record(&choice).await?;
        let count = choice.usable.len().to_string();
        let values = [("user", &*verbatim(&user.username)), ("count", &*count)];
        let text = self.cx.text(&lang, key!("login_choose"), &values);
        let label = self.cx.text(&lang, key!("login_choose_button"), &[]);
        let button = blocks::button(&label, "connect:choose", &choice.choice_id, Look::Primary);
        let shown = vec![blocks::section(&text), blocks::actions("connect:choice", vec![button])];
        choice.message_id = Some(self.speaker.announce(channel, text, shown).await?);
        self.records.put_record(&choice).await
    }

    /// The window to choose in.
    pub(crate) async fn open_choice(&self, user: &User, choice_id: &str) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        Ok(match self.choice(user, choice_id).await? {
            Some(choice) => UiAnswer::Open {
                view: choose_view(
                    self.cx.translator(&lang),
                    choice.channel,
                    &choice.choice_id,
                    &choice.usable,
                    &choice.unusable,
                ),
            },
            None => UiAnswer::Open {
                view: note_view(self.cx.translator(&lang), &self.cx.text(&lang, key!("login_choice_gone"), &[])),
            },
        })
    }

    async fn choice(&self, user: &User, choice_id: &str) -> Result<Option<Choice>, CoreError> {
        let found: Vec<Choice> = self.records.read_records(&choice_key(choice_id)).await?;
        Ok(found
            .into_iter()
            .find(|choice| choice.user_id == user.id && self.cx.now_ms().saturating_sub(choice.made_at) <= CHOICE_MS))
    }

    /// Connects what was chosen.
    pub(crate) async fn choose(&self, user: &User, choice_id: &str, values: &Values) -> Result<UiAnswer, CoreError> {
        let lang = self.speaker.lang_of(user).await;
        let wanted = chosen(values);
        let view_id = format!("connect:choose:{choice_id}");
        let refuse = |key| {
            let mut errors = BTreeMap::new();
            errors.insert(LIST.to_owned(), self.cx.text(&lang, key, &[]));
            Ok(UiAnswer::Errors { view_id: view_id.clone(), errors })
        };
        if wanted.is_empty() {
            return refuse(key!("login_choose_none"));
        }
        let Some(choice) = self.choice(user, choice_id).await? else {
            return refuse(key!("login_choice_gone"));
        };
        // Whoever takes it away connects: a second press of the button finds nothing.
        if self.cx.call(StoreRemove { keys: vec![choice_key(choice_id)] }).await? == 0 {
            return refuse(key!("login_choice_gone"));
        }
        let Choice { channel, mut usable, message_id, .. } = choice;
        usable.retain(|candidate| wanted.contains(&candidate.id.as_str()));
        let accounts = self.attachment.attach_all(channel, user, usable).await?;
        if let Some(message_id) = &message_id {
            let names: Vec<String> = accounts.iter().map(|account| verbatim(&account.shown())).collect();
            let values = [("accounts", &*shortened(self.cx.translator(&lang), names).join(", "))];
            let text = self.cx.text(&self.cx.workspace_lang().await, key!("login_chosen"), &values);
            self.speaker.rewrite(message_id, text, Vec::new()).await;
        }
        Ok(UiAnswer::Done)
    }
}

fn chosen(values: &Values) -> Vec<&str> {
    match values.get(LIST).and_then(|block| block.get(LIST)) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) if !one.is_empty() => vec![one],
        _ => Vec::new(),
    }
}
