//! Serves the fixture, for the suite that `.ci/conformance` runs.

mod app;
mod bearer;
mod options;

use std::{
    error::Error,
    io::{self, Write},
};

use bearer::OneToken;
use clap::Parser;
use options::{Options, Ready};
use portcullis::{
    auth::Issuer,
    transport::{Sessions, Shutdown, serve},
};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let listener = TcpListener::bind(options.listen).await?;
    let origin = format!("http://{}", listener.local_addr()?);

    let shutdown = Shutdown::on_signals();
    let sessions = options
        .sessions
        .then(|| Sessions::in_memory().shutdown(shutdown.clone()));
    let mut ready = json!({ "mcp": format!("{origin}{}", app::PATH) });
    let app = if options.auth {
        let token = OneToken::random(Issuer::new(&origin)?)?;
        ready["bearer"] = token.expose().into();
        app::protected(&origin, token, sessions)?
    } else {
        ready["sse"] = format!("{origin}{}", app::SSE_PATH).into();
        app::bare(&origin, sessions)?
    };
    if let Some(Ready::Json) = options.ready {
        writeln!(io::stdout(), "{ready}")?;
    }
    serve(listener, app, shutdown).await?;
    Ok(())
}
