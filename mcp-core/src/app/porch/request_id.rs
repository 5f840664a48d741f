use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_auth::{Entropy, EntropyError, OsEntropy};

pub(super) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Ids that are unique in the fleet and cost no system call each: a random prefix and a count.
#[derive(Clone)]
pub(super) struct RequestIds(Arc<Counter>);

struct Counter {
    process: String,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Result<Self, EntropyError> {
        let mut process = [0; 8];
        OsEntropy.fill(&mut process)?;
        Ok(Self(Arc::new(Counter {
            process: format!("{:016x}-", u64::from_be_bytes(process)),
            next: AtomicU64::new(0),
        })))
    }

    /// The id that a proxy has given the request, or else a new one, for those that come after.
    pub(super) fn identify(&self, headers: &mut HeaderMap) -> Option<HeaderValue> {
        if let Some(given) = headers.get(&REQUEST_ID) {
            return Some(given.clone());
        }
        let count = self.0.next.fetch_add(1, Ordering::Relaxed).to_string();
        let id = HeaderValue::try_from([&*self.0.process, &*count].concat()).ok()?;
        headers.insert(&REQUEST_ID, id.clone());
        Some(id)
    }
}
