//! A server on a pair of streams: stdin and stdout, for clients that start it as a program.
//!
//! There is no HTTP and so no token: the program says who its one caller is. The scopes of that
//! [`Principal`] decide, as over HTTP, which tools it may use. stdout belongs to the protocol; write logs to stderr.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use portcullis_auth::Principal;
use rmcp::{ServerHandler, service::ServerInitializeError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::InspectWriter;

use crate::{
    error::BuildError,
    policy::{Access, Callers, Guarded, TaskIds},
    server::McpServerBuilder,
};

/// Why a server on stdio, or on another pair of streams, ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StdioError {
    /// The server is not ready to be served.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The client did not begin a session.
    #[error(
        "no client began an MCP session on these streams: let one start this program, as the \
         `command` of its configuration"
    )]
    Initialize(#[source] Box<ServerInitializeError>),
    /// The session's task failed.
    #[error("the session failed")]
    Session(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl<H: ServerHandler, A> McpServerBuilder<H, A> {
    /// Serves `caller` on stdin and stdout until stdin ends. What [`auth`](Self::auth) said is for
    /// HTTP and not used here.
    ///
    /// ```no_run
    /// use portcullis::{
    ///     auth::{Issuer, Principal, PrincipalKind, ScopeSet, Subject},
    ///     prelude::*,
    /// };
    ///
    /// struct Echo;
    ///
    /// #[mcp_server]
    /// impl Echo {
    ///     /// Says hello.
    ///     #[tool(scopes("echo:use"))]
    ///     async fn hello(&self) -> String { "hello".into() }
    /// }
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let me = Principal::new(
    ///     Issuer::new("https://localhost")?,
    ///     Subject::new("local-user")?,
    ///     PrincipalKind::User,
    /// );
    /// McpServer::new("http://localhost/mcp", Echo)
    ///     .serve_stdio(me.with_scopes(ScopeSet::new(["echo:use"])?))
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StdioError`], for a server that is not ready, or a session that broke off.
    #[cfg(feature = "stdio")]
    pub async fn serve_stdio(self, caller: Principal) -> Result<(), StdioError> {
        let (stdin, stdout) = rmcp::transport::stdio();
        self.serve_streams(stdin, stdout, caller).await
    }

    /// Serves `caller` on any pair of streams, such as a Unix socket's, until they end. What
    /// [`auth`](Self::auth) said is for HTTP and not used here.
    ///
    /// # Errors
    ///
    /// [`StdioError`], for a server that is not ready, or a session that broke off.
    pub async fn serve_streams<R, W>(
        self,
        read: R,
        write: W,
        caller: Principal,
    ) -> Result<(), StdioError>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let scopes = self.declared_scopes()?;
        let has_tasks = self.has_tasks(&scopes);
        let tasks = self.work.tasks_of(&scopes);
        let voice = self.voice.of_server(&self.resource);
        let guarded = Guarded {
            access: Arc::new(Access {
                scopes,
                task_ids: TaskIds::new(has_tasks, &voice, Callers::Local)?,
                callers: Callers::Local,
            }),
            handler: Arc::new(self.handler),
            local: Some(Arc::new(caller)),
            voice,
            tasks,
        };
        let answered = Arc::new(AtomicBool::new(false));
        let note = {
            let answered = answered.clone();
            move |_: &[u8]| answered.store(true, Ordering::Relaxed)
        };
        let write = InspectWriter::new(write, note);
        let session = match rmcp::serve_server(guarded, (read, write)).await {
            Ok(session) => session,
            // `server/discover` and `ping` begin no session: the client has its answer and is gone.
            Err(ServerInitializeError::ConnectionClosed(_)) if answered.load(Ordering::Relaxed) => {
                return Ok(());
            }
            Err(error) => return Err(StdioError::Initialize(Box::new(error))),
        };
        let ended = session.waiting().await;
        ended.map_err(|error| StdioError::Session(Box::new(error)))?;
        Ok(())
    }
}
