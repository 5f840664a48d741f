//! One of several replicas of a server, behind a load balancer that is not sticky. Start as many as you
//! like, each with another port, and all with the same keys (`portcullis keygen` makes them):
//!
//! ```text
//! BIND=127.0.0.1:8081 PUBLIC_URL=http://localhost:8080 VALKEY_URL=redis://127.0.0.1 \
//!   PORTCULLIS_SEALING_KEYS=… AUTH_ISSUER=https://login.example.com cargo run -p replicas
//! ```

mod board;

use std::{env, error::Error};

use board::Board;
use portcullis::{
    Events,
    auth::SealingKeys,
    prelude::*,
    replica_keys,
    transport::{
        Sessions,
        replica::{Replica, ReplicaName, Valkey},
    },
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let origin = setting("PUBLIC_URL")?;
    let shutdown = Shutdown::on_signals();

    // Sessions stay in the process that opened them; Valkey knows where that is, and tells all
    // replicas what one of them says. By the keys they know that it was one of them.
    let keys = replica_keys(&SealingKeys::from_env()?);
    let valkey = Valkey::connect(&setting("VALKEY_URL")?, keys).await?;
    let replica = Replica::new(ReplicaName::random()?, valkey.clone());
    let events = Events::over(valkey, "board");

    let board = McpServer::new(format!("{origin}/mcp"), Board::new(events.clone()))
        .resource_scopes(board::NOTES, ["board/read"])
        .events(events)
        .sessions(Sessions::in_memory().shutdown(shutdown.clone()))
        .replica(&replica)
        .auth(issuer()?)
        .build()?;
    let app = App::new(origin)
        .server(board)
        .replica(&replica)
        .into_router()?;

    let listener = TcpListener::bind(setting("BIND")?).await?;
    // As the other replicas reach it. In a container that is not where it listens.
    let address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        return Err("BIND is no address at which other replicas reach this one".into());
    }
    let _membership = replica.join(address.to_string().parse()?).await?;
    portcullis::serve(listener, app, shutdown).await?;
    Ok(())
}

fn issuer() -> Result<Oidc, String> {
    let oidc = Oidc::issuer(setting("AUTH_ISSUER")?);
    Ok(match setting("AUTH_JWKS_URI") {
        Ok(url) => oidc.jwks_uri(url),
        Err(_) => oidc,
    })
}

fn setting(name: &str) -> Result<String, String> {
    let value = env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or_else(|| format!("{name} is not set"))
}
