use portcullis::{
    prelude::*,
    rmcp::{ServerHandler, handler::server::tool::ToolRouter},
};

struct Weather;

fn elsewhere() -> ToolRouter<Weather> {
    ToolRouter::new()
}

#[tool_handler(router = elsewhere())]
impl ServerHandler for Weather {}

fn main() {}
