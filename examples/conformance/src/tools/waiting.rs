//! What a client's cancellation does to a call. Not of the suite: for the clients of `.ci/interop`.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use rmcp::{ErrorData, RoleServer, service::RequestContext, tool, tool_router};
use tokio::time::sleep;

use crate::Fixture;

/// Longer than any check waits.
const LONG: Duration = Duration::from_secs(600);

/// Calls of `test_wait`.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    running: AtomicUsize,
}

/// One running call. However it ends, returned or dropped, it is counted off.
struct Wait<'a>(&'a AtomicUsize);

impl<'a> Wait<'a> {
    fn begin(waits: &'a Waits) -> Self {
        waits.running.fetch_add(1, Ordering::Relaxed);
        Self(&waits.running)
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tool_router(router = waiting_tools, vis = "pub(super)")]
impl Fixture {
    /// Waits until it is cancelled
    #[tool]
    async fn test_wait(&self, context: RequestContext<RoleServer>) -> Result<String, ErrorData> {
        let _wait = Wait::begin(&self.waits);
        tokio::select! {
            () = context.ct.cancelled() => Err(ErrorData::internal_error("cancelled", None)),
            () = sleep(LONG) => Ok("Nobody cancelled.".to_owned()),
        }
    }

    /// How many calls of `test_wait` are running
    #[tool]
    async fn test_waiting(&self) -> String {
        self.waits.running.load(Ordering::Relaxed).to_string()
    }
}
