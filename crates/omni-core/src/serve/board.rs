//! What the setup channel shows of the customers who wait: one list a network, rewritten while it changes, and an alarm
//! before a window ends.

use crate::context::Context;
use crate::error::CoreError;
use crate::gateway::setup_channel::Speaker;
use crate::host::{Host, MessageEdit};
use crate::store::accounts::Accounts;
use crate::store::leases::Leases;
use crate::store::waiting_list::WaitingList;
use crate::store::{Record, Records};
use omni_domain::channel::Channel;
use omni_domain::texts::Lang;
use omni_domain::timing::{DAY_MS, MINUTE_MS};
use omni_domain::waiting::Waiting;
use omni_domain::waiting_list::{LISTED, ends_soon, list_blocks};
use omni_domain::{key, waiting_list};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::cell::Cell;

/// The list is rewritten at most this often, in milliseconds: five hundred customers are one list.
const PAUSE_MS: u32 = 10_000;

/// How long another process may be at the list before its lease counts for nothing, in milliseconds.
const LEASE_MS: i64 = 30_000;

/// An alarm speaks for all whose turn comes within this time, so that as many minutes are not as many alarms, in
/// milliseconds.
const ALARM_PAUSE_MS: i64 = 30 * MINUTE_MS;

/// How long an alarm is remembered, in milliseconds: longer than any end it warned of is ahead.
const ALARM_KEPT_MS: i64 = DAY_MS;

/// The list as it stands in a setup channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Board {
    channel: Channel,
    message_id: String,
    /// What it says; empty once no customer waits.
    rows: Vec<String>,
}

/// The same as it is to stand there.
struct NewBoard {
    channel: Channel,
    /// As it stands.
    shown: Option<Board>,
    /// Those of the channel, most urgent first.
    waiting: Vec<Waiting>,
    rows: Vec<String>,
}

impl NewBoard {
    fn is_new(&self) -> bool {
        self.shown.as_ref().map(|board| board.rows.as_slice()).unwrap_or_default() != self.rows.as_slice()
    }
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
    alarm_id: String,
    channel: Channel,
    /// When, Unix milliseconds.
    at: i64,
    /// Whom it named, and the end it warned of, Unix milliseconds.
    warned: Vec<(String, i64)>,
}

const ALARMS: &str = "alarms";

impl Record for Alarm {
    const KIND: &'static str = "alarm";

    fn keys(&self) -> Vec<String> {
        vec![ALARMS.into(), format!("alarm:{}", self.alarm_id)]
    }
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct WaitingBoardMemory {
    /// Whether the boards are being shown.
    pub(crate) board_showing: Cell<bool>,
    /// They have changed since that began.
    pub(crate) board_changed: Cell<bool>,
}

service! {
    /// Shows in the setup channels who waits: one list a network, rewritten while it changes, and an alarm before a window
    /// ends.
    pub(crate) WaitingBoard {
        accounts: Accounts,
        cx: Context,
        leases: Leases,
        records: Records,
        speaker: Speaker,
        waiting_list: WaitingList,
    } remembers WaitingBoardMemory
}

impl<H: Host> WaitingBoard<H> {
    /// Shows who waits as it is, soon and in the background.
    pub(crate) fn show_board_soon(&self) {
        self.memory.board_changed.set(true);
        if self.memory.board_showing.replace(true) {
            return;
        }
        let this = self.clone();
        self.cx.host.background(Box::pin(async move {
            while this.memory.board_changed.replace(false) {
                match this.show_boards().await {
                    Ok(true) => {}
                    // Another process is at it, and may have read who waits before this change.
                    Ok(false) => this.memory.board_changed.set(true),
                    Err(error) => this.cx.warn("ledger-not-shown", error.code()),
                }
                this.cx.host.sleep(PAUSE_MS).await;
            }
            this.memory.board_showing.set(false);
        }));
    }

    /// Each minute: what is shown is put right, and customers whose time runs out are pointed out.
    pub(crate) async fn look_after_board(&self) -> Result<(), CoreError> {
        self.show_boards().await?;
        let waiting = self.listed().await?;
        if !waiting.iter().any(|one| ends_soon(one, 0, self.cx.now_ms()).is_some()) {
            return Ok(());
        }
        let Some(lease) = self.leases.take_lease("alarms", LEASE_MS).await? else { return Ok(()) };
        let given = self.give_alarms(&waiting).await;
        self.leases.release(&lease).await?;
        given
    }

    /// `false` when another process is at it.
    pub(crate) async fn show_boards(&self) -> Result<bool, CoreError> {
        let lang = self.cx.workspace_lang().await;
        let stale = |boards: &[NewBoard]| boards.iter().any(NewBoard::is_new);
        if !stale(&self.boards(&lang).await?) {
            return Ok(true);
        }
        let Some(lease) = self.leases.take_lease("board", LEASE_MS).await? else { return Ok(false) };
        // Another process may have shown it between the look and the lease.
        let result = match self.boards(&lang).await {
            Ok(boards) => self.show_new(&lang, boards).await,
            Err(error) => Err(error),
        };
        self.leases.release(&lease).await?;
        result.map(|()| true)
    }

