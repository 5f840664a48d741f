//! The fixture behind HTTP: bare, and as a server on the Internet would stand.

use std::error::Error;

use axum::Router;
use conformance::Fixture;
use portcullis::{
    App, McpServer,
    auth::{Bearer, Entropy, OsEntropy},
    transport::{Guard, Stock, StreamableHttp},
};
use rmcp::model::RequestStateCodec;

use crate::bearer::OneToken;

/// Where the endpoint is.
pub(crate) const PATH: &str = "/mcp";

/// The transport alone: whoever asks is answered.
pub(crate) fn bare(origin: &str) -> Result<Router, Box<dyn Error>> {
    let mcp = StreamableHttp::new(Stock(fixture()?)).into_service();
    let guard = Guard::new(&origin.parse()?).build()?;
    Ok(Router::new().route_service(PATH, mcp).layer(guard))
}

/// A whole app, which answers only to `token`.
pub(crate) fn protected(origin: &str, token: OneToken) -> Result<Router, Box<dyn Error>> {
    let server = McpServer::from_rmcp(format!("{origin}{PATH}"), fixture()?)
        .auth(Bearer(token))
        .build()?;
    Ok(App::new(origin).server(server).into_router()?)
}

fn fixture() -> Result<Fixture, Box<dyn Error>> {
    let mut key = [0; 32];
    OsEntropy.fill(&mut key)?;
    Ok(Fixture::new(RequestStateCodec::try_new(key)?))
}
