//! What the setup channel shows of the ledger: one list a network, rewritten while it changes, and an alarm before a window
//! ends.

use super::due::Due;
use super::ledger::{Ends, Waiting};
use crate::connect::{blocks, moment, verbatim};
use crate::entry::Channel;
use crate::error::CoreError;
use crate::host::{Host, MessageEdit};
use crate::key;
use crate::session::Session;
use crate::store::Record;
use crate::texts::Lang;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cell::{Cell, RefCell};

/// How many of those who wait are listed; the others are counted.
const LISTED: usize = 20;

/// The list is rewritten at most this often, in milliseconds: five hundred customers are one list.
const PAUSE_MS: u32 = 10_000;

/// How long another process may be at the list before its claim counts for nothing, in milliseconds.
const CLAIM_MS: i64 = 30_000;

/// How long before the 24 hours end there is an alarm, and before the 7 days, in milliseconds.
const ALARM_DAY_MS: i64 = 2 * 60 * 60 * 1000;
const ALARM_WEEK_MS: i64 = 12 * 60 * 60 * 1000;

/// What this process is at just now; only ever saves work.
#[derive(Debug, Default)]
pub(crate) struct AtWork {
    pub(super) serving: Cell<bool>,
    pub(super) again: Cell<bool>,
    /// The place from which on others are tried where the first could not be served.
    pub(super) probe_from: Cell<usize>,
    showing: Cell<bool>,
    changed: Cell<bool>,
    /// Welcomes that wait for the first message to be in its room.
    pub(super) welcomes: RefCell<Vec<Due>>,
    /// What is said once a room is released.
    pub(super) farewells: RefCell<Vec<Due>>,
}

/// The list as it stands in a setup channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Board {
    channel: Channel,
    message_id: String,
    /// What it says; empty once nobody waits.
    rows: Vec<String>,
}

const BOARDS: &str = "boards";

impl Record for Board {
    const KIND: &'static str = "board";

    fn keys(&self) -> Vec<String> {
        vec![BOARDS.into(), format!("board:{}", self.channel.as_str())]
    }
}

/// An alarm that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Alarm {
    waiting_id: String,
    /// The end it warned of, Unix milliseconds.
    end: i64,
}

const ALARMS: &str = "alarms";

impl Record for Alarm {
    const KIND: &'static str = "alarm";

    fn keys(&self) -> Vec<String> {
        vec![ALARMS.into(), format!("alarm:{}", self.waiting_id)]
    }
}

impl<H: Host> Session<H> {
    /// Shows the ledger as it is, soon and in the background.
    pub(super) fn show_board_soon(&self) {
        self.memory.ledger.changed.set(true);
        if self.memory.ledger.showing.replace(true) {
            return;
        }
        let session = self.clone();
        self.host.background(Box::pin(async move {
            while session.memory.ledger.changed.replace(false) {
                let shown = match session.listed().await {
                    Ok(waiting) => session.show_boards(&waiting).await,
                    Err(error) => Err(error),
                };
                match shown {
                    Ok(true) => {}
                    // Another process is at it, and may have read the ledger before this change.
                    Ok(false) => session.memory.ledger.changed.set(true),
                    Err(error) => session.warn("ledger-not-shown", error.code()),
                }
                session.host.sleep(PAUSE_MS).await;
            }
            session.memory.ledger.showing.set(false);
        }));
    }

    /// Each minute: what is shown is put right, and whoever runs out of time is pointed out.
    pub(super) async fn look_after_board(&self) -> Result<(), CoreError> {
        let waiting = self.listed().await?;
        self.show_boards(&waiting).await?;
        self.give_alarms(&waiting).await
    }

    /// `false` when another process is at it.
    async fn show_boards(&self, waiting: &[Waiting]) -> Result<bool, CoreError> {
        let boards: Vec<Board> = self.read_records(BOARDS).await?;
        let lang = self.workspace_lang().await;
        let mut due = Vec::new();
        for channel in Channel::ALL {
            let board = boards.iter().find(|board| board.channel == channel);
            let rows = self.rows(&lang, waiting, channel).await?;
            if board.map(|board| board.rows.as_slice()).unwrap_or_default() != rows.as_slice() {
                due.push((channel, board.cloned(), rows));
            }
        }
        if due.is_empty() {
            return Ok(true);
        }
        let Some(claim) = self.claim("board", CLAIM_MS).await? else { return Ok(false) };
        let mut result = Ok(());
        for (channel, board, rows) in due {
            result = result.and(self.show_board(&lang, waiting, channel, board, rows).await);
        }
        self.release(&claim).await?;
        result.map(|()| true)
    }

    async fn listed(&self) -> Result<Vec<Waiting>, CoreError> {
        let mut waiting = self.waiting().await?;
        waiting.retain(|one| !one.message_only);
        Ok(waiting)
    }

    async fn show_board(
        &self,
        lang: &Lang,
        waiting: &[Waiting],
        channel: Channel,
        board: Option<Board>,
        rows: Vec<String>,
    ) -> Result<(), CoreError> {
        let (text, shown) = self.board_blocks(lang, waiting, channel, &rows);
        // A list that begins is a new message, so that people notice; one that goes on is rewritten.
        let message_id = match board.filter(|board| !board.rows.is_empty()) {
            Some(board) => {
                let message_id = board.message_id.clone();
                let edit = MessageEdit {
                    message_id: message_id.clone(),
                    text: Some(text.clone()),
                    attachments: None,
                    blocks: Some(shown.clone()),
                };
                match self.call(edit).await {
                    Ok(()) => message_id,
                    // Somebody deleted it.
                    Err(error) => {
                        self.warn("ledger-shown-anew", error.code());
                        self.announce(channel, text, shown).await?
                    }
                }
            }
            None => self.announce(channel, text, shown).await?,
        };
        self.put_record(&Board { channel, message_id, rows }).await
    }

