//! The doctor's verdict on what this project itself serves.

use portcullis::auth::{
    AuthorizationServer, MemoryStore, MockAppClient, MockCognito, SealingKeys, SigningKeys,
    Upstream, danger,
};
use portcullis::prelude::*;
use portcullis::transport::MixedRevisions;
use portcullis::{App, Shutdown};
use serde_json::Value;

use crate::run_portcullis;

struct Echo;

#[mcp_server(name = "echo")]
impl Echo {
    /// Says hello.
    #[tool(scopes("echo/use"))]
    async fn hello(&self) -> String {
        "hello".to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_ours_has_nothing_to_fix() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let mcp = format!("{origin}/echo/mcp");
    let client = MockAppClient::new("app")
        .secret("s3cret")
        .callback(format!("{origin}/callback"));
    let pool = MockCognito::builder()
        .aws_issuer()
        .resource_server("echo", ["use"])
        .client(client.scopes(["openid", "echo/use"]))
        .start()
        .await
        .unwrap();
    let oauth = AuthorizationServer::builder(&origin)
        .upstream(
            Upstream::cognito(pool.pool_id(), pool.origin(), "app", "s3cret".to_owned())
                .endpoint(pool.origin()),
        )
        .resource(&mcp, ["echo/use"])
        .keys(
            SigningKeys::parse(&SigningKeys::generate("k").unwrap()).unwrap(),
            SealingKeys::parse(&SealingKeys::generate("k").unwrap()).unwrap(),
        )
        .store(MemoryStore::new())
        .build()
        .unwrap();
    let server = McpServer::new(&mcp, Echo)
        .auth(oauth.verifier())
        .build()
        .unwrap();
    let app = App::new(&origin)
        .authorization_server(oauth)
        .server(server)
        .into_router()
        .unwrap();
    let shutdown = Shutdown::manual();
    let serving = tokio::spawn(portcullis::serve(listener, app, shutdown.clone()));

    let output = run_portcullis(&["doctor", "--json", &mcp]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let complaints: Vec<_> = findings.iter().filter(|it| it["level"] != "ok").collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert_eq!(output.status.code(), Some(0));
    let mixed = seen(findings, "mixed revisions");
    assert!(mixed.starts_with("not asked"), "{mixed}");

    shutdown.trigger();
    serving.await.unwrap().unwrap();
}

fn seen<'a>(findings: &'a [Value], check: &str) -> &'a str {
    let finding = findings.iter().find(|it| it["check"] == check);
    finding.and_then(|it| it["seen"].as_str()).unwrap()
}

/// Anybody may ask an anonymous server.
#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_server_is_asked_about_mixed_revisions() {
    for (setting, found) in [
        (MixedRevisions::Refuse, "refused with -32020"),
        (MixedRevisions::FollowBody, "served"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let mcp = format!("{origin}/echo/mcp");
        let server = McpServer::new(&mcp, Echo)
            .auth(danger::anonymous())
            .mixed_revisions(setting)
            .build()
            .unwrap();
        let app = App::new(&origin).server(server).into_router().unwrap();
        let shutdown = Shutdown::manual();
        let serving = tokio::spawn(portcullis::serve(listener, app, shutdown.clone()));

        let output = run_portcullis(&["doctor", "--json", &mcp]).await;
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mixed = seen(report["findings"].as_array().unwrap(), "mixed revisions");
        assert!(mixed.starts_with(found), "{mixed}");

        shutdown.trigger();
        serving.await.unwrap().unwrap();
    }
}
