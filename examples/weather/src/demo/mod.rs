//! `weather-demo`: a mock user pool, the authorization server and the weather server in one
//! process, on loopback.

mod listen;
mod other_names;
mod pool;
mod settings;
mod state;
mod welcome;

use std::io::{self, Write as _};

use portcullis::auth::{AuthorizationServer, MockCognito, Upstream};
use portcullis::transport::{Server, Shutdown};
use portcullis::{App, McpServer};

use crate::Weather;
use crate::nws::Nws;
use crate::run::{READ, StartError, health_page};
use state::State;
use welcome::Ready;

pub use settings::{DataSetting, DemoSettings};

const BASE_PATH: &str = "/weather-nodejs";
/// For clients that speak HTTP+SSE only.
const SSE_BASE_PATH: &str = "/weather-python";

/// Serves the demo until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting, as a sentence.
pub async fn serve(settings: DemoSettings) -> Result<(), StartError> {
    let listeners = listen::bind(settings.listen).await?;
    let origin = listeners.origin();
    let mcp = format!("{origin}{BASE_PATH}/mcp");
    let sse = format!("{origin}{SSE_BASE_PATH}/sse");

    let state = State::open(&settings.data)?;
    let pool = pool::start(settings.cognito_listen, &origin, &state).await?;
    let oauth = authorization_server(&origin, [&mcp, &sse], &pool, &state)?;
    let nws = Nws::open(&settings.nws, settings.weather).await?;
    let bearer = oauth.mint_bearer(&pool::user(), &mcp, None).await?.token;
    let sse_bearer = oauth.mint_bearer(&pool::user(), &sse, None).await?.token;

    let shutdown = Shutdown::on_signals();
    let weather = McpServer::new(&mcp, Weather::new(nws.clone()))
        .auth(oauth.verifier())
        .build()?;
    let legacy = McpServer::new(&sse, Weather::new(nws.clone()))
        .auth(oauth.verifier())
        .legacy_sse_until(shutdown.clone())
        .build()?;
    let router = App::new(&origin)
        .authorization_server(oauth)
        .server(weather)
        .server(legacy)
        .into_router()?;
    let router = other_names::point_to(&origin, router)
        .merge(health_page(BASE_PATH))
        .merge(health_page(SSE_BASE_PATH));

    // From here on the listening sockets hold what comes until it is served.
    let ready = Ready::new(origin, (mcp, &bearer), (sse, &sse_bearer), &pool);
    if settings.ready.is_some() {
        ready.print_json().map_err(StartError::Output)?;
    }
    // A closed stderr is no reason not to serve.
    let _ = write!(io::stderr(), "{}", ready.welcome(&nws, &state));
    Server::new(listeners.into_inner())
        .serve(router, shutdown)
        .await?;
    Ok(())
}

fn authorization_server(
    origin: &str,
    [mcp, sse]: [&str; 2],
    pool: &MockCognito,
    state: &State,
) -> Result<AuthorizationServer, StartError> {
    let upstream = Upstream::cognito(
        pool.pool_id(),
        pool.origin(),
        pool::CLIENT,
        pool::SECRET.to_owned(),
    )
    .endpoint(pool.origin());
    let server = AuthorizationServer::builder(origin)
        .upstream(upstream)
        // The first one is what clients get that name no resource.
        .resource(mcp, [READ])
        .resource(sse, [READ])
        .keys(state.signing.clone(), state.sealing.clone());
    let server = match &state.file {
        Some(store) => server.store(store.clone()),
        None => server.store(portcullis::auth::MemoryStore::new()),
    };
    Ok(server.build()?)
}
