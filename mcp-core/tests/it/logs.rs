//! What is written to the log on the whole way, at the most talkative level.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::{
    Shutdown,
    auth::{Bearer, danger},
    dev,
    prelude::*,
    testing::HeadlessClient,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Desk, MCP, ORIGIN, Plain, call, get, send};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The subscriber is the whole process's: one of this thread alone would miss what is logged at places
/// that another test has passed before.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        // Not of the client's HTTP library, which is no part of a server.
        .with_env_filter("portcullis=trace,portcullis_auth=trace,portcullis_transport=trace,tower_http=trace,rmcp=trace")
        .with_ansi(false)
        .with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    log
});

/// Under a plain `axum::serve`, nobody says who connects.
#[tokio::test]
async fn t3_an_app_for_this_machine_says_that_it_cannot_see_who_connects() {
    let log = &*LOG;
    let lines = || log.text().matches("cannot see who connects").count();
    let before = lines();
    let server = McpServer::new("http://localhost:8080/mcp", Forger).auth(danger::anonymous());
    let app = App::new("http://localhost:8080").server(server.build().unwrap());
    let app = app.into_router().unwrap();
    for _ in 0..2 {
        let request = axum::http::Request::get("/healthz").header(header::HOST, "localhost:8080");
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert!(lines() > before, "{}", log.text());
}

struct Forger;

#[derive(serde::Deserialize, JsonSchema)]
struct Station {
    name: String,
}

#[mcp_server(name = "forger")]
impl Forger {
    /// Fails, in words of the caller's.
    #[tool]
    async fn look(&self, Parameters(station): Parameters<Station>) -> Result<String, ToolError> {
        Err(ToolError::new("no such station").with_cause(format!("no station {}", station.name)))
    }
}

#[tokio::test]
async fn t31_words_of_a_caller_are_no_line_of_the_log() {
    let log = &*LOG;
    let server = McpServer::new(MCP, Forger).auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let name = "x\n2026-12-01T00:00:00Z ERROR portcullis: forged\u{1b}[2J";
    call(&app, "alice", "look", json!({"name": name})).await;
    let text = log.text();
    let line = text.lines().find(|line| line.contains("no station x"));
    let line = line.expect("the cause is logged");
    assert!(
        line.contains(r"x\n2026-12-01T00:00:00Z ERROR portcullis: forged\u{1b}[2J"),
        "{line}"
    );
}

/// Any stranger can send tokens whose keys cannot be had.
#[tokio::test]
async fn t31_a_flood_of_garbage_does_not_fill_the_log() {
    let log = &*LOG;
    // Nothing listens there.
    let issuer = "http://127.0.0.1:9";
    let server = McpServer::new(format!("{ORIGIN}/flood/mcp"), Desk).auth(Oidc::issuer(issuer));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    for n in 0..999 {
        let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": format!("k{n}") });
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let token = format!(
            "{}.{}.AAAA",
            encode(&header),
            encode(&json!({ "iss": issuer }))
        );
        let request = get("/flood/mcp").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let log = log.text();
    let lines = |level: &str| {
        let ours = log.lines().filter(|line| line.contains("/flood/mcp"));
        ours.filter(|line| line.contains(level)).count()
    };
    assert_eq!(lines(" ERROR "), 0);
    // One per ten seconds, of which there may be some.
    assert!((1..30).contains(&lines(" WARN ")), "{}", lines(" WARN "));
    // Where somebody looks closely, each is there with its reason.
    assert!(lines("cannot verify now") >= 999);
}

#[tokio::test]
async fn t31_no_secret_of_a_sign_in_is_logged() {
    let log = &*LOG;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let mcp = format!("{origin}/mcp");
    let mut app = App::new(&origin);
    let server = McpServer::new(&mcp, Desk).auth(dev::login(&mut app).unwrap());
    let router = app.server(server.build().unwrap()).into_router().unwrap();
    tokio::spawn(portcullis::serve(listener, router, Shutdown::manual()));

    let mut user = HeadlessClient::new(dev::USER, dev::PASSWORD).unwrap();
    let mut session = user.sign_in(&mcp).await.unwrap();
    let mut secrets = vec![dev::PASSWORD.to_owned()];
    for _ in 0..2 {
        secrets.push(session.access_token().to_owned());
        secrets.extend(session.refresh_token().map(str::to_owned));
        session.call_tool("broken", json!({})).await.unwrap();
        session.refresh().await.unwrap();
    }

    let log = log.text();
    assert!(
        log.contains("tool failed") && log.contains("invalid digit"),
        "{log}"
    );
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret is in the log");
    }
    for leak in [
        "?code=",
        "&code=",
        "?state=",
        "&state=",
        "code_verifier",
        "Bearer ey",
    ] {
        assert!(!log.contains(leak), "{leak} is in the log:\n{log}");
    }
}
