//! Looking after what is stored: what a lost process left behind is finished, what is done is filed, what is old goes.

use crate::app::sweep::{Retention, SIDE_BY_SIDE};
use crate::error::CoreError;
use crate::host::{Host, LogLevel};
use crate::inbox::work::Turn;
use crate::store::Record;
use crate::store::message_records::{BUCKET_MS, SLICE_MS};
use futures_util::future::join_all;
use omni_domain::conversation::ConversationId;
use omni_domain::sweep::{MOST_AGAIN, Progress, Sweep};
use omni_domain::timing::{DAY_MS, in_turn};
use std::collections::BTreeSet;

/// A slice of time is looked over this long after it ended, in milliseconds: by then a live worker is done, or has shown a
/// heartbeat.
const LOOK_OVER_MS: i64 = 60_000;

/// A bucket of time is filed this long after it ended, in milliseconds: what Meta delivers late is recognised by the
/// entries at hand, and only what comes later still is looked for among the filed.
const FILE_MS: i64 = 2 * crate::inbox::take_up::LATE_MS;

/// How far back the first run of a walk begins, in its own steps.
const FIRST_STEPS: i64 = 10;

impl Record for Progress {
    const KIND: &'static str = "progress";

    fn keys(&self) -> Vec<String> {
        vec![progress_key(self.walk)]
    }

    fn rank(&self) -> i64 {
        // What was visited before is visited once more.
        -self.next
    }
}

/// How much time one number stands for, in milliseconds.
fn step_ms(walk: Sweep) -> i64 {
    match walk {
        Sweep::LookOver => SLICE_MS,
        Sweep::File => BUCKET_MS,
        Sweep::Remove => DAY_MS,
    }
}

fn progress_key(walk: Sweep) -> String {
    format!("progress:{}", walk.name())
}

impl<H: Host> Retention<H> {
    /// Each minute: what a lost process left behind is finished, what is done is filed.
    pub(crate) fn inbound_tick(&self) {
        self.confirmation.confirm_in_background();
        self.begin(Sweep::LookOver);
        self.begin(Sweep::File);
        let this = self.clone();
        self.cx.once_in_background("backlogs", async move { this.tend_backlogs().await });
    }

    /// Each day: what is older than the retention setting is removed.
    pub(crate) fn inbound_daily(&self) {
        self.begin(Sweep::Remove);
    }

    fn begin(&self, walk: Sweep) {
        let this = self.clone();
        self.cx.once_in_background(walk.name(), async move { this.go(walk).await });
    }

    async fn go(&self, walk: Sweep) -> Result<(), CoreError> {
        let mut progress = self.progress(walk).await?;
        let now = self.cx.now_ms();
        let end = match walk {
            Sweep::LookOver => now.saturating_sub(LOOK_OVER_MS).div_euclid(SLICE_MS),
            Sweep::File => now.saturating_sub(FILE_MS).div_euclid(BUCKET_MS),
            Sweep::Remove => now.div_euclid(DAY_MS).saturating_sub(self.cx.settings().await?.retention_days),
        };
        for number in progress.due(end, now.div_euclid(SLICE_MS)) {
            let before = progress.clone();
            let visit = match walk {
                Sweep::LookOver => self.look_over_slice(number).await,
                Sweep::File => self.file_bucket(number).await,
                Sweep::Remove => self.remove_day(number).await,
            };
            // What fails is come back to, and does not keep the others from their turn for ever.
            progress.visited(number, matches!(visit, Ok(true)));
            if progress != before {
                self.records.put_record(&progress).await?;
            }
            visit?;
        }
        Ok(())
    }

    async fn progress(&self, walk: Sweep) -> Result<Progress, CoreError> {
        let found: Option<Progress> = self.records.read_one(&progress_key(walk)).await?;
        match found {
            Some(progress) => Ok(progress),
            None => {
                let next = self.cx.now_ms().div_euclid(step_ms(walk)).saturating_sub(FIRST_STEPS);
                let first = Progress { walk, next, again: BTreeSet::new() };
                self.records.create_record(&first).await?;
                Ok(first)
            }
        }
    }

    /// Each minute: conversations of which much waits go on, of any process, a few messages of each at a time.
    async fn tend_backlogs(&self) -> Result<(), CoreError> {
        let all = self.backlogs.backlogs().await?;
        let suspects = self.suspect_watch.suspects().await?;
        let began = self.cx.now_ms();
        let mut ids: Vec<ConversationId> =
            in_turn(all.iter(), all.len(), MOST_AGAIN, began.div_euclid(SLICE_MS)).cloned().collect();
        while !ids.is_empty() && self.cx.now_ms().saturating_sub(began) < SLICE_MS {
            let mut again = Vec::new();
            let (alone, together): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| suspects.goes_alone(id));
            for some in together.chunks(SIDE_BY_SIDE).chain(alone.chunks(1)) {
                let turns =
                    some.iter().map(|id| self.suspect_watch.carefully(&suspects, id, self.inbox.work_a_turn(id)));
                let turns = join_all(turns).await;
                for (id, turn) in some.iter().zip(turns) {
                    match turn {
                        Ok(Some(Turn::More)) => again.push(id.clone()),
                        Ok(Some(Turn::Over) | None) => {}
                        // One conversation's trouble does not keep the others from their turn.
                        Err(error) => self.cx.host.log(LogLevel::Error, "inbound-unfinished", error.code()),
                    }
                }
            }
            ids = again;
        }
        Ok(())
    }
}
