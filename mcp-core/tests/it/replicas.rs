//! A server as one replica among others: said everywhere or nowhere, and inside the guard.

use axum::http::{HeaderValue, Method, StatusCode, header};
use portcullis::{
    App, BuildError, McpServerBuilder,
    auth::Bearer,
    prelude::*,
    transport::{
        Sessions,
        replica::{Directory, Replica, ReplicaName, SharedDirectory},
    },
};
use rstest::rstest;
use serde_json::json;

use crate::{
    sessions::request,
    support::{Desk, MCP, ORIGIN, Plain, send},
};

const SSE: &str = "https://mcp.example.com/desk/sse";

fn server(resource: &str) -> McpServerBuilder<Desk, Bearer<Plain>> {
    McpServer::new(resource, Desk).auth(Bearer(Plain))
}

fn replica(name: &str) -> Replica {
    let name = ReplicaName::new(name).unwrap();
    Replica::new(name, SharedDirectory::default())
}

/// The one who is not told would send half of the requests to where nobody knows their session.
#[rstest]
#[case::only_the_server(Some("a"), None)]
#[case::only_the_app(None, Some("a"))]
#[case::two_replicas(Some("a"), Some("b"))]
fn a_replica_is_said_on_both_sides(#[case] on_server: Option<&str>, #[case] on_app: Option<&str>) {
    for (resource, has_sse) in [(MCP, false), (SSE, true)] {
        let server = server(resource);
        let mut server = match has_sse {
            true => server.legacy_sse(),
            false => server.sessions(Sessions::in_memory()),
        };
        if let Some(name) = on_server {
            server = server.replica(&replica(name));
        }
        let mut app = App::new(ORIGIN).server(server.build().unwrap());
        if let Some(name) = on_app {
            app = app.replica(&replica(name));
        }
        let error = app.into_router().unwrap_err();
        assert!(
            matches!(&error, BuildError::ReplicaOnOneSide(named) if named == resource),
            "{error}"
        );
    }
}

#[test]
fn a_replica_without_sessions_is_not_built() {
    let built = server(MCP).replica(&replica("a")).build();
    assert!(matches!(built, Err(BuildError::ReplicaWithoutSessions)));

    let app = App::new(ORIGIN).server(server(MCP).build().unwrap());
    let built = app.replica(&replica("a")).into_router();
    assert!(matches!(built, Err(BuildError::ReplicaWithoutSessions)));
}

#[test]
fn a_server_without_sessions_stands_beside_one_with_a_replica() {
    let replica = replica("a");
    let sse = server(SSE).legacy_sse().replica(&replica).build().unwrap();
    let app = App::new(ORIGIN)
        .server(sse)
        .server(server(MCP).build().unwrap())
        .replica(&replica);
    assert!(app.into_router().is_ok());
}

/// What a replica answers for one that is gone is an answer like any other.
#[tokio::test]
async fn t26_what_is_answered_for_another_replica_has_passed_the_guard() {
    let directory = SharedDirectory::default();
    let gone = ReplicaName::new("gone").unwrap();
    let nowhere = "127.0.0.1:1".parse().unwrap();
    directory.register(&gone, &nowhere).await.unwrap();
    let replica = Replica::new(ReplicaName::new("here").unwrap(), directory);
    let server = server(MCP).sessions(Sessions::in_memory());
    let app = App::new(ORIGIN)
        .server(server.replica(&replica).build().unwrap())
        .replica(&replica)
        .into_router()
        .unwrap();

    for (origin, status, readable) in [
        (ORIGIN, StatusCode::NOT_FOUND, true),
        ("https://evil.example", StatusCode::FORBIDDEN, false),
    ] {
        let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
        let mut request = request(Method::POST, "alice", "gone.AAAA", &ping);
        let value = HeaderValue::from_static(origin);
        request.headers_mut().insert(header::ORIGIN, value);
        let answer = send(&app, request).await;
        assert_eq!(answer.status, status, "{origin}");
        let allowed = answer.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allowed.is_some(), readable, "{origin}");
    }
}
