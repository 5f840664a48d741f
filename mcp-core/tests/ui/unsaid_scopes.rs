use portcullis::prelude::*;

struct Weather;

#[mcp_server]
impl Weather {
    #[tool(scopes("weather/read"))]
    async fn forecast(&self) -> String {
        "sunny".into()
    }

    #[tool]
    async fn alert(&self) -> String {
        "storm".into()
    }

    #[tool(scopes())]
    async fn ping(&self) -> String {
        "pong".into()
    }

    #[tool(description = "forgot, too")]
    async fn warn(&self) -> String {
        "rain".into()
    }
}

fn main() {}