    async fn show_new(&self, lang: &Lang, boards: Vec<NewBoard>) -> Result<(), CoreError> {
        let mut result = Ok(());
        for board in boards.into_iter().filter(NewBoard::is_new) {
            result = result.and(self.show_board(lang, board).await);
        }
        result
    }

    /// What the lists say, and are to say.
    async fn boards(&self, lang: &Lang) -> Result<Vec<NewBoard>, CoreError> {
        let shown: Vec<Board> = self.records.read_records(BOARDS).await?;
        let listed = self.listed().await?;
        let mut boards = Vec::new();
        for channel in Channel::ALL {
            let waiting: Vec<Waiting> =
                listed.iter().filter(|one| one.conversation.channel == channel).cloned().collect();
            let rows = self.rows(lang, &waiting).await?;
            let shown = shown.iter().find(|board| board.channel == channel).cloned();
            boards.push(NewBoard { channel, shown, waiting, rows });
        }
        Ok(boards)
    }

    async fn listed(&self) -> Result<Vec<Waiting>, CoreError> {
        let mut waiting = self.waiting_list.waiting().await?;
        waiting.retain(|one| !one.message_only);
        Ok(waiting)
    }

    async fn show_board(&self, lang: &Lang, board: NewBoard) -> Result<(), CoreError> {
        let NewBoard { channel, shown: board, waiting, rows } = board;
        let (text, shown) = list_blocks(self.cx.translator(lang), &waiting, &rows);
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
                match self.cx.call(edit).await {
                    Ok(()) => message_id,
                    // A person deleted it.
                    Err(error) => {
                        self.cx.warn("ledger-shown-anew", error.code());
                        self.speaker.announce(channel, text, shown).await?
                    }
                }
            }
            None => self.speaker.announce(channel, text, shown).await?,
        };
        self.records.put_record(&Board { channel, message_id, rows }).await
    }

    /// One line for each of those listed: also what tells whether the list has changed.
    async fn rows(&self, lang: &Lang, waiting: &[impl Borrow<Waiting>]) -> Result<Vec<String>, CoreError> {
        let mut rows = Vec::new();
        for one in waiting.iter().take(LISTED) {
            rows.push(self.row(lang, one.borrow()).await?);
        }
        let more = waiting.len().saturating_sub(LISTED);
        if more > 0 {
            rows.push(self.cx.text(lang, key!("flow_board_more"), &[("count", &more.to_string())]));
        }
        Ok(rows)
    }

    async fn row(&self, lang: &Lang, one: &Waiting) -> Result<String, CoreError> {
        let id = &one.conversation;
        let account = self.accounts.account(id.channel, &id.account).await?;
        Ok(waiting_list::row(self.cx.translator(lang), one, account.as_ref(), self.cx.now_ms()))
    }

    /// Points out whose window ends soon, once for each end.
    async fn give_alarms(&self, waiting: &[Waiting]) -> Result<(), CoreError> {
        let now = self.cx.now_ms();
        let (stale, given): (Vec<Alarm>, Vec<Alarm>) = self
            .records
            .read_records(ALARMS)
            .await?
            .into_iter()
            .partition(|alarm: &Alarm| now.saturating_sub(alarm.at) > ALARM_KEPT_MS);
        for alarm in &stale {
            self.records.remove_record(alarm).await?;
        }
        let lang = self.cx.workspace_lang().await;
        for channel in Channel::ALL {
            let given: Vec<&Alarm> = given.iter().filter(|alarm| alarm.channel == channel).collect();
            let known = |one: &(String, i64)| given.iter().any(|alarm| alarm.warned.contains(one));
            let ending = |within_ms| {
                let mine = waiting.iter().filter(|one| one.conversation.channel == channel);
                let named = mine.filter_map(move |one| {
                    Some((one, (one.waiting_id.clone(), ends_soon(one, within_ms, self.cx.now_ms())?)))
                });
                named.filter(|(_, named)| !known(named))
            };
            let rested = given.iter().all(|alarm| now.saturating_sub(alarm.at) >= ALARM_PAUSE_MS);
            if !ending(0).any(|(_, (_, end))| rested || end.saturating_sub(now) <= ALARM_PAUSE_MS) {
                continue;
            }
            let (ending, warned): (Vec<&Waiting>, Vec<(String, i64)>) = ending(ALARM_PAUSE_MS).unzip();
            let mut lines = vec![self.cx.text(&lang, key!("flow_alarm"), &[("count", &ending.len().to_string())])];
            lines.extend(self.rows(&lang, &ending).await?);
            // Told first: an alarm twice is better than none.
            self.speaker.announce(channel, lines.join("\n"), Vec::new()).await?;
            self.records.put_record(&Alarm { alarm_id: self.cx.random_hex(8), channel, at: now, warned }).await?;
        }
        Ok(())
    }
}
