//! What a recorder hears of refusals: one name, and nobody's identity.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, http::Request};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use portcullis::{
    auth::{
        AuthorizationServer, Bearer, ManualClock, MemoryStore, MockAppClient, MockCognito,
        MockUser, SealingKeys, SigningKeys, Timestamp, Upstream,
    },
    dev,
    lambda::{Answer, Function},
    prelude::*,
    testing::{HeadlessClient, Session},
    transport::{Limits, Server},
};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};

use crate::{
    client::{Client, Way},
    logs::Log,
    stdio,
    support::{Desk, MCP, ORIGIN, Plain, app, call, rpc, send},
};

/// Counters by name and labels.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Counts {
    pub(crate) fn assert(&self, expected: &[(&str, u64)]) {
        let expected = expected.iter();
        let expected = expected.map(|(key, count)| ((*key).to_owned(), *count));
        assert_eq!(self.all(), expected.collect::<Vec<_>>());
    }

    fn all(&self) -> Vec<(String, u64)> {
        let counts = self.0.lock().unwrap();
        let read =
            |(key, count): (&String, &Arc<AtomicU64>)| (key.clone(), count.load(Ordering::Relaxed));
        counts.iter().map(read).collect()
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key
            .labels()
            .map(|it| format!(" {}={}", it.key(), it.value()));
        let key = key.name().to_owned() + &labels.collect::<String>();
        Counter::from_arc(self.0.lock().unwrap().entry(key).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test]
async fn every_refusal_is_counted_by_layer_and_status() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let app = app();

    let foreign = Request::post("/desk/mcp").header("host", "evil.example");
    send(&app, foreign.body(Body::empty()).unwrap()).await;
    rpc(&app, None, json!({})).await;
    rpc(&app, Some("stranger"), json!({})).await;
    call(&app, "alice.desk_read", "write", json!({"text": "hi"})).await;
    call(&app, "alice.desk_read", "whoami", json!({})).await;

    counts.assert(&[
        ("portcullis_refusals_total layer=auth status=401", 2),
        ("portcullis_refusals_total layer=scopes status=403", 1),
        ("portcullis_refusals_total layer=transport status=403", 1),
    ]);
}

/// The client is told that there is no such thing, and the operator why.
#[tokio::test]
async fn what_does_not_exist_is_counted_and_logged_with_the_reason() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(log.clone());
    let _logging = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber.finish());

    let app = crate::scopes::app();
    let mut alice = Client::open(&app, Way::Modern, "alice").await;
    for (method, params, why) in [
        ("tools/call", json!({"name": "sing"}), ".tool_scopes(..)"),
        ("prompts/get", json!({"name": "sing"}), ".prompt_scopes(..)"),
        (
            "resources/read",
            json!({"uri": "film://emma"}),
            ".resource_scopes(..)",
        ),
        ("tasks/get", json!({"taskId": "1"}), "has no tasks"),
    ] {
        let answer = alice.ask(method, params).await;
        assert!(answer["error"].is_object(), "{answer}");
        assert!(!answer.to_string().contains(why), "{answer}");
        assert!(log.text().contains(why), "{method}: {}", log.text());
    }
    assert!(
        log.text().contains(r#"name="film://emma""#),
        "{}",
        log.text()
    );
    counts.assert(&[("portcullis_refusals_total layer=scopes status=404", 4)]);
}

struct Endless;

#[mcp_server(name = "endless")]
impl Endless {
    /// Never answers.
    #[tool]
    async fn wait(&self) -> String {
        pending().await
    }
}

#[tokio::test]
async fn a_call_that_may_not_go_on_without_its_client_is_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let mut limits = Limits::default();
    limits.max_unattended = 1;
    let server = McpServer::new(MCP, Endless).auth(Bearer(Plain));
    let server = server.limits(limits).build().unwrap();
    let app = App::new(ORIGIN).server(server).into_router().unwrap();

    for dropped in [None, Some(("portcullis_dropped_calls_total", 1))] {
        // The client goes while it waits.
        let call = call(&app, "alice", "wait", json!({}));
        assert!(call.now_or_never().is_none());
        counts.assert(dropped.as_slice());
    }
}

#[tokio::test]
async fn a_scope_refusal_over_stdio_is_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    stdio::call("whoami").await;
    stdio::call("write").await;
    counts.assert(&[("portcullis_refusals_total layer=scopes status=403", 1)]);
}

#[tokio::test]
async fn an_answer_that_lambda_cannot_give_is_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let event = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:x" } },
        "httpMethod": "GET", "path": "/healthz", "headers": {}, "body": "",
        "isBase64Encoded": false,
    });
    let function = Function::new(app());
    let late = function.invoke(&event.to_string(), Duration::ZERO).await;
    assert!(matches!(late, Ok(Answer::Buffered(_))));
    counts.assert(&[("portcullis_refusals_total layer=lambda status=504", 1)]);
}

