//! How long answers still reach the customer, shown in the room.
//!
//! One notice of the app stands in each open room and is rewritten as time passes; a warning of its own comes before the
//! window closes. The main paths know nothing of it: the tick looks after the notices whose time has come.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::notes::{Noted, Notes};
use crate::gateway::people::People;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, MessageEdit, Room};
use crate::store::load::Conversations;
use crate::store::{Record, Records};
use omni_domain::channel::Channel;
use omni_domain::conversation::ConversationId;
use omni_domain::key;
use omni_domain::render::text::{shortened, verbatim};
use omni_domain::timing::{MINUTE_MS, length};
use omni_domain::window::Phase;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The notice of one room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WindowBanner {
    conversation: ConversationId,
    room_id: String,
    /// The message, once it is posted.
    message_id: Option<String>,
    /// What it says.
    text: String,
    /// When to look again, Unix milliseconds.
    check_at: i64,
    /// The end that was warned of, Unix milliseconds.
    warned_of: i64,
}

impl WindowBanner {
    const ALL: &'static str = "window-notices";
}

impl Record for WindowBanner {
    const KIND: &'static str = "window-notice";

    fn keys(&self) -> Vec<String> {
        vec![Self::ALL.into(), format!("window-notice:{}", self.conversation)]
    }
}

service! {
    /// Shows in each open room how long answers still reach the customer.
    pub(crate) WindowBanners {
        cx: Context,
        conversations: Conversations,
        notes: Notes,
        people: People,
        records: Records,
        speaker: Speaker,
    }
}

impl<H: Host> WindowBanners<H> {
    /// A room of ours was opened: from the next tick on it shows the window.
    pub(crate) async fn watch_window(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let notice = WindowBanner {
            conversation: id.clone(),
            room_id: room.id.clone(),
            message_id: None,
            text: String::new(),
            check_at: self.cx.now_ms(),
            warned_of: 0,
        };
        self.records.put_record(&notice).await
    }

    /// Each minute: rewrites the notices whose time has come.
    pub(crate) async fn tend_windows(&self) -> Result<(), CoreError> {
        let notices = self.records.read_records::<WindowBanner>(WindowBanner::ALL).await?;
        let mut result = Ok(());
        let mut unanswered = BTreeMap::new();
        for notice in notices.into_iter().filter(|notice| notice.check_at <= self.cx.now_ms()) {
            result = result.and(self.tend_window(notice, &mut unanswered).await);
        }
        for (channel, lines) in unanswered {
            self.alarm(channel, lines).await;
        }
        result
    }

    /// Points out conversations whose window ends before anybody has answered: no warning stands in those.
    async fn alarm(&self, channel: Channel, lines: Vec<String>) {
        let lang = self.cx.workspace_lang().await;
        let count = lines.len().to_string();
        let title = self.cx.text(&lang, key!("out_window_unanswered"), &[("count", &count)]);
        let lines: Vec<String> = std::iter::once(title).chain(shortened(self.cx.translator(&lang), lines)).collect();
        self.speaker.inform(channel, lines.join("\n"), Vec::new()).await;
    }

    async fn tend_window(
        &self,
        mut notice: WindowBanner,
        unanswered: &mut BTreeMap<Channel, Vec<String>>,
    ) -> Result<(), CoreError> {
        let conversation = self.conversations.conversation(&notice.conversation).await?;
        if conversation.head.room_id.as_ref() != Some(&notice.room_id) {
            return self.records.remove_record(&notice).await;
        }
        let (now, lang) = (self.cx.now_ms(), self.cx.workspace_lang().await);
        let platform = notice.conversation.channel.platform();
        let human_agent = self.cx.settings().await?.human_agent;
        // Not before the customer's words: they are about to be in the room.
        let opened = conversation.opened_at().filter(|_| !conversation.waits());
        let phase = opened.map(|opened| Phase::at(opened, now, platform, human_agent));
        let Some(phase) = phase else {
            notice.check_at = now + MINUTE_MS;
            return self.records.put_record(&notice).await;
        };
        let left = length(phase.end().map_or(0, |end| end - now));
        let text = phase.text(self.cx.translator(&lang), &left);
        let mut is_shown = true;
        if text != notice.text {
            is_shown = self.show_notice(&mut notice, text).await?;
        }
        let waited = opened.map_or(0, |opened| now.saturating_sub(opened));
        notice.check_at = phase.next_look(now, waited, is_shown);
        let end = phase.end();
        let warn = phase.ends_soon(now) && end != Some(notice.warned_of);
        if warn {
            notice.warned_of = end.unwrap_or_default();
        }
        // Noted first: a warning that is missed does less harm than one that comes every minute.
        self.records.put_record(&notice).await?;
        if warn {
            let text = self.cx.text(&lang, key!("out_window_soon"), &[("time", &left)]);
            let told = self.notes.tell_in_room(&notice.room_id, None, text, Vec::new()).await?;
            if told.is_none() {
                let (channel, site) = (notice.conversation.channel, &self.cx.environment().await?.site_url);
                let customer = self.people.known_name(&conversation).await?.unwrap_or_default();
                let line = format!("• {} · {left} · {site}/live/{}", verbatim(&customer), notice.room_id);
                unanswered.entry(channel).or_default().push(line);
            }
        }
        Ok(())
    }

    /// Shows it; `false` while the customer waits for an answer, for which a notice would count.
    async fn show_notice(&self, notice: &mut WindowBanner, text: String) -> Result<bool, CoreError> {
        if let Some(message_id) = notice.message_id.clone() {
            let edit = MessageEdit { message_id, text: Some(text.clone()), attachments: None, blocks: None };
            match self.cx.call(edit).await {
                Ok(()) => {
                    notice.text = text;
                    return Ok(true);
                }
                // Somebody deleted it, perhaps: it is posted anew.
                Err(error) => self.cx.warn("window-notice-not-edited", error.code()),
            }
        }
        match self.notes.note_in_room(&notice.room_id, text.clone(), Vec::new()).await? {
            Noted::Posted(message_id) => {
                (notice.message_id, notice.text) = (Some(message_id), text);
                Ok(true)
            }
            Noted::Added | Noted::Waits => {
                notice.message_id = None;
                Ok(false)
            }
        }
    }
}
