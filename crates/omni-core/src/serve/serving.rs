//! Serving those who waited, most urgent first, each conversation once.

use crate::context::Context;
use crate::error::CoreError;
use crate::host::{Host, Online};
use crate::inbox::room::Rooms;
use crate::inbox::settle::Inbox;
use crate::inbox::suspect::{SuspectWatch, Suspects};
use crate::inbox::work::Turn;
use crate::store::accounts::Accounts;
use crate::store::leases::{Leases, NamedLease};
use crate::store::load::Conversations;
use crate::store::waiting_list::WaitingList;
use crate::waiting::entries::WaitingEntries;
use omni_domain::routing::rules::department_for;
use omni_domain::waiting::{Ends, Waiting};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// After somebody's presence changed the server may take a moment to count them in, in milliseconds.
const COUNTED_IN_MS: u32 = 3_000;

/// After this many in a row that could not be served nobody seems to be there for the department, whatever the server says:
/// Omnichannel is off, or another app objects. They may have faults of their own, so as many of the others are tried too,
/// different ones each time.
const MOST_IN_VAIN: usize = 3;

/// How long a process may go without a heartbeat before another one serves in its place, in milliseconds.
const LEASE_MS: i64 = 60_000;

/// Where those of one department are served, in one pass.
struct DepartmentQueue {
    department: Option<String>,
    /// Whether somebody is there, as the server says.
    staffed: bool,
    /// How many in a row could not be served all the same.
    in_vain: usize,
    /// How many were looked at.
    place: usize,
    /// How many of them were looked at when others were tried last.
    probe_from: usize,
}

/// What became of one who waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// The conversation is open with all of it, or was by somebody else's doing.
    Now,
    /// The conversation is open; there is more of it than goes into one turn.
    InPart,
    /// Still nobody can serve.
    NotYet,
}

/// What a process remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct ServingMemory {
    /// Whether those who wait are being served.
    pub(crate) serving: Cell<bool>,
    /// Somebody more may serve since that began.
    pub(crate) serve_again: Cell<bool>,
    /// By department, how far others were tried where the first could not be served.
    pub(crate) probe_from: RefCell<BTreeMap<Option<String>, usize>>,
}

service! {
    /// Serves the customers who wait, most urgent first, each conversation once.
    pub(crate) Serving {
        accounts: Accounts,
        cx: Context,
        conversations: Conversations,
        inbox: Inbox,
        leases: Leases,
        rooms: Rooms,
        suspect_watch: SuspectWatch,
        waiting_entries: WaitingEntries,
        waiting_list: WaitingList,
    } remembers ServingMemory
}

impl<H: Host> Serving<H> {
    /// Somebody may be able to serve who was not a moment ago. The work goes on in the background.
    pub(crate) async fn somebody_may_serve(&self) -> Result<(), CoreError> {
        if self.waiting_list.waiting().await?.is_empty() {
            return Ok(());
        }
        let this = self.clone();
        self.cx.host.background(Box::pin(async move {
            if this.serve_all().await {
                this.cx.host.sleep(COUNTED_IN_MS).await;
                this.serve_all().await;
            }
        }));
        Ok(())
    }

    /// The same each minute: presence is not all that decides, and not every change of it is told.
    pub(crate) fn serve_in_background(&self) {
        let this = self.clone();
        self.cx.host.background(Box::pin(async move {
            this.serve_all().await;
        }));
    }

    /// Serves whoever can be served; `true` when somebody still waits. One pass at a time in a process: a second one
    /// would only find what the first is at.
    async fn serve_all(&self) -> bool {
        if self.memory.serving.replace(true) {
            self.memory.serve_again.set(true);
            return false;
        }
        let mut left = Ok(true);
        while left.is_ok() {
            self.memory.serve_again.set(false);
            left = self.serve_pass().await;
            if !self.memory.serve_again.get() {
                break;
            }
        }
        self.memory.serving.set(false);
        match left {
            Ok(left) => left,
            Err(error) => {
                self.cx.warn("ledger-unfinished", error.code());
                true
            }
        }
    }

