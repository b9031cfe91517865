//! App persistence: documents with association keys, no index, no transaction.

use super::{FAILED, Looked, Refused, RocketChat};
use omni_core::host::TOO_LARGE;
use omni_core::store::Record;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    pub keys: Vec<String>,
    pub data: Value,
}

/// The records in the order in which they are read, with an index by key. Whoever changes them otherwise than through the
/// host has it made anew.
#[derive(Debug, Default)]
pub struct Records {
    list: Vec<StoredRecord>,
    index: RefCell<Option<Index>>,
}

#[derive(Debug, Default)]
struct Index {
    /// Numbers of the records, in step with the list and rising.
    numbers: Vec<u64>,
    by_key: HashMap<String, Vec<u64>>,
    next: u64,
}

impl Index {
    fn append(&mut self, record: &StoredRecord) {
        for key in &record.keys {
            let numbers = self.by_key.entry(key.clone()).or_default();
            if numbers.last() != Some(&self.next) {
                numbers.push(self.next);
            }
        }
        self.numbers.push(self.next);
        self.next += 1;
    }

    fn take(&mut self, place: usize, record: &StoredRecord) {
        let number = self.numbers.remove(place);
        for key in &record.keys {
            if let Some(numbers) = self.by_key.get_mut(key) {
                numbers.retain(|known| *known != number);
            }
        }
    }
}

impl Deref for Records {
    type Target = Vec<StoredRecord>;

    fn deref(&self) -> &Self::Target {
        &self.list
    }
}

impl DerefMut for Records {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.index.replace(None);
        &mut self.list
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = &'a StoredRecord;
    type IntoIter = std::slice::Iter<'a, StoredRecord>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a mut Records {
    type Item = &'a mut StoredRecord;
    type IntoIter = std::slice::IterMut<'a, StoredRecord>;

    fn into_iter(self) -> Self::IntoIter {
        self.index.replace(None);
        self.list.iter_mut()
    }
}

impl Records {
    /// Places of the records that carry the key.
    fn carrying(&self, key: &str) -> Vec<usize> {
        let mut index = self.index.borrow_mut();
        let index = index.get_or_insert_with(|| {
            let mut index = Index::default();
            self.list.iter().for_each(|record| index.append(record));
            index
        });
        let numbers = index.by_key.get(key).into_iter().flatten();
        numbers.map(|number| index.numbers.binary_search(number).expect("an index of what is there")).collect()
    }

    fn append(&mut self, record: StoredRecord) {
        if let Some(index) = self.index.get_mut() {
            index.append(&record);
        }
        self.list.push(record);
    }

    fn take(&mut self, places: &[usize]) -> Vec<StoredRecord> {
        let mut gone = Vec::new();
        for place in places.iter().rev() {
            let record = self.list.remove(*place);
            if let Some(index) = self.index.get_mut() {
                index.take(*place, &record);
            }
            gone.push(record);
        }
        gone.reverse();
        gone
    }
}

/// More than this at once the shim does not hand over, in bytes: see `app-shim/src/host/store.ts`.
pub const MOST_READ: usize = 4 * 1024 * 1024;

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

    pub(in crate::support) fn store_read(&mut self, key: &str) -> Result<Vec<Value>, Refused> {
        let mut places = self.records.carrying(key);
        // Nobody promises an order.
        for at in (1..places.len()).rev() {
            places.swap(at, self.read_order.below(at + 1));
        }
        let found: Vec<Value> = places.into_iter().map(|at| self.records[at].data.clone()).collect();
        let bytes = found.iter().map(|value| value.to_string().len()).sum();
        self.reads.push(bytes);
        if bytes > MOST_READ { Err(TOO_LARGE) } else { Ok(found) }
    }

    pub(in crate::support) fn store_create(&mut self, keys: Vec<String>, data: Value) -> Result<(), Refused> {
        check(&data)?;
        let record = StoredRecord { keys, data };
        match self.newest_lease_first && record.data["kind"] == "lease" {
            true => self.records.insert(0, record),
            false => self.records.append(record),
        }
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
            Some(at) => self.records.list[at].data = data,
            None if upsert => self.records.append(StoredRecord { keys, data }),
            None => {}
        }
        Ok(())
    }

    pub(in crate::support) fn store_remove(&mut self, keys: &[String]) -> Vec<Value> {
        // `$all` of nothing matches nothing.
        let Some((first, others)) = keys.split_first() else { return Vec::new() };
        let mut places = self.records.carrying(first);
        places.retain(|at| others.iter().all(|key| carries(&self.records.list[*at], key)));
        self.records.take(&places).into_iter().map(|record| record.data).collect()
    }

    /// A record with exactly these keys in this order: which of several, nobody promises.
    pub(super) fn exact_record(&self, keys: &[String]) -> Option<usize> {
        // The last key names the record in most cases.
        let mut places = keys.last().map(|key| self.records.carrying(key)).unwrap_or_default();
        places.retain(|at| self.records.list[*at].keys == keys);
        let which = if places.len() > 1 { self.read_order.below(places.len()) } else { 0 };
        places.get(which).copied()
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
