//! The scheduler's jobs: each area looks after its own.

use crate::entry::JobInput;
use crate::error::CoreError;
use crate::host::Host;
use crate::job;
use crate::session::Session;
use crate::ui::area;

impl<H: Host> Session<H> {
    /// A scheduled job. One area's failure does not keep the others from their turn.
    ///
    /// # Errors
    /// The first [`CoreError`] of the areas, after all had their turn.
    pub async fn run_job(&self, input: JobInput) -> Result<(), CoreError> {
        match input.job.as_str() {
            job::TICK => {
                self.inbound_tick();
                let results = [
                    self.outbound_tick().await,
                    self.flows_tick().await,
                    self.handover_tick().await,
                    self.connect_tick().await,
                ];
                results.into_iter().collect()
            }
            job::DAILY => {
                self.inbound_daily();
                self.connect_daily().await
            }
            job::INSTALLED => self.installed(serde_json::from_value(input.data).ok().as_ref()).await,
            named => match named.split_once(':') {
                Some((area::OUTBOUND, rest)) => self.outbound_later(rest, input.data.clone()).await,
                Some((area::FLOWS, rest)) => self.flows_later(rest, input.data.clone()).await,
                Some((area::HANDOVER, rest)) => self.handover_later(rest, input.data.clone()).await,
                _ => {
                    self.warn("job-unknown", named);
                    Ok(())
                }
            },
        }
    }
}
