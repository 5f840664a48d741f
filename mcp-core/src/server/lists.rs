//! How clients are told of the tools.

use std::time::Duration;

use super::McpServerBuilder;
use crate::{error::BuildError, policy::ToolPages};

/// What the author has said about `tools/list`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ListSettings {
    ttl: Option<Duration>,
    per_page: Option<usize>,
}

impl<H, A> McpServerBuilder<H, A> {
    /// How long a client may keep the list of tools before it asks again: `ttlMs` of `tools/list`
    /// (revision 2026-07-28; older clients keep it as they like).
    ///
    /// Default: zero, so that clients ask when they need it. A new version of the server is seen this much
    /// later, unless [`events`](Self::events) say that the tools have changed.
    ///
    /// For lists that the macros write. A handler with a `list_tools` of its own says it there.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use portcullis::{auth::danger, prelude::*};
    /// # struct Clock;
    /// # #[mcp_server(name = "clock")]
    /// # impl Clock {
    /// #     /// Says that it is noon.
    /// #     #[tool]
    /// #     async fn now(&self) -> String { "noon".into() }
    /// # }
    ///
    /// let server = McpServer::new("http://localhost:8080/mcp", Clock)
    ///     .tools_ttl(Duration::from_secs(60 * 60))
    ///     .tools_per_page(50)
    ///     .auth(danger::anonymous())
    ///     .build()?;
    /// # Ok::<(), portcullis::BuildError>(())
    /// ```
    pub fn tools_ttl(mut self, ttl: Duration) -> Self {
        self.lists.ttl = Some(ttl);
        self
    }

    /// How many tools one answer to `tools/list` holds, at least one; clients ask for the rest with its
    /// `nextCursor`.
    ///
    /// Default: all tools at once, which is encoded only once. Some clients read no more than the first
    /// page, so set it only where the list is too long for one answer.
    ///
    /// For lists that the macros write.
    pub fn tools_per_page(mut self, tools: usize) -> Self {
        self.lists.per_page = Some(tools);
        self
    }
}

impl ListSettings {
    /// What has no effect, or leaves nothing to list, is not built.
    pub(super) fn check(self, made_by_macros: bool) -> Result<ToolPages, BuildError> {
        if (self.ttl.is_some() || self.per_page.is_some()) && !made_by_macros {
            return Err(BuildError::OwnToolList);
        }
        if self.per_page == Some(0) {
            return Err(BuildError::EmptyPages);
        }
        let ttl = self.ttl.map(|ttl| ttl.as_millis());
        Ok(ToolPages {
            ttl_ms: ttl.map(|ttl| u64::try_from(ttl).unwrap_or(u64::MAX)),
            per_page: self.per_page,
        })
    }
}
