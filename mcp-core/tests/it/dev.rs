//! The whole way at the desk: own servers, an authorization server and a mock pool on loopback.

use portcullis::{
    BuildError, Shutdown, dev,
    prelude::*,
    rmcp::{
        Peer, RoleServer,
        model::{NumberOrString, ProgressNotificationParam, ProgressToken},
    },
    testing::{HeadlessClient, HeadlessError},
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Desk, MCP, ORIGIN, SCOPES, authorization_server};

/// Two servers behind one login, on a free port.
async fn serve() -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let (one, two) = (format!("{origin}/one/mcp"), format!("{origin}/two/mcp"));
    let mut app = App::new(&origin);
    for mcp in [&one, &two] {
        let login = dev::login(&mut app).unwrap();
        app = app.server(McpServer::new(mcp, Desk).auth(login).build().unwrap());
    }
    let router = app.into_router().unwrap();
    tokio::spawn(portcullis::serve(listener, router, Shutdown::manual()));
    (one, two)
}

fn user() -> HeadlessClient {
    HeadlessClient::new(dev::USER, dev::PASSWORD).unwrap()
}

#[tokio::test]
async fn a_client_registers_signs_in_calls_steps_up_and_refreshes() {
    let (mcp, _) = serve().await;
    let mut user = user();
    let session = user.sign_in(&mcp).await.unwrap();
    assert_eq!(session.scope(), Some("desk/read"));
    let result = session.call_tool("whoami", json!({})).await.unwrap();
    assert_eq!(result["isError"], false);
    let refused = session.call_tool_raw("write", json!({"text": "hi"})).await;
    assert_eq!(refused.unwrap().status(), 403);

    let mut session = user
        .sign_in_for(&mcp, "desk/read desk/write")
        .await
        .unwrap();
    session.refresh().await.unwrap();
    let result = session.call_tool("write", json!({"text": "hi"})).await;
    assert_eq!(result.unwrap()["structuredContent"]["bytes"], 2);
}

#[tokio::test]
async fn t04_a_token_for_one_server_is_none_for_its_neighbour() {
    let (one, two) = serve().await;
    let session = user().sign_in(&one).await.unwrap();
    let token = session.access_token();
    let elsewhere = portcullis::testing::Session::with_bearer(&two, token).unwrap();
    let answer = elsewhere.call_tool_raw("ping", json!({})).await.unwrap();
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains(r#"error="invalid_token""#),
        "{challenge}"
    );
    assert!(challenge.contains("/two/mcp"), "{challenge}");
}

#[tokio::test]
async fn a_wrong_password_gets_nobody_in() {
    let (mcp, _) = serve().await;
    let mut stranger = HeadlessClient::new(dev::USER, "guessed").unwrap();
    let error = stranger.sign_in(&mcp).await.unwrap_err();
    assert!(
        matches!(
            error,
            HeadlessError::Flow {
                step: "browser",
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn the_demo_user_does_not_leave_loopback() {
    let mut app = App::new(ORIGIN);
    let refused = dev::login(&mut app).map(|_| ());
    assert!(
        matches!(refused, Err(dev::DeskError::NotLoopback(_))),
        "{refused:?}"
    );
}

#[test]
fn without_a_runtime_login_says_so() {
    let mut app = App::new("http://localhost:1");
    let refused = dev::login(&mut app).map(|_| ());
    assert!(
        matches!(refused, Err(dev::DeskError::NoRuntime)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_authorization_server_stands_on_the_apps_origin() {
    let oauth = authorization_server(ORIGIN, MCP, &SCOPES).unwrap();
    let server = McpServer::new(MCP, Desk).auth(oauth.verifier());
    let app = App::new(ORIGIN)
        .server(server.build().unwrap())
        .authorization_server(oauth)
        .into_router()
        .unwrap();
    let metadata = "/.well-known/oauth-authorization-server";
    let document = crate::support::fetch(&app, metadata).await.json();
    assert_eq!(document["issuer"], ORIGIN);
    let resource = crate::support::fetch(&app, "/.well-known/oauth-protected-resource").await;
    assert_eq!(resource.json()["authorization_servers"], json!([ORIGIN]));

    let elsewhere = authorization_server("https://login.example.com", MCP, &SCOPES).unwrap();
    let app = App::new(ORIGIN).authorization_server(elsewhere);
    assert!(matches!(
        app.into_router(),
        Err(BuildError::ForeignIssuer { .. })
    ));
}

#[tokio::test]
async fn a_server_does_not_take_an_oauth_endpoints_place() {
    let resource = "https://mcp.example.com/token";
    let oauth = authorization_server(ORIGIN, resource, &SCOPES).unwrap();
    let server = McpServer::new(resource, Desk).auth(oauth.verifier());
    let app = App::new(ORIGIN)
        .server(server.build().unwrap())
        .authorization_server(oauth);
    assert!(matches!(app.into_router(), Err(BuildError::PathTaken(_))));
}

#[tokio::test]
async fn a_login_of_the_desk_and_an_authorization_server_are_one_too_many() {
    let (origin, resource) = ("http://localhost:1", "http://localhost:1/mcp");
    let mut app = App::new(origin);
    let server = McpServer::new(resource, Desk).auth(dev::login(&mut app).unwrap());
    let app = app
        .server(server.build().unwrap())
        .authorization_server(authorization_server(origin, resource, &SCOPES).unwrap());
    let error = app.into_router().unwrap_err();
    assert!(matches!(error, BuildError::TwoSignIns), "{error}");
}

struct Talker;

#[mcp_server(name = "talker")]
impl Talker {
    /// Says how far it is, then that it is done.
    #[tool]
    async fn work(&self, peer: Peer<RoleServer>) -> String {
        let token = ProgressToken(NumberOrString::Number(7));
        let progress = ProgressNotificationParam::new(token, 1.0);
        let _ = peer.notify_progress(progress).await;
        "done".into()
    }
}

#[tokio::test]
async fn a_headless_client_waits_for_the_answer_behind_the_progress() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let mcp = format!("{origin}/mcp");
    let mut app = App::new(&origin);
    let login = dev::login(&mut app).unwrap();
    let server = McpServer::new(&mcp, Talker).auth(login).build().unwrap();
    let router = app.server(server).into_router().unwrap();
    tokio::spawn(portcullis::serve(listener, router, Shutdown::manual()));

    let session = user().sign_in(&mcp).await.unwrap();
    let raw = session.call_tool_raw("work", json!({})).await.unwrap();
    assert_eq!(raw.headers()["content-type"], "text/event-stream");
    let answer = session.call_tool("work", json!({})).await.unwrap();
    assert_eq!(answer["content"][0]["text"], "done");
}
