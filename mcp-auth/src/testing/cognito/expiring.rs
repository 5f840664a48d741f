use std::collections::HashMap;

use crate::clock::Timestamp;

/// Entries that end at a time of their own, at most `capacity` of them: when it is full, the one
/// that would end first makes room.
pub(super) struct Expiring<V> {
    entries: HashMap<String, (Timestamp, V)>,
    capacity: usize,
}

impl<V> Expiring<V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            capacity,
        }
    }

    pub(super) fn insert(&mut self, now: Timestamp, key: String, ends: Timestamp, value: V) {
        if self.entries.len() >= self.capacity {
            self.entries.retain(|_, (ends, _)| *ends > now);
        }
        if self.entries.len() >= self.capacity
            && let Some(first) = self.entries.iter().min_by_key(|(_, (ends, _))| *ends)
        {
            let first = first.0.clone();
            self.entries.remove(&first);
        }
        self.entries.insert(key, (ends, value));
    }

    pub(super) fn get(&self, now: Timestamp, key: &str) -> Option<&V> {
        let (ends, value) = self.entries.get(key)?;
        (*ends > now).then_some(value)
    }

    /// Removes the entry and hands it over: whatever is taken is taken once.
    pub(super) fn take(&mut self, now: Timestamp, key: &str) -> Option<V> {
        let (ends, value) = self.entries.remove(key)?;
        (ends > now).then_some(value)
    }
}
