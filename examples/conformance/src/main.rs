//! Serves the fixture, for the suite that `.ci/conformance` runs.

mod app;
mod options;

use std::{
    error::Error,
    io::{self, Write},
};

use clap::Parser;
use options::{Options, Ready};
use portcullis_transport::{Shutdown, serve};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let listener = TcpListener::bind(options.listen).await?;
    let origin = format!("http://{}", listener.local_addr()?);

    let app = app::bare(&origin)?;
    if let Some(Ready::Json) = options.ready {
        let ready = json!({ "mcp": format!("{origin}{}", app::PATH) });
        writeln!(io::stdout(), "{ready}")?;
    }
    serve(listener, app, Shutdown::on_signals()).await?;
    Ok(())
}
