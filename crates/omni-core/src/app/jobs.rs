//! The scheduler's jobs: each area looks after its own.

use crate::api::JobInput;
use crate::app::App;
use crate::context::area;
use crate::error::CoreError;
use crate::host::Host;
use crate::job;

impl<H: Host> App<H> {
    /// A scheduled job. One area's failure does not keep the others from their turn.
    ///
    /// # Errors
    /// The first [`CoreError`] of the areas, after all had their turn.
    pub async fn run_job(&self, input: JobInput) -> Result<(), CoreError> {
        match input.job.as_str() {
            job::TICK => {
                self.retention.inbound_tick();
                let results = [
                    self.agent_messages.outbound_tick().await,
                    self.flows_tick().await,
                    self.thread_timeouts.handover_tick().await,
                    self.connect_actions.connect_tick().await,
                ];
                results.into_iter().collect()
            }
            job::DAILY => {
                self.retention.inbound_daily();
                self.connect_actions.connect_daily().await
            }
            job::INSTALLED => self.setup_channels.installed(serde_json::from_value(input.data).ok().as_ref()).await,
            named => match named.split_once(':') {
                Some((area::OUTBOUND, rest)) => self.agent_messages.outbound_later(rest, input.data.clone()).await,
                _ => {
                    self.cx.warn("job-unknown", named);
                    Ok(())
                }
            },
        }
    }
}
