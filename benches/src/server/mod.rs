//! The servers under load; each has one tool `echo` at `/mcp` and one worker thread.

mod floor;
mod many;
mod portcullis_server;
mod stock;

use std::error::Error;

use axum::Router;
use clap::ValueEnum;
use tokio::net::TcpListener;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Variant {
    /// A bare axum handler that decodes and answers the same bytes with typed serde.
    Floor,
    /// The same, and the request carries a bearer.
    FloorBearer,
    /// This SDK, everybody let in.
    Portcullis,
    /// This SDK, a verified token remembered, a policy on the tool.
    PortcullisAuth,
    /// rmcp's own transport, stateless JSON, the router built once.
    RmcpCached,
    /// rmcp's own transport with its default macros, 2 tools.
    RmcpMacros2,
    /// rmcp's own transport with its default macros, 50 tools.
    RmcpMacros50,
}

impl Variant {
    pub(crate) fn is_floor(&self) -> bool {
        matches!(self, Self::Floor | Self::FloorBearer)
    }

    pub(crate) fn has_bearer(self) -> bool {
        matches!(self, Self::FloorBearer | Self::PortcullisAuth)
    }

    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map(|v| v.get_name().to_owned())
            .unwrap_or_default()
    }
}

/// Serves until killed; the first line on stdout is the port and, where one is needed, a bearer.
pub(crate) async fn serve(variant: Variant) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    match variant {
        Variant::Floor => plain(listener, port, "", floor::router()).await,
        Variant::FloorBearer => plain(listener, port, floor::BEARER, floor::router()).await,
        Variant::Portcullis => portcullis_server::open(listener, port).await,
        Variant::PortcullisAuth => portcullis_server::guarded(listener, port).await,
        Variant::RmcpCached => plain(listener, port, "", stock::cached(port)).await,
        Variant::RmcpMacros2 => plain(listener, port, "", stock::two(port)).await,
        Variant::RmcpMacros50 => plain(listener, port, "", many::router(port)).await,
    }
}

async fn plain(
    listener: TcpListener,
    port: u16,
    bearer: &str,
    app: Router,
) -> Result<(), Box<dyn Error>> {
    println!("{port} {bearer}");
    Ok(axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |io| drop(io.set_nodelay(true))),
        app,
    )
    .await?)
}
