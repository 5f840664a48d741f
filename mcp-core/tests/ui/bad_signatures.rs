use portcullis::prelude::*;

struct Server;

#[derive(JsonSchema)]
struct NotDeserialize {
    _text: String,
}

#[mcp_server]
impl Server {
    #[tool]
    async fn plain_argument(&self, text: String) -> String {
        text
    }

    #[tool]
    async fn not_deserialize(&self, args: Parameters<NotDeserialize>) -> String {
        args.0._text
    }

    #[tool]
    async fn borrowed(&self) -> &'static str {
        ""
    }

    #[tool]
    async fn other_error(&self) -> Result<String, std::io::Error> {
        Ok(String::new())
    }
}

struct Exclusive;

#[mcp_server]
impl Exclusive {
    #[tool]
    async fn exclusive(&mut self) -> String {
        String::new()
    }
}

fn main() {}
