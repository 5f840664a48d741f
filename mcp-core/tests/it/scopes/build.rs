use portcullis::{
    BuildError,
    auth::Bearer,
    prelude::*,
    rmcp::{
        ServerHandler,
        model::{PromptMessage, Role, ServerCapabilities, ServerConfig},
    },
};
use serde_json::json;

use super::Library;
use crate::{
    client::{Client, Way},
    support::{MCP, ORIGIN, Plain},
};

struct Shelf;

#[mcp_server(name = "shelf")]
impl Shelf {
    #[tool(scopes("shelf/write"))]
    async fn put(&self) -> String {
        "put".into()
    }

    /// Says hello.
    #[prompt(name = "hello", scopes("shelf/read"))]
    async fn greeting(&self, Caller(who): Caller) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(
            Role::User,
            format!("Hello, {}", who.subject()),
        )]
    }
}

/// The whole server in one block.
#[tokio::test]
async fn a_block_of_tools_and_prompts_is_a_server() {
    let server = McpServer::new(MCP, Shelf)
        .auth(Bearer(Plain))
        .build()
        .unwrap();
    assert_eq!(server.scopes().to_string(), "shelf/write shelf/read");
    assert!(server.info().capabilities.prompts.is_some());
    let app = App::new(ORIGIN).server(server).into_router().unwrap();

    let mut alice = Client::open(&app, Way::Modern, "alice.shelf_read").await;
    let listed = alice.ask("prompts/list", json!({})).await;
    assert_eq!(listed["result"]["prompts"][0]["name"], "hello");
    assert_eq!(listed["result"]["prompts"][0]["description"], "Says hello.");
    let got = alice.ask("prompts/get", json!({"name": "hello"})).await;
    let text = &got["result"]["messages"][0]["content"]["text"];
    assert_eq!(text, "Hello, alice");
}

struct TwoRouters;

#[tool_router]
impl TwoRouters {
    #[tool(scopes())]
    async fn ping(&self) -> String {
        "pong".into()
    }
}

#[prompt_router(router = one)]
impl TwoRouters {
    #[prompt(scopes("a"))]
    async fn first(&self) -> Vec<PromptMessage> {
        Vec::new()
    }
}

#[prompt_router(router = other)]
impl TwoRouters {
    #[prompt]
    async fn second(&self) -> Vec<PromptMessage> {
        Vec::new()
    }
}

// The other way round: either may stand first.
#[prompt_handler(router = Self::one() + Self::other())]
#[tool_handler]
impl ServerHandler for TwoRouters {}

#[test]
fn a_prompt_that_says_nothing_beside_others_is_not_built() {
    let server = || McpServer::new(MCP, TwoRouters).auth(Bearer(Plain));
    let unsaid = server().build();
    assert!(matches!(unsaid, Err(BuildError::UnsaidPromptScopes(names)) if names == "second"));
    assert!(server().prompt_scopes("second", ["b"]).build().is_ok());
}

struct Mixed;

#[mcp_server(name = "mixed")]
impl Mixed {
    #[tool(scopes("shelf/write"))]
    async fn put(&self) -> String {
        "put".into()
    }

    #[prompt]
    async fn greeting(&self) -> Vec<PromptMessage> {
        Vec::new()
    }
}

struct Plainly;

#[tool_router]
impl Plainly {
    #[tool]
    async fn ping(&self) -> String {
        "pong".into()
    }
}

#[tool_handler]
impl ServerHandler for Plainly {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder().enable_tools();
        ServerConfig::new(can.enable_resources().build())
    }
}

#[test]
fn t13_scopes_of_one_kind_leave_no_other_open() {
    let prompt = McpServer::new(MCP, Mixed).auth(Bearer(Plain)).build();
    assert!(matches!(prompt, Err(BuildError::UnsaidPromptScopes(names)) if names == "greeting"));

    let server = || McpServer::new(MCP, Plainly).auth(Bearer(Plain));
    assert!(server().build().unwrap().scopes().is_empty());
    let tool = server().resource_scopes("note://{id}", ["a"]).build();
    assert!(matches!(tool, Err(BuildError::UnsaidScopes(names)) if names == "ping"));

    let scoped = || server().tool_scopes("ping", ["a"]);
    let resources = scoped().build().unwrap_err();
    assert!(matches!(resources, BuildError::UnsaidResourceScopes));
    assert!(resources.to_string().contains(".open_resources()"));
    assert!(scoped().open_resources().build().is_ok());
    let ruled = scoped().resource_scopes("note://{id}", ["b"]);
    assert!(ruled.build().is_ok());
}