    /// One process at a time serves, or the order of urgency would be none.
    async fn serve_pass(&self) -> Result<bool, CoreError> {
        let waiting = self.waiting_list.waiting().await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        let Some(lease) = self.leases.take_lease("serving", LEASE_MS).await? else { return Ok(true) };
        let left = self.serve_rounds(waiting, &lease).await;
        self.leases.release(&lease).await?;
        left
    }

    /// A customer who wrote much has a turn of a few messages in each round: the others do not wait for all of it.
    async fn serve_rounds(&self, mut waiting: Vec<Waiting>, lease: &NamedLease) -> Result<bool, CoreError> {
        let mut left = false;
        let suspects = self.suspect_watch.suspects().await?;
        loop {
            let mut in_part = Vec::new();
            left |= self.serve_list(waiting, lease, &suspects, &mut in_part).await?;
            if in_part.is_empty() {
                return Ok(left);
            }
            // Others may have come to wait, or to be served.
            waiting = match self.memory.serve_again.replace(false) {
                true => self.waiting_list.waiting().await?,
                false => in_part,
            };
        }
    }

    async fn serve_list(
        &self,
        waiting: Vec<Waiting>,
        lease: &NamedLease,
        suspects: &Suspects,
        in_part: &mut Vec<Waiting>,
    ) -> Result<bool, CoreError> {
        let mut desks: Vec<DepartmentQueue> = Vec::new();
        let mut probe_from = self.memory.probe_from.take();
        let mut left = false;
        for waiting in waiting {
            self.leases.prolong(lease).await?;
            let id = &waiting.conversation;
            let Some(account) = self.accounts.account(id.channel, &id.account).await? else {
                // It may be connected again; once nobody could be answered any more, what waits is filed.
                if matches!(waiting.ends(self.cx.now_ms()), Ends::Over(_) | Ends::Never) {
                    self.serve_or_log(suspects, &waiting).await;
                }
                continue;
            };
            let wanted = department_for(&account, &waiting.origin);
            let at = match desks.iter().position(|desk| desk.department == wanted) {
                Some(at) => at,
                None => {
                    let department = self.rooms.department_in_use(wanted.clone()).await;
                    let staffed = self.cx.call(Online { department }).await?;
                    let probe_from = probe_from.remove(&wanted).unwrap_or_default();
                    desks.push(DepartmentQueue { department: wanted, staffed, in_vain: 0, place: 0, probe_from });
                    desks.len().saturating_sub(1)
                }
            };
            let Some(desk) = desks.get_mut(at) else { continue };
            desk.place = desk.place.saturating_add(1);
            let probing = desk.in_vain >= MOST_IN_VAIN;
            if !desk.staffed || (probing && (desk.place <= desk.probe_from || desk.in_vain >= 2 * MOST_IN_VAIN)) {
                left = true;
                continue;
            }
            let Some(served) = self.serve_or_log(suspects, &waiting).await else { continue };
            desk.in_vain = match served {
                Served::Now | Served::InPart => 0,
                Served::NotYet => desk.in_vain.saturating_add(1),
            };
            if served == Served::InPart {
                in_part.push(waiting);
                continue;
            }
            left |= served == Served::NotYet;
            if probing && served == Served::NotYet {
                self.memory.probe_from.borrow_mut().insert(desk.department.clone(), desk.place);
            }
        }
        Ok(left)
    }

    /// One that cannot be served keeps no other from its turn; `None` for one that is left alone.
    async fn serve_or_log(&self, suspects: &Suspects, waiting: &Waiting) -> Option<Served> {
        let served = self.suspect_watch.carefully(suspects, &waiting.conversation, self.serve(waiting)).await;
        served.unwrap_or_else(|error| {
            self.cx.warn("ledger-not-served", error.code());
            Some(Served::NotYet)
        })
    }

    /// Opens the conversation with what waits in it.
    pub(crate) async fn serve(&self, waiting: &Waiting) -> Result<Served, CoreError> {
        let id = &waiting.conversation;
        if self.inbox.work_a_turn(id).await? == Turn::More {
            return Ok(Served::InPart);
        }
        let conversation = self.conversations.conversation(id).await?;
        if conversation.waits() {
            return Ok(Served::NotYet);
        }
        self.waiting_entries.waits_no_longer(&conversation).await?;
        Ok(Served::Now)
    }
}
