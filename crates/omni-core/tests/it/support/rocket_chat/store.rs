//! App persistence: documents with association keys, no index, no transaction.

use super::{FAILED, Looked, Refused, RocketChat};
use omni_core::store::Record;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    pub keys: Vec<String>,
    pub data: Value,
}

impl RocketChat {
    /// Stores a record the way the core does: a test's own beginning.
    pub fn store<R: Record>(&mut self, record: &R) {
        let mut data = serde_json::to_value(record).expect("a record is JSON");
        data["kind"] = R::KIND.into();
        self.store_create(record.keys(), data).expect("a record is an object");
    }

    /// Every record of the kind, read back.
    pub fn stored<R: Record>(&self) -> Vec<R> {
        let of_kind = self.records.iter().filter(|record| record.data["kind"] == R::KIND);
        of_kind.map(|record| serde_json::from_value(record.data.clone()).expect("a record reads back")).collect()
    }

    pub(in crate::support) fn store_read(&self, key: &str) -> Vec<Value> {
        self.records.iter().filter(|record| carries(record, key)).map(|record| record.data.clone()).collect()
    }

    pub(in crate::support) fn store_create(&mut self, keys: Vec<String>, data: Value) -> Result<(), Refused> {
        check(&data)?;
        let at = if self.newest_claim_first && data["kind"] == "claim" { 0 } else { self.records.len() };
        self.records.insert(at, StoredRecord { keys, data });
        Ok(())
    }

    pub(in crate::support) fn store_update(
        &mut self,
        keys: Vec<String>,
        data: Value,
        upsert: bool,
        looked: Looked,
    ) -> Result<(), Refused> {
        check(&data)?;
        // An upsert that found nothing writes, whatever another one wrote meanwhile.
        let place = if looked.absent { None } else { self.exact_record(&keys) };
        match place {
            Some(at) => self.records[at].data = data,
            None if upsert => self.records.push(StoredRecord { keys, data }),
            None => {}
        }
        Ok(())
    }

    pub(in crate::support) fn store_remove(&mut self, keys: &[String]) -> Vec<Value> {
        // `$all` of nothing matches nothing.
        let hit = |record: &StoredRecord| !keys.is_empty() && keys.iter().all(|key| carries(record, key));
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.records).into_iter().partition(hit);
        self.records = kept;
        gone.into_iter().map(|record| record.data).collect()
    }

    /// The first record with exactly these keys in this order.
    pub(super) fn exact_record(&self, keys: &[String]) -> Option<usize> {
        self.records.iter().position(|record| record.keys == keys)
    }
}

fn carries(record: &StoredRecord, key: &str) -> bool {
    record.keys.iter().any(|carried| carried == key)
}

/// Persistence takes objects only, and the database no such names at their top.
fn check(data: &Value) -> Result<(), Refused> {
    let fields = data.as_object().ok_or(FAILED)?;
    if fields.keys().any(|name| name.starts_with('$') || name.contains('.')) { Err(FAILED) } else { Ok(()) }
}
