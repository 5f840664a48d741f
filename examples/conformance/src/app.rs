//! The fixture behind HTTP: bare, and as a server on the Internet would stand.

use std::error::Error;

use axum::Router;
use conformance::Fixture;
use portcullis::{
    App, McpServer,
    auth::{Bearer, Entropy, OsEntropy, SealingKeys},
    transport::{Guard, LegacySse, Sessions, Stock, StreamableHttp},
};
use rmcp::model::RequestStateCodec;

use crate::bearer::OneToken;

/// Where the endpoint is.
pub(crate) const PATH: &str = "/mcp";

/// Where the stream of HTTP+SSE is, on the bare server.
pub(crate) const SSE_PATH: &str = "/sse";

/// The transports alone: whoever asks is answered.
pub(crate) fn bare(origin: &str, sessions: Option<Sessions>) -> Result<Router, Box<dyn Error>> {
    let fixture = Stock(fixture()?);
    let sse = LegacySse::new(fixture.clone()).into_router(SSE_PATH, "/messages/");
    let mut mcp = StreamableHttp::new(fixture);
    if let Some(sessions) = sessions {
        mcp = mcp.sessions(sessions);
    }
    let guard = Guard::new(&origin.parse()?).build()?;
    let routes = Router::new()
        .route_service(PATH, mcp.into_service())
        .merge(sse);
    Ok(routes.layer(guard))
}

/// A whole app, which answers only to `token`.
pub(crate) fn protected(
    origin: &str,
    token: OneToken,
    sessions: Option<Sessions>,
) -> Result<Router, Box<dyn Error>> {
    let resource = format!("{origin}{PATH}");
    let keys = SealingKeys::parse(&SealingKeys::generate("fixture")?)?;
    let mut server = McpServer::from_rmcp(resource, fixture()?)
        .sealing_keys(keys)
        .auth(Bearer(token));
    if let Some(sessions) = sessions {
        server = server.sessions(sessions);
    }
    Ok(App::new(origin).server(server.build()?).into_router()?)
}

fn fixture() -> Result<Fixture, Box<dyn Error>> {
    let mut key = [0; 32];
    OsEntropy.fill(&mut key)?;
    Ok(Fixture::new(RequestStateCodec::try_new(key)?)?)
}
