//! How long answers still reach the customer, shown in the room.
//!
//! One notice of the app stands in each open room and is rewritten as time passes; a warning of its own comes before the
//! window closes. The main paths know nothing of it: the tick looks after the notices whose time has come.

use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, MessageEdit, Room};
use crate::key;
use crate::notes::Noted;
use crate::session::Session;
use crate::store::{ConversationId, Record};
use meta_wire::limits;
use omni_domain::render::text::verbatim;
use omni_domain::timing::{HOUR_MS, MINUTE_MS, length};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long before the end a warning is due, in milliseconds.
const WARN_MS: i64 = 2 * HOUR_MS;

/// How often a notice is looked at while there is time, shortly before the end, and once it is over, in milliseconds.
const PAUSES_MS: (i64, i64, i64) = (HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS);

/// The notice of one room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Notice {
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

impl Notice {
    const ALL: &'static str = "window-notices";
}

impl Record for Notice {
    const KIND: &'static str = "window-notice";

    fn keys(&self) -> Vec<String> {
        vec![Self::ALL.into(), format!("window-notice:{}", self.conversation)]
    }
}

/// Where in the window a moment is.
#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// Answers go out until then.
    Open { end: i64 },
    /// Only what a person writes goes out, until then.
    Humans { end: i64 },
    /// Nothing goes out.
    Over,
}

fn phase(opened: i64, now: i64, platform: meta_wire::platform::Platform, human_agent: bool) -> Phase {
    let day = opened.saturating_add(limits::standard_window_ms(platform));
    let week = opened.saturating_add(limits::human_agent_window_ms(platform));
    match now {
        _ if now <= day => Phase::Open { end: day },
        _ if human_agent && now <= week => Phase::Humans { end: week },
        _ => Phase::Over,
    }
}

impl<H: Host> Session<H> {
    /// A room of ours was opened: from the next tick on it shows the window.
    pub(crate) async fn watch_window(&self, id: &ConversationId, room: &Room) -> Result<(), CoreError> {
        let notice = Notice {
            conversation: id.clone(),
            room_id: room.id.clone(),
            message_id: None,
            text: String::new(),
            check_at: self.now_ms(),
            warned_of: 0,
        };
        self.put_record(&notice).await
    }

    /// Each minute: rewrites the notices whose time has come.
    pub(super) async fn tend_windows(&self) -> Result<(), CoreError> {
        let notices = self.read_records::<Notice>(Notice::ALL).await?;
        let mut result = Ok(());
        let mut unanswered = BTreeMap::new();
        for notice in notices.into_iter().filter(|notice| notice.check_at <= self.now_ms()) {
            result = result.and(self.tend_window(notice, &mut unanswered).await);
        }
        for (channel, lines) in unanswered {
            self.alarm(channel, lines).await;
        }
        result
    }

    /// Points out conversations whose window ends before anybody has answered: no warning stands in those.
    async fn alarm(&self, channel: Channel, lines: Vec<String>) {
        let lang = self.workspace_lang().await;
        let count = lines.len().to_string();
        let title = self.text(&lang, key!("out_window_unanswered"), &[("count", &count)]);
        let lines: Vec<String> = std::iter::once(title).chain(self.shortened(&lang, lines)).collect();
        self.inform(channel, lines.join("\n"), Vec::new()).await;
    }

    async fn tend_window(
        &self,
        mut notice: Notice,
        unanswered: &mut BTreeMap<Channel, Vec<String>>,
    ) -> Result<(), CoreError> {
        let conversation = self.conversation(&notice.conversation).await?;
        if conversation.head.room_id.as_ref() != Some(&notice.room_id) {
            return self.remove_record(&notice).await;
        }
        let (now, lang) = (self.now_ms(), self.workspace_lang().await);
        let platform = notice.conversation.channel.platform();
        let human_agent = self.settings().await?.human_agent;
        // Not before the customer's words: they are about to be in the room.
        let opened = conversation.opened_at().filter(|_| !conversation.waits());
        let phase = opened.map(|opened| phase(opened, now, platform, human_agent));
        let (key, end) = match phase {
            None => {
                notice.check_at = now + MINUTE_MS;
                return self.put_record(&notice).await;
            }
            Some(Phase::Open { end }) => (key!("out_window_open"), end),
            Some(Phase::Humans { end }) => (key!("out_window_people"), end),
            Some(Phase::Over) => (key!("out_window_over"), 0),
        };
        let left = length(end - now);
        let text = self.text(&lang, key, &[("time", &left)]);
        let mut is_shown = true;
        if text != notice.text {
            is_shown = self.show_notice(&mut notice, text).await?;
        }
        let soon = end - WARN_MS;
        notice.check_at = match end {
            0 => now + PAUSES_MS.2,
            end if now >= soon => (now + PAUSES_MS.1).min(end + 1),
            // Looked at less often the longer the customer waits for the answer that comes first.
            _ if !is_shown => {
                let waited = opened.map_or(0, |opened| now.saturating_sub(opened));
                (now + (waited / 4).clamp(MINUTE_MS, PAUSES_MS.0)).min(soon)
            }
            _ => (now + PAUSES_MS.0).min(soon),
        };
        let warn = end != 0 && now >= soon && notice.warned_of != end;
        if warn {
            notice.warned_of = end;
        }
        // Noted first: a warning that is missed does less harm than one that comes every minute.
        self.put_record(&notice).await?;
        if warn {
            let text = self.text(&lang, key!("out_window_soon"), &[("time", &left)]);
            let told = self.tell_in_room(&notice.room_id, None, text, Vec::new()).await?;
            if told.is_none() {
                let (channel, site) = (notice.conversation.channel, &self.environment().await?.site_url);
                let customer = self.known_name(&conversation).await?.unwrap_or_default();
                let line = format!("• {} · {left} · {site}/live/{}", verbatim(&customer), notice.room_id);
                unanswered.entry(channel).or_default().push(line);
            }
        }
        Ok(())
    }

    /// Shows it; `false` while the customer waits for an answer, for which a notice would count.
    async fn show_notice(&self, notice: &mut Notice, text: String) -> Result<bool, CoreError> {
        if let Some(message_id) = notice.message_id.clone() {
            let edit = MessageEdit { message_id, text: Some(text.clone()), attachments: None, blocks: None };
            match self.call(edit).await {
                Ok(()) => {
                    notice.text = text;
                    return Ok(true);
                }
                // Somebody deleted it, perhaps: it is posted anew.
                Err(error) => self.warn("window-notice-not-edited", error.code()),
            }
        }
        match self.note_in_room(&notice.room_id, text.clone(), Vec::new()).await? {
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

#[cfg(test)]
mod tests {
    use super::*;
    use meta_wire::platform::Platform::Instagram;
    use omni_domain::timing::DAY_MS;

    #[test]
    fn phases() {
        let (day, week) = (DAY_MS, 7 * DAY_MS);
        for (after, human_agent, expected) in [
            (0, false, Phase::Open { end: day }),
            (day, false, Phase::Open { end: day }),
            (day + 1, false, Phase::Over),
            (day + 1, true, Phase::Humans { end: week }),
            (week, true, Phase::Humans { end: week }),
            (week + 1, true, Phase::Over),
        ] {
            assert_eq!(phase(0, after, Instagram, human_agent), expected, "{after} {human_agent}");
        }
    }
}
