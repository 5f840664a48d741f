use std::{
    io::{IsTerminal as _, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process,
};

use portcullis_transport::{Shutdown, serve};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::{
    DeskError,
    arguments::{Arguments, NoArguments, Ready, USAGE},
    login::{self, Login},
    welcome::Welcome,
};
use crate::{app::App, error::BuildError};

/// A port on loopback, and the origin that it stands for.
#[derive(Debug)]
pub struct Desk {
    listeners: Vec<TcpListener>,
    origin: String,
    ready: Ready,
}

impl Desk {
    /// Reads `--listen ADDR` (default `127.0.0.1:8080`; port 0 takes a free one) and `--ready json`
    /// from the command line, and binds. What is logged goes to stderr from here on; `RUST_LOG`
    /// selects (default `info,rmcp=warn`), unless the program has set logging up itself.
    ///
    /// Wrong arguments end the program with a message and exit code 2, as with any parser of command
    /// lines; `--help` ends it with 0.
    ///
    /// # Errors
    ///
    /// The address cannot be bound.
    pub async fn from_args() -> Result<Self, DeskError> {
        let (text, code) = match Arguments::parse(std::env::args().skip(1)) {
            Ok(arguments) => {
                log_to_stderr();
                return Self::bind(arguments).await;
            }
            Err(NoArguments::Help) => (USAGE.to_owned(), 0),
            Err(NoArguments::Wrong(problem)) => (format!("{problem}\n\n{USAGE}"), 2),
        };
        std::io::stderr().write_all(text.as_bytes())?;
        process::exit(code)
    }

    async fn bind(arguments: Arguments) -> Result<Self, DeskError> {
        let address = arguments.listen;
        let bound = TcpListener::bind(address).await;
        let first = bound.map_err(|source| DeskError::Bind { address, source })?;
        let port = first.local_addr()?.port();
        let mut listeners = vec![first];
        // `localhost` may mean either address; whoever has only one of them gets that one.
        let other = match address.ip() {
            IpAddr::V4(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        listeners.extend(TcpListener::bind(SocketAddr::new(other, port)).await);
        Ok(Self {
            listeners,
            origin: format!("http://localhost:{port}"),
            ready: arguments.ready,
        })
    }

    /// `http://localhost:PORT`: the one name that Cognito takes callbacks under without TLS.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The URL of a path on this origin.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Builds the app, prints how to connect, and serves until SIGTERM or Ctrl-C.
    ///
    /// With [`login`](super::login), that includes a bearer token for `curl`. It lives ten minutes
    /// and has the first server's initial scopes only.
    ///
    /// # Errors
    ///
    /// [`DeskError`], for the first thing that is wrong.
    pub async fn serve(self, app: App) -> Result<(), DeskError> {
        let login = app.login.clone();
        let first = app.servers.first().ok_or(BuildError::NothingToServe)?;
        let mut welcome = Welcome::new(&self.origin, &first.about);
        let initial_scopes = first.metadata.scopes_supported().to_string();
        let router = app.into_router()?;
        if let Some(oauth) = login.as_deref().and_then(Login::server) {
            let bearer = oauth
                .mint_bearer(&login::user(), &welcome.mcp, Some(&initial_scopes))
                .await?;
            welcome = welcome.with_login(oauth.issuer(), &bearer.token);
        }
        match self.ready {
            Ready::Json => welcome.write_json(&mut std::io::stdout().lock())?,
            Ready::Text => write!(std::io::stderr().lock(), "{}", welcome.text())?,
        }
        Ok(serve(self.listeners, router, Shutdown::on_signals()).await?)
    }
}

/// The cause of a failed tool is in the log alone, so a desk needs one. rmcp says several things
/// about each request at INFO. Whoever reads may go away: that ends no request.
fn log_to_stderr() {
    let filter = std::env::var("RUST_LOG").ok().filter(|it| !it.is_empty());
    let filter = filter.unwrap_or_else(|| "info,rmcp=warn".to_owned());
    let filter = EnvFilter::builder().parse_lossy(filter);
    // An error means that the program logs already.
    let _ = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
}
