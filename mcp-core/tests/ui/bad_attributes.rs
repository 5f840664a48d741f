use portcullis::prelude::*;

struct One;

#[mcp_server]
impl One {
    #[tool(scopes("two words"))]
    async fn space(&self) -> String {
        String::new()
    }

    #[tool(scopes = "a")]
    async fn assigned(&self) -> String {
        String::new()
    }

    #[tool(scopes(1))]
    async fn number(&self) -> String {
        String::new()
    }

    #[tool(scopes("a"), scopes("b"))]
    async fn twice(&self) -> String {
        String::new()
    }
}

struct Two;

#[mcp_server(nam = "two")]
impl Two {
    #[tool]
    async fn two(&self) -> String {
        String::new()
    }
}

struct Three;

#[mcp_server]
impl Three {
    #[tool(scope("a"))]
    async fn three(&self) -> String {
        String::new()
    }
}

struct Four;

impl Four {
    #[tool(scopes("a"))]
    async fn four(&self) -> String {
        String::new()
    }
}

struct Five;

#[mcp_server]
impl Five {}

fn main() {}