/// Rules add up, so whoever reads a rare book needs both scopes, and every reader needs the first.
#[test]
fn initial_scopes_are_those_that_every_reader_needs() {
    let server = McpServer::new(MCP, Plainly)
        .tool_scopes("ping", ["read"])
        .resource_scopes("book://{title}", ["read"])
        .resource_scopes("book://rare/{title}", ["rare"])
        .resource_scopes("book://RARE/emma", ["emma"])
        .resource_scopes("note://free", [""; 0])
        .auth(Bearer(Plain));
    assert_eq!(server.build().unwrap().initial_scopes().to_string(), "read");
}

#[tokio::test]
async fn open_resources_are_open_but_for_those_with_scopes() {
    let server = McpServer::new(MCP, Library)
        .open_resources()
        .resource_scopes("book://rare/{title}", ["library/rare"])
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, "alice").await;
    let read = alice.ask("resources/read", json!({"uri": "film://emma"}));
    assert!(read.await["result"].is_object());
    let rare = json!({"uri": "book://rare/emma"});
    let refused = alice.send("resources/read", rare).await;
    assert_eq!(refused.status, axum::http::StatusCode::FORBIDDEN);
}

#[test]
fn t13_a_rule_that_guards_nothing_is_not_built() {
    let server = |rule: &str| {
        let server = McpServer::new(MCP, Library).open_resources();
        server
            .resource_scopes(rule, ["a"])
            .auth(Bearer(Plain))
            .build()
    };
    for rule in [
        "book://a/../b",
        "book://a/./{title}",
        "book://a\\b",
        "book://a\tb",
        "book://a ",
    ] {
        let refused = server(rule);
        assert!(matches!(refused, Err(BuildError::ResourceRule(named)) if named == rule));
    }
    assert!(server("book://a b/{title}").is_ok());
}

#[test]
fn scopes_that_are_given_twice_are_not_built() {
    let server = || {
        McpServer::new(MCP, Library)
            .open_resources()
            .auth(Bearer(Plain))
    };
    let tools = server()
        .tool_scopes("order", ["a"])
        .tool_scopes("order", [""; 0]);
    assert!(matches!(tools.build(), Err(BuildError::ScopesTwice(name)) if name == "order"));
    let prompts = server()
        .prompt_scopes("summary", ["a"])
        .prompt_scopes("summary", ["b"]);
    assert!(matches!(prompts.build(), Err(BuildError::ScopesTwice(name)) if name == "summary"));
}

#[test]
fn scopes_of_nothing_are_not_built() {
    let server = || McpServer::new(MCP, Library).auth(Bearer(Plain));
    let misspelt = server().prompt_scopes("sumary", ["a"]).build();
    assert!(matches!(misspelt, Err(BuildError::NoSuchPrompt(name)) if name == "sumary"));
    let no_scope = server().resource_scopes("book://{title}", ["a b"]).build();
    assert!(matches!(no_scope, Err(BuildError::ResourceScope { .. })));
    let no_scope = server().prompt_scopes("summary", ["a b"]).build();
    assert!(matches!(no_scope, Err(BuildError::PromptScope { .. })));
}

#[tokio::test]
async fn a_server_of_rmcps_own_macros_gives_its_prompts_scopes_too() {
    let server = McpServer::from_rmcp(MCP, Library)
        .tool_scopes("order", ["library/order"])
        .prompt_scopes("summary", ["library/read"])
        .open_resources()
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, "alice").await;
    let refused = alice.send("prompts/get", json!({"name": "summary"})).await;
    assert_eq!(refused.status, axum::http::StatusCode::FORBIDDEN);
    let undeclared = alice.ask("prompts/get", json!({"name": "order"})).await;
    assert_eq!(undeclared["error"]["code"], -32602);
}

/// They would be listed, and nobody could get one.
#[test]
fn t13_prompts_that_nobody_gave_scopes_are_not_built_beside_scoped_tools() {
    let server = || McpServer::from_rmcp(MCP, Library).auth(Bearer(Plain));
    assert!(server().build().is_ok());
    let scoped = server().open_resources().tool_scopes("order", ["a"]);
    let unsaid = scoped.build().unwrap_err();
    assert!(matches!(unsaid, BuildError::UnsaidPrompts), "{unsaid}");
    assert!(unsaid.to_string().contains(".prompt_scopes("));
}

/// Nobody can ask such a handler for the names of its prompts while it is built.
#[tokio::test]
async fn t13_prompts_of_rmcps_own_macros_are_closed_beside_scoped_tools() {
    let server = McpServer::from_rmcp(MCP, Library)
        .tool_scopes("order", ["library/order"])
        .prompt_scopes("order", [""; 0])
        .open_resources()
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, "alice").await;
    let closed = alice.ask("prompts/get", json!({"name": "summary"})).await;
    assert_eq!(closed["error"]["code"], -32602, "{closed}");
}
