use portcullis::prelude::*;

use super::{app, open};
use crate::{
    server::{App, Launch},
    tools::Import,
    workload::Problem,
};

struct Importer;

#[mcp_server(name = "bench")]
impl Importer {
    /// Imports files.
    #[tool]
    async fn import(&self, Parameters(import): Parameters<Import>, progress: Progress) -> String {
        let files = import.files;
        let mut progress = progress.of(files);
        for file in 1..=files {
            progress.report(file, format!("imported file {file}")).await;
        }
        format!("{files} imported")
    }
}

/// A tool that says how far it has come.
pub(crate) fn import(launch: &Launch<'_>) -> Result<App, Problem> {
    app(launch, open(launch, Importer).build()?)
}
