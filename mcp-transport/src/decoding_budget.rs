//! What the decoded bodies of all running calls may hold together.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Arc, LazyLock},
};

use axum::body::Body;
use http::{Response, StatusCode};
use rmcp::ErrorData;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{CountKey, exchange::reply, session::Locked};

/// Memory that decoded bodies share: each takes what it is [estimated](crate::Limits::max_decoded_bytes)
/// to need, for as long as its call runs. A body that finds too little left is answered with 503 and
/// `Retry-After`, so that slow calls with large arguments cannot pile up. Bodies of up to 1 KiB take
/// nothing. Nor does what a tool keeps when its call has been answered, such as a task's.
///
/// Calls that [count together](crate::StreamableHttp::counted_by) hold a quarter of it at most, or a single
/// body: one more is answered with 429, so that no user locks out the others. Anonymous callers cannot
/// be told apart, and share all of it.
///
/// Clones are the same budget. The default is one of 256 MiB for the whole process:
///
/// ```
/// use portcullis_transport::{DecodingBudget, Limits};
///
/// let mut limits = Limits::default();
/// limits.decoding_budget = DecodingBudget::new(64 * 1024 * 1024);
/// ```
#[derive(Clone)]
pub struct DecodingBudget {
    bytes: usize,
    left: Arc<Semaphore>,
    held: Arc<Held>,
}

/// Bytes that calls hold, where it is known for whom they count.
type Held = Locked<HashMap<CountKey, usize>>;

/// What a call holds of the budget. It goes with the parts of its request.
#[derive(Debug, Clone)]
pub(crate) struct Charge(Arc<Permit>);

#[derive(Debug)]
struct Permit {
    left: OwnedSemaphorePermit,
    share: Option<(CountKey, Arc<Held>)>,
}

/// Why a body is not decoded now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NoRoom {
    #[error("the server is at work on as much as it has memory for; ask again later")]
    Altogether,
    #[error("your calls hold as much memory as those of one caller may; wait for an answer")]
    OfCaller,
}

impl DecodingBudget {
    /// A budget of its own. Less than [`Limits::max_decoded_bytes`](crate::Limits::max_decoded_bytes)
    /// refuses the largest bodies always.
    pub fn new(bytes: usize) -> Self {
        Self {
            bytes,
            left: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
            held: Arc::default(),
        }
    }

    /// Takes so many bytes, until the charge and its clones are dropped.
    pub(crate) fn charge(&self, bytes: usize, key: Option<CountKey>) -> Result<Charge, NoRoom> {
        let mut held = self.held.lock();
        let held_by = |key| held.get(&key).copied().unwrap_or_default();
        let share = key.map_or(0, held_by);
        if share > 0 && share.saturating_add(bytes) > self.bytes / 4 {
            return Err(NoRoom::OfCaller);
        }
        let permits = u32::try_from(bytes).map_err(|_| NoRoom::Altogether)?;
        let left = self.left.clone().try_acquire_many_owned(permits);
        let left = left.map_err(|_| NoRoom::Altogether)?;
        if let Some(key) = key {
            held.insert(key, share + bytes);
        }
        Ok(Charge(Arc::new(Permit {
            left,
            share: key.map(|key| (key, self.held.clone())),
        })))
    }
}

impl Charge {
    pub(crate) fn bytes(&self) -> usize {
        self.0.left.num_permits()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some((key, held)) = &self.share else {
            return;
        };
        if let Entry::Occupied(mut share) = held.lock().entry(*key) {
            *share.get_mut() -= self.left.num_permits();
            if *share.get() == 0 {
                share.remove();
            }
        }
    }
}

impl NoRoom {
    pub(crate) fn into_response(self) -> Response<Body> {
        let status = match self {
            Self::Altogether => StatusCode::SERVICE_UNAVAILABLE,
            Self::OfCaller => StatusCode::TOO_MANY_REQUESTS,
        };
        let error = ErrorData::internal_error(self.to_string(), None);
        reply::refuse_for_now(status, None, &error)
    }
}

impl Default for DecodingBudget {
    fn default() -> Self {
        static OF_THE_PROCESS: LazyLock<DecodingBudget> =
            LazyLock::new(|| DecodingBudget::new(256 * 1024 * 1024));
        OF_THE_PROCESS.clone()
    }
}

/// Its bytes, as the other limits show theirs.
impl fmt::Debug for DecodingBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.fmt(f)
    }
}
