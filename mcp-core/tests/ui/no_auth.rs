use portcullis::prelude::*;

struct Weather;

#[mcp_server]
impl Weather {
    #[tool]
    async fn forecast(&self) -> String {
        "sunny".into()
    }
}

fn main() {
    let server = McpServer::new("http://localhost/mcp", Weather).build();
}
