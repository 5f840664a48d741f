//! A tool that says how far it has come: `cargo run -p talking --bin progress`.

use portcullis::{dev, prelude::*};

pub(crate) struct Importer;

#[derive(serde::Deserialize, JsonSchema)]
struct Files {
    /// The names of the files.
    names: Vec<String>,
}

#[mcp_server(name = "importer")]
impl Importer {
    /// Imports files, one after the other.
    #[tool(scopes("files/import"))]
    async fn import(&self, files: Parameters<Files>, progress: Progress, log: Log) -> String {
        let names = files.0.names;
        let mut progress = progress.of(names.len() as f64);
        let mut done = 0;
        for name in &names {
            if name.is_empty() {
                log.warning("a file without a name was left out").await;
                continue;
            }
            done += 1;
            progress.report(done, format!("imported {name}")).await;
        }
        format!("{done} imported")
    }
}

#[tokio::main]
async fn main() -> Result<(), dev::DeskError> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    let importer = McpServer::new(desk.url("/mcp"), Importer)
        .auth(dev::login(&mut app)?)
        .build()?;
    desk.serve(app.server(importer)).await
}
