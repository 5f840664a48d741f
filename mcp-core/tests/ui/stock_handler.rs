use portcullis::{prelude::*, rmcp::ServerHandler};

struct Stock;

impl ServerHandler for Stock {}

fn main() {
    let server = McpServer::new("http://localhost/mcp", Stock);
}
