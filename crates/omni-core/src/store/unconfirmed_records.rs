//! How messages are stored of which only the id is known for sure.

use crate::error::CoreError;
use crate::host::Host;
use crate::store::{Record, Records};

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

service! {
    /// Stores messages of which only the id is known for sure.
    pub(crate) UnconfirmedRecords {
        records: Records,
    }
}

impl<H: Host> UnconfirmedRecords<H> {
    /// Everything that Meta is still to be asked for, of signed deliveries or of the others.
    pub(crate) async fn unconfirmed(&self, signed: bool) -> Result<Vec<Unconfirmed>, CoreError> {
        self.records.read_records(all_key(signed)).await
    }
}
