//! How messages are stored of which only the id is known for sure.

use super::Record;
use crate::error::CoreError;
use crate::host::Host;
use crate::session::Session;

pub use omni_domain::unconfirmed::{Named, Unconfirmed};

impl Record for Unconfirmed {
    const KIND: &'static str = "unconfirmed";

    fn keys(&self) -> Vec<String> {
        vec![all_key(self.signed).into(), format!("unconfirmed:{}", self.record_id)]
    }
}

fn all_key(signed: bool) -> &'static str {
    if signed { "unconfirmed" } else { "unconfirmed-unsigned" }
}

impl<H: Host> Session<H> {
    /// Everything that Meta is still to be asked for, of signed deliveries or of the others.
    pub(crate) async fn unconfirmed(&self, signed: bool) -> Result<Vec<Unconfirmed>, CoreError> {
        self.read_records(all_key(signed)).await
    }
}
