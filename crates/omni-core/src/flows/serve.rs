//! Serving those who waited, most urgent first, each conversation once.

use crate::error::CoreError;
use crate::host::{Host, Online};
use crate::inbound::{Suspects, Turn};
use crate::session::Session;
use crate::store::Claim;
use omni_domain::routing::rules::department_for;
use omni_domain::waiting::{Ends, Waiting};

/// After somebody's presence changed the server may take a moment to count them in, in milliseconds.
const COUNTED_IN_MS: u32 = 3_000;

/// After this many in a row that could not be served nobody seems to be there for the department, whatever the server says:
/// Omnichannel is off, or another app objects. They may have faults of their own, so as many of the others are tried too,
/// different ones each time.
const MOST_IN_VAIN: usize = 3;

/// How long a process may go without a sign of life before another one serves in its place, in milliseconds.
const CLAIM_MS: i64 = 60_000;

/// Where those of one department are served, in one pass.
struct Desk {
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
pub(super) enum Served {
    /// The conversation is open with all of it, or was by somebody else's doing.
    Now,
    /// The conversation is open; there is more of it than goes into one turn.
    InPart,
    /// Still nobody can serve.
    NotYet,
}

impl<H: Host> Session<H> {
    /// Somebody may be able to serve who was not a moment ago. The work goes on in the background.
    pub(crate) async fn somebody_may_serve(&self) -> Result<(), CoreError> {
        if self.waiting().await?.is_empty() {
            return Ok(());
        }
        let session = self.clone();
        self.host.background(Box::pin(async move {
            if session.serve_all().await {
                session.host.sleep(COUNTED_IN_MS).await;
                session.serve_all().await;
            }
        }));
        Ok(())
    }

    /// The same each minute: presence is not all that decides, and not every change of it is told.
    pub(super) fn serve_in_background(&self) {
        let session = self.clone();
        self.host.background(Box::pin(async move {
            session.serve_all().await;
        }));
    }

    /// One call a room that is open: at times more than a job may take.
    pub(super) fn sweep_in_background(&self) {
        let session = self.clone();
        self.host.background(Box::pin(async move {
            if let Err(error) = session.sweep_closed_rooms().await {
                session.warn("rooms-not-swept", error.code());
            }
        }));
    }

    /// Serves whoever can be served; `true` when somebody still waits. One pass at a time in a process: a second one
    /// would only find what the first is at.
    async fn serve_all(&self) -> bool {
        if self.memory.ledger.serving.replace(true) {
            self.memory.ledger.again.set(true);
            return false;
        }
        let mut left = Ok(true);
        while left.is_ok() {
            self.memory.ledger.again.set(false);
            left = self.serve_pass().await;
            if !self.memory.ledger.again.get() {
                break;
            }
        }
        self.memory.ledger.serving.set(false);
        match left {
            Ok(left) => left,
            Err(error) => {
                self.warn("ledger-unfinished", error.code());
                true
            }
        }
    }

    /// One process at a time serves, or the order of urgency would be none.
    async fn serve_pass(&self) -> Result<bool, CoreError> {
        let waiting = self.waiting().await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        let Some(claim) = self.claim("serving", CLAIM_MS).await? else { return Ok(true) };
        let left = self.serve_rounds(waiting, &claim).await;
        self.release(&claim).await?;
        left
    }

    /// A customer who wrote much has a turn of a few messages in each round: the others do not wait for all of it.
    async fn serve_rounds(&self, mut waiting: Vec<Waiting>, claim: &Claim) -> Result<bool, CoreError> {
        let mut left = false;
        let suspects = self.suspects().await?;
        loop {
            let mut in_part = Vec::new();
            left |= self.serve_list(waiting, claim, &suspects, &mut in_part).await?;
            if in_part.is_empty() {
                return Ok(left);
            }
            // Others may have come to wait, or to be served.
            waiting = match self.memory.ledger.again.replace(false) {
                true => self.waiting().await?,
                false => in_part,
            };
        }
    }

    async fn serve_list(
        &self,
        waiting: Vec<Waiting>,
        claim: &Claim,
        suspects: &Suspects,
        in_part: &mut Vec<Waiting>,
    ) -> Result<bool, CoreError> {
        let mut desks: Vec<Desk> = Vec::new();
        let mut probe_from = self.memory.ledger.probe_from.take();
        let mut left = false;
        for waiting in waiting {
            self.prolong(claim).await?;
            let id = &waiting.conversation;
            let Some(account) = self.account(id.channel, &id.account).await? else {
                // It may be connected again; once nobody could be answered any more, what waits is filed.
                if matches!(waiting.ends(self.now_ms()), Ends::Over(_) | Ends::Never) {
                    self.serve_or_log(suspects, &waiting).await;
                }
                continue;
            };
            let wanted = department_for(&account, &waiting.origin);
            let at = match desks.iter().position(|desk| desk.department == wanted) {
                Some(at) => at,
                None => {
                    let department = self.department_in_use(wanted.clone()).await;
                    let staffed = self.call(Online { department }).await?;
                    let probe_from = probe_from.remove(&wanted).unwrap_or_default();
                    desks.push(Desk { department: wanted, staffed, in_vain: 0, place: 0, probe_from });
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
                self.memory.ledger.probe_from.borrow_mut().insert(desk.department.clone(), desk.place);
            }
        }
        Ok(left)
    }

    /// One that cannot be served keeps no other from its turn; `None` for one that is left alone.
    async fn serve_or_log(&self, suspects: &Suspects, waiting: &Waiting) -> Option<Served> {
        let served = self.carefully(suspects, &waiting.conversation, self.serve(waiting)).await;
        served.unwrap_or_else(|error| {
            self.warn("ledger-not-served", error.code());
            Some(Served::NotYet)
        })
    }

    /// Opens the conversation with what waits in it.
    pub(super) async fn serve(&self, waiting: &Waiting) -> Result<Served, CoreError> {
        let id = &waiting.conversation;
        if self.work_a_turn(id).await? == Turn::More {
            return Ok(Served::InPart);
        }
        let conversation = self.conversation(id).await?;
        if conversation.waits() {
            return Ok(Served::NotYet);
        }
        self.waits_no_longer(&conversation).await?;
        Ok(Served::Now)
    }
}
