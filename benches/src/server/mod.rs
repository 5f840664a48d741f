//! The servers, each on one thread.

pub(crate) mod floor;
mod oneshot;
pub(crate) mod ours;
pub(crate) mod stock;

use std::any::Any;

use axum::{Router, serve::ListenerExt};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use portcullis::Shutdown;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{machine, table, workload::Problem};

/// Which one.
#[derive(clap::Args)]
pub(crate) struct Args {
    workload: String,
    contender: String,
    /// The core to stay on.
    #[arg(long)]
    core: Option<usize>,
}

/// Where a server is being started.
pub(crate) struct Launch<'a> {
    pub(crate) port: u16,
    pub(crate) runtime: &'a Runtime,
}

impl Launch<'_> {
    /// Under which clients know it.
    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

/// A server that is ready to be served at `/mcp`.
pub(crate) struct App {
    router: Router,
    gate: Gate,
    bearer: &'static str,
    /// What must live as long as the server does.
    _beside: Option<Box<dyn Any>>,
}

/// Who accepts its connections.
enum Gate {
    Axum,
    /// Plain hyper, HTTP/1.1 only: the least that a connection can cost.
    Hyper,
    Portcullis,
}

impl App {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            gate: Gate::Axum,
            bearer: "",
            _beside: None,
        }
    }

    pub(crate) fn behind_hyper(self) -> Self {
        let gate = Gate::Hyper;
        Self { gate, ..self }
    }

    fn behind_portcullis(self) -> Self {
        let gate = Gate::Portcullis;
        Self { gate, ..self }
    }

    /// Clients send this token.
    pub(crate) fn with_bearer(self, bearer: impl Into<String>) -> Self {
        let bearer = bearer.into().leak();
        Self { bearer, ..self }
    }

    fn beside(self, other: impl Any) -> Self {
        let _beside: Option<Box<dyn Any>> = Some(Box::new(other));
        Self { _beside, ..self }
    }
}

/// Serves until killed. The first line on stdout is the port and, where one is needed, a bearer.
pub(crate) fn serve(runtime: &Runtime, args: &Args) -> Result<(), Problem> {
    if let Some(core) = args.core {
        machine::stay_on(core)?;
    }
    let contender = table::find(&args.workload, &args.contender)
        .ok_or("no such workload or contender: `bench run --help` lists the workloads")?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let port = listener.local_addr()?.port();
    let app = (contender.app)(&Launch { port, runtime })?;
    println!("{port} {}", app.bearer);
    runtime.block_on(async {
        match app.gate {
            Gate::Axum => {
                let listener = listener.tap_io(|io| drop(io.set_nodelay(true)));
                Ok(axum::serve(listener, app.router).await?)
            }
            Gate::Hyper => plain_hyper(listener, app.router).await,
            Gate::Portcullis => {
                Ok(portcullis::serve(listener, app.router, Shutdown::on_signals()).await?)
            }
        }
    })
}

async fn plain_hyper(listener: TcpListener, router: Router) -> Result<(), Problem> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}
