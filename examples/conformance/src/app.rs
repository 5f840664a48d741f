//! The fixture behind HTTP.

use std::error::Error;

use axum::Router;
use conformance::Fixture;
use portcullis_auth::{Entropy, OsEntropy};
use portcullis_transport::{Guard, Stock, StreamableHttp};
use rmcp::model::RequestStateCodec;

/// Where the endpoint is.
pub(crate) const PATH: &str = "/mcp";

/// The transport alone: whoever asks is answered.
pub(crate) fn bare(origin: &str) -> Result<Router, Box<dyn Error>> {
    let mcp = StreamableHttp::new(Stock(fixture()?)).into_service();
    let guard = Guard::new(&origin.parse()?).build()?;
    Ok(Router::new().route_service(PATH, mcp).layer(guard))
}

fn fixture() -> Result<Fixture, Box<dyn Error>> {
    let mut key = [0; 32];
    OsEntropy.fill(&mut key)?;
    Ok(Fixture::new(RequestStateCodec::try_new(key)?))
}
