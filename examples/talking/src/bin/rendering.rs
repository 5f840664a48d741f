//! A tool that takes long, as a task of its caller: `cargo run -p talking --bin rendering`.

use std::time::Duration;

use portcullis::{auth::SealingKeys, dev, prelude::*};

pub(crate) struct Studio;

#[derive(serde::Deserialize, JsonSchema)]
struct Film {
    /// How many scenes it has.
    scenes: u32,
}

#[mcp_server(name = "studio")]
impl Studio {
    /// Renders a film, scene by scene.
    #[tool(scopes("film/render"))]
    async fn render(&self, film: Parameters<Film>, work: LongWork) -> Turn<String> {
        let scenes = film.0.scenes;
        work.run(move |running| async move {
            for scene in 1..=scenes {
                running.says(format!("scene {scene} of {scenes}"));
                // Here would be the work.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            format!("{scenes} scenes rendered")
        })
        .await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    // In production: `SealingKeys::from_env()?`, the same on every replica.
    let keys = SealingKeys::parse(&SealingKeys::generate("example")?)?;
    let studio = McpServer::new(desk.url("/mcp"), Studio)
        .sealing_keys(keys)
        .auth(dev::login(&mut app)?)
        .build()?;
    Ok(desk.serve(app.server(studio)).await?)
}