/// An app with an authorization server on a free port, and where it is.
async fn with_sign_in() -> (Router, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let mut app = App::new(&origin);
    let login = dev::login(&mut app).unwrap();
    let server = McpServer::new(format!("{origin}/desk/mcp"), Desk).auth(login);
    let app = app.server(server.build().unwrap()).into_router().unwrap();
    tokio::spawn(portcullis::serve(listener, app.clone(), Shutdown::manual()));
    (app, origin)
}

/// The same, at a time of the test's own.
async fn with_sign_in_at(clock: &ManualClock) -> (Router, String, MockCognito) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let secret = "app-secret".to_owned();
    let client = MockAppClient::new("app")
        .secret(&*secret)
        .callback(format!("{origin}/callback"))
        .scopes(["openid"]);
    let pool = MockCognito::builder()
        .user(MockUser::new(dev::USER, dev::PASSWORD))
        .client(client)
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let upstream = Upstream::cognito(pool.pool_id(), pool.origin(), "app", secret)
        .endpoint(pool.origin())
        .issuer(pool.issuer().as_str());
    let signing = SigningKeys::parse(&SigningKeys::generate("k").unwrap()).unwrap();
    let sealing = SealingKeys::parse(&SealingKeys::generate("k").unwrap()).unwrap();
    let mcp = format!("{origin}/desk/mcp");
    let oauth = AuthorizationServer::builder(&origin)
        .upstream(upstream)
        .resource(&mcp, ["desk/read", "desk/write"])
        .scope_by_consent("desk/read")
        .scope_by_consent("desk/write")
        .store(MemoryStore::new())
        .keys(signing, sealing)
        .clock(clock.clone())
        .build()
        .unwrap();
    let server = McpServer::new(mcp, Desk).auth(oauth.verifier());
    let app = App::new(&origin).authorization_server(oauth);
    let app = app.server(server.build().unwrap()).into_router().unwrap();
    tokio::spawn(portcullis::serve(listener, app.clone(), Shutdown::manual()));
    (app, origin, pool)
}

fn form(origin: &str, path: &str, body: String) -> Request<Body> {
    Request::post(path)
        .header("host", origin.trim_start_matches("http://"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn refusals_of_the_authorization_server_are_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let (app, origin) = with_sign_in().await;
    for (path, body, status) in [
        ("/token", "grant_type=x&client_id=nobody".to_owned(), 401),
        ("/token", String::new(), 400),
        ("/token", "x".repeat(17 * 1024), 413),
        ("/revoke", "x".repeat(17 * 1024), 413),
        ("/consent", "x".repeat(17 * 1024), 413),
        ("/register", "no json".to_owned(), 400),
    ] {
        let answer = send(&app, form(&origin, path, body)).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
    counts.assert(&[
        (
            "portcullis_refusals_total layer=authorization_server status=400",
            2,
        ),
        (
            "portcullis_refusals_total layer=authorization_server status=401",
            1,
        ),
        (
            "portcullis_refusals_total layer=authorization_server status=413",
            3,
        ),
    ]);
}

#[tokio::test]
async fn t20_a_replayed_refresh_token_is_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
    let (app, origin, _pool) = with_sign_in_at(&clock).await;
    let mut user = HeadlessClient::new(dev::USER, dev::PASSWORD).unwrap();
    let mut session = user.sign_in(&format!("{origin}/desk/mcp")).await.unwrap();
    let first = session.refresh_token().unwrap().to_owned();
    clock.advance(Duration::from_secs(60));
    session.refresh().await.unwrap();
    // Longer than the grace.
    clock.advance(Duration::from_secs(120));

    let client = client_id(&session);
    let replay = format!("grant_type=refresh_token&client_id={client}&refresh_token={first}");
    let answer = send(&app, form(&origin, "/token", replay)).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let counted = counts.all();
    let replays = "portcullis_replays_total token=refresh_token";
    assert!(counted.contains(&(replays.to_owned(), 1)), "{counted:?}");
}

/// As the access token says it (RFC 9068, section 2.2).
fn client_id(session: &Session) -> String {
    let claims = session.access_token().split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["client_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_connection_that_is_closed_for_its_client_is_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(listener).max_connections_per_address(1);
    tokio::spawn(server.serve(app(), Shutdown::manual()));

    let _served = TcpStream::connect(address).await.unwrap();
    let mut refused = TcpStream::connect(address).await.unwrap();
    assert_eq!(refused.read(&mut [0]).await.unwrap(), 0);
    counts.assert(&[(
        "portcullis_closed_connections_total reason=too many from one address",
        1,
    )]);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_counted() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(listener).header_timeout(Duration::ZERO);
    tokio::spawn(server.serve(app(), Shutdown::manual()));

    let mut silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    counts.assert(&[("portcullis_closed_connections_total reason=silent", 1)]);
}