    /// One line for each of those listed: also what tells whether the list has changed.
    async fn rows(&self, lang: &Lang, waiting: &[Waiting], channel: Channel) -> Result<Vec<String>, CoreError> {
        let mine: Vec<&Waiting> = waiting.iter().filter(|one| one.conversation.channel == channel).collect();
        let mut rows = Vec::new();
        for one in mine.iter().take(LISTED) {
            rows.push(self.row(lang, one).await?);
        }
        let more = mine.len().saturating_sub(LISTED);
        if more > 0 {
            rows.push(self.text(lang, key!("flow_board_more"), &[("count", &more.to_string())]));
        }
        Ok(rows)
    }

    async fn row(&self, lang: &Lang, one: &Waiting) -> Result<String, CoreError> {
        let id = &one.conversation;
        let account = self.account(id.channel, &id.account).await?;
        let account = verbatim(&account.map_or_else(|| id.account.to_string(), |account| account.shown()));
        let name = verbatim(one.name.as_deref().unwrap_or(id.person.as_str()));
        let window = match one.ends(self.now_ms()) {
            Ends::Day(end) => self.text(lang, key!("flow_board_day"), &[("end", &moment(end))]),
            Ends::Week(end) => self.text(lang, key!("flow_board_week"), &[("end", &moment(end))]),
            Ends::Over(end) => self.text(lang, key!("flow_board_over"), &[("end", &moment(end))]),
            Ends::Never => self.text(lang, key!("flow_board_never"), &[]),
        };
        let (since, count) = (moment(one.since), one.messages.to_string());
        let values = [
            ("customer", name.as_str()),
            ("account", account.as_str()),
            ("since", since.as_str()),
            ("count", count.as_str()),
            ("window", window.as_str()),
        ];
        Ok(self.text(lang, key!("flow_board_row"), &values))
    }

    fn board_blocks(
        &self,
        lang: &Lang,
        waiting: &[Waiting],
        channel: Channel,
        rows: &[String],
    ) -> (String, Vec<Value>) {
        let mine: Vec<&Waiting> = waiting.iter().filter(|one| one.conversation.channel == channel).collect();
        let title = match mine.len() {
            0 => self.text(lang, key!("flow_board_empty"), &[]),
            count => self.text(lang, key!("flow_board_title"), &[("count", &count.to_string())]),
        };
        let mut shown = vec![blocks::section(&title)];
        let open = self.text(lang, key!("flow_board_open"), &[]);
        for (at, row) in rows.iter().enumerate() {
            let mut section = blocks::section(row);
            let listed = if at < LISTED { mine.get(at) } else { None };
            if let (Some(one), Some(fields)) = (listed, section.as_object_mut()) {
                let block_id = format!("flows:waiting:{at}");
                let token = one.conversation.visitor_token();
                let mut button = blocks::button(&open, "flows:open", &token, blocks::Look::Plain);
                if let Some(button) = button.as_object_mut() {
                    button.insert("blockId".into(), block_id.as_str().into());
                }
                fields.insert("blockId".into(), block_id.into());
                fields.insert("accessory".into(), button);
            }
            shown.push(section);
        }
        (title, shown)
    }

    /// Points out whose window ends soon, once for each end.
    async fn give_alarms(&self, waiting: &[Waiting]) -> Result<(), CoreError> {
        let now = self.now_ms();
        let soon = |one: &Waiting| match one.ends(now) {
            Ends::Day(end) if end.saturating_sub(now) <= ALARM_DAY_MS => Some(end),
            Ends::Week(end) if end.saturating_sub(now) <= ALARM_WEEK_MS => Some(end),
            _ => None,
        };
        let ending: Vec<(&Waiting, i64)> = waiting.iter().filter_map(|one| soon(one).map(|end| (one, end))).collect();
        if ending.is_empty() {
            return Ok(());
        }
        let given: Vec<Alarm> = self.read_records(ALARMS).await?;
        for stale in given.iter().filter(|alarm| alarm.end < now.saturating_sub(ALARM_DAY_MS)) {
            self.remove_record(stale).await?;
        }
        let lang = self.workspace_lang().await;
        for channel in Channel::ALL {
            let fresh: Vec<Alarm> = ending
                .iter()
                .filter(|(one, _)| one.conversation.channel == channel)
                .map(|(one, end)| Alarm { waiting_id: one.waiting_id.clone(), end: *end })
                .filter(|alarm| !given.contains(alarm))
                .collect();
            if fresh.is_empty() {
                continue;
            }
            let mut lines = vec![self.text(&lang, key!("flow_alarm"), &[("count", &fresh.len().to_string())])];
            let warned = |one: &&Waiting| fresh.iter().any(|alarm| alarm.waiting_id == one.waiting_id);
            for one in waiting.iter().filter(warned).take(LISTED) {
                lines.push(self.row(&lang, one).await?);
            }
            // Told first: an alarm twice is better than none.
            self.announce(channel, lines.join("\n"), Vec::new()).await?;
            for alarm in &fresh {
                self.put_record(alarm).await?;
            }
        }
        Ok(())
    }
}
