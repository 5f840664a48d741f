//! What the decoded bodies of all running calls may hold together.

use std::{fmt, sync::Arc, sync::LazyLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory that decoded bodies share: each takes what it is [estimated](crate::Limits::max_decoded_bytes)
/// to need, for as long as its call runs. A body that finds too little left is answered with 503 and
/// `Retry-After`, so that slow calls with large arguments cannot pile up. Bodies of up to 1 KiB take
/// nothing.
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
}

/// What a call holds of the budget. It goes with the parts of its request.
#[derive(Debug, Clone)]
pub(crate) struct Charge(Arc<OwnedSemaphorePermit>);

impl Charge {
    pub(crate) fn bytes(&self) -> usize {
        self.0.num_permits()
    }
}

impl DecodingBudget {
    /// A budget of its own. Less than [`Limits::max_decoded_bytes`](crate::Limits::max_decoded_bytes)
    /// refuses the largest bodies always.
    pub fn new(bytes: usize) -> Self {
        Self {
            bytes,
            left: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// `None` if too little is left.
    pub(crate) fn charge(&self, bytes: usize) -> Option<Charge> {
        let bytes = u32::try_from(bytes).ok()?;
        let permit = self.left.clone().try_acquire_many_owned(bytes).ok()?;
        Some(Charge(Arc::new(permit)))
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
