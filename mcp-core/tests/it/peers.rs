//! A tool that speaks before it answers is heard; one that only answers costs no stream.

use axum::{Router, http::header};
use portcullis::{
    auth::Bearer,
    prelude::*,
    rmcp::{
        ErrorData, Peer, RoleServer,
        handler::server::common::{AsRequestContext, FromContextPart},
        model::{NumberOrString, ProgressNotificationParam, ProgressToken},
    },
};
use serde_json::json;

use crate::support::{Answer, MCP, ORIGIN, Plain, call};

/// An extractor of the author's own that hides a peer, under a name that looks harmless.
struct Place(Peer<RoleServer>);

impl<C: AsRequestContext> FromContextPart<C> for Place {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Ok(Self(context.as_request_context().peer.clone()))
    }
}

mod harmless {
    pub(super) use super::Place as Parameters;
}

type Quiet<T> = Parameters<T>;

#[derive(serde::Deserialize, JsonSchema)]
struct Nothing {}

struct Speaker;

async fn say(peer: &Peer<RoleServer>) {
    let token = ProgressToken(NumberOrString::Number(7));
    let _ = peer
        .notify_progress(ProgressNotificationParam::new(token, 1.0))
        .await;
}

#[mcp_server]
impl Speaker {
    #[tool]
    async fn openly(&self, peer: Peer<RoleServer>) -> String {
        say(&peer).await;
        "done".into()
    }

    #[tool(input_schema = portcullis::rmcp::handler::server::common::schema_for_empty_input())]
    async fn in_disguise(&self, place: harmless::Parameters) -> String {
        say(&place.0).await;
        "done".into()
    }

    #[tool]
    async fn in_reports(&self, mut progress: Progress, log: Log) -> String {
        log.info("begun").await;
        progress.report(1, "half").await;
        "done".into()
    }

    #[tool]
    async fn in_both_ways(&self, peer: Peer<RoleServer>, mut progress: Progress) -> String {
        progress.report(1, "half").await;
        say(&peer).await;
        "done".into()
    }

    #[tool]
    async fn quietly(&self, _who: Caller, _nothing: Quiet<Nothing>) -> String {
        "done".into()
    }
}

fn app() -> Router {
    let server = McpServer::new(MCP, Speaker).auth(Bearer(Plain)).build();
    App::new(ORIGIN)
        .server(server.unwrap())
        .into_router()
        .unwrap()
}

fn is_stream(answer: &Answer) -> bool {
    answer.headers[header::CONTENT_TYPE] == "text/event-stream"
}

#[tokio::test]
async fn what_a_tool_says_before_its_answer_arrives_before_it() {
    for tool in ["openly", "in_disguise"] {
        let answer = call(&app(), "alice", tool, json!({})).await;
        assert!(is_stream(&answer), "{tool}: {}", answer.text);
        let progress = answer.text.find("notifications/progress").unwrap();
        assert!(progress < answer.text.find("done").unwrap());
    }
}

#[tokio::test]
async fn a_tool_that_only_answers_is_answered_with_json() {
    let answer = call(&app(), "alice", "quietly", json!({})).await;
    assert!(!is_stream(&answer), "{}", answer.text);
}

#[test]
fn the_table_asks_the_types_and_not_their_names() {
    use portcullis::ToolPolicies;
    let table: Vec<_> = Speaker::tool_policies()
        .iter()
        .map(|row| format!("{row:?}"))
        .collect();
    for (tool, peer_use) in [
        ("openly", "Fresh"),
        ("in_disguise", "Fresh"),
        ("in_both_ways", "Fresh"),
        ("in_reports", "Outlet"),
        ("quietly", "None"),
    ] {
        let row = table.iter().find(|row| row.contains(&format!("{tool:?}")));
        let expected = format!("peer_use: {peer_use}");
        assert!(row.unwrap().contains(&expected), "{tool}: {table:?}");
    }
}
