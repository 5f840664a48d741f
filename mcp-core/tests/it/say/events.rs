use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes},
};
use futures_util::{
    FutureExt, Stream, StreamExt,
    future::{BoxFuture, ready},
    stream,
};
use portcullis::{
    Events,
    auth::{
        Bearer, BearerToken, ClientId, Issuer, ManualClock, Principal, PrincipalKind, ScopeSet,
        Subject, Timestamp, TokenVerifier, VerifyError,
    },
    prelude::*,
    transport::replica::{self, EventBus, EventBusError, SharedEventBus},
};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{call, discover, modern};
use crate::support::{MCP, ORIGIN, Plain};

#[path = "../../../../examples/talking/src/bin/events.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod example;

fn app(events: &Events) -> Router {
    let notes = example::Notes::new(events.clone());
    let server = McpServer::new(MCP, notes)
        .open_resources()
        .events(events.clone())
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

/// Begins to listen, and returns the stream after its acknowledgment.
async fn listen(
    app: &Router,
    token: &str,
    notifications: Value,
) -> (
    Value,
    impl Stream<Item = Result<Bytes, axum::Error>> + Unpin + use<>,
) {
    let params = json!({"notifications": notifications});
    let request = modern(token, "subscriptions/listen", params, json!({}));
    let response = app.clone().oneshot(request).await.unwrap();
    let mut events = Body::into_data_stream(response.into_body());
    let acknowledged = next(&mut events).await;
    (acknowledged, events)
}

async fn next(events: &mut (impl Stream<Item = Result<Bytes, axum::Error>> + Unpin)) -> Value {
    let event = events.next().await.unwrap().unwrap();
    let event = std::str::from_utf8(&event).unwrap();
    let (_, data) = event.split_once("data: ").unwrap();
    serde_json::from_str(data.trim_end()).unwrap()
}

#[tokio::test]
async fn a_tool_tells_that_there_is_a_resource_more() {
    let events = Events::default();
    let app = app(&events);
    let lists = json!({"resourcesListChanged": true});
    let (_, mut stream) = listen(&app, "alice", lists).await;
    call(
        &app,
        "alice.notes_write",
        json!({"name": "publish"}),
        json!({}),
    )
    .await;
    let told = next(&mut stream).await;
    assert_eq!(told["method"], "notifications/resources/list_changed");
    let resources = modern("alice", "resources/list", json!({}), json!({}));
    let listed = crate::support::send(&app, resources).await.json();
    assert_eq!(listed["result"]["resources"][1]["uri"], "note://news");
}

fn assert_tagged(message: &Value) {
    let meta = &message["params"]["_meta"];
    assert_eq!(
        meta["io.modelcontextprotocol/subscriptionId"], 1,
        "{message}"
    );
}

#[tokio::test]
async fn mcp_t29_only_what_was_asked_for_is_told_and_tagged() {
    let events = Events::default();
    let app = app(&events);
    let asked = json!({"toolsListChanged": true, "promptsListChanged": true,
        "resourceSubscriptions": ["note://1"]});
    let (acknowledged, mut stream) = listen(&app, "alice", asked).await;
    assert_eq!(
        acknowledged["method"],
        "notifications/subscriptions/acknowledged"
    );
    assert_tagged(&acknowledged);
    // The server has no prompts.
    assert_eq!(
        acknowledged["params"]["notifications"],
        json!({"toolsListChanged": true, "resourceSubscriptions": ["note://1"]})
    );

    events.resources_changed().await.unwrap();
    events.prompts_changed().await.unwrap();
    events.resource_updated("note://2").await.unwrap();
    events.resource_updated("note://1").await.unwrap();
    events.tools_changed().await.unwrap();
    let updated = next(&mut stream).await;
    assert_eq!(updated["method"], "notifications/resources/updated");
    assert_eq!(updated["params"]["uri"], "note://1");
    assert_tagged(&updated);
    let changed = next(&mut stream).await;
    assert_eq!(changed["method"], "notifications/tools/list_changed");
    assert_tagged(&changed);
}

#[tokio::test]
async fn t27_an_event_of_one_caller_is_not_told_to_another() {
    let events = Events::default();
    let app = app(&events);
    let asked = json!({"toolsListChanged": true, "resourceSubscriptions": ["note://mine"]});
    let (_, mut alice) = listen(&app, "alice", asked.clone()).await;
    let (_, mut mallory) = listen(&app, "mallory", asked).await;

    let written = call(
        &app,
        "alice.notes_write",
        json!({"name": "write"}),
        json!({}),
    )
    .await;
    assert!(written.text.contains("written"), "{}", written.text);
    events.tools_changed().await.unwrap();
    let heard = next(&mut alice).await;
    assert_eq!(heard["method"], "notifications/resources/updated");
    let heard = next(&mut mallory).await;
    assert_eq!(heard["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn every_replica_on_the_bus_hears_an_event_of_its_topic() {
    let bus = SharedEventBus::default();
    let replica = |topic| Events::over(bus.clone(), topic);
    let here = app(&replica("notes"));
    let (_, mut stream) = listen(&here, "alice", json!({"toolsListChanged": true})).await;
    replica("other").resources_changed().await.unwrap();
    replica("notes").tools_changed().await.unwrap();
    let heard = next(&mut stream).await;
    assert_eq!(heard["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn what_can_be_listened_to_is_declared() {
    let declared = discover(&app(&Events::default())).await;
    assert_eq!(declared["tools"], json!({"listChanged": true}));
    assert_eq!(
        declared["resources"],
        json!({"listChanged": true, "subscribe": true})
    );
    assert_eq!(declared["prompts"], Value::Null);
}

#[tokio::test]
async fn t29_subscriptions_are_counted_by_caller() {
    let app = app(&Events::default());
    let mut open = Vec::new();
    let params = json!({"notifications": {"toolsListChanged": true}});
    let ask = async |caller| {
        let request = modern(caller, "subscriptions/listen", params.clone(), json!({}));
        app.clone().oneshot(request).await.unwrap()
    };
    for _ in 0..32 {
        open.push(ask("alice").await);
    }
    assert_eq!(ask("alice").await.status(), 429);
    assert_eq!(ask("bob").await.status(), 200);
    open.pop();
    assert_eq!(ask("alice").await.status(), 200);
}

#[rstest]
#[case::many(vec!["a".to_owned(); 1_001])]
#[case::long(vec!["a".repeat(257 << 10)])]
#[tokio::test]
async fn t29_a_subscription_to_too_many_resources_is_refused(#[case] uris: Vec<String>) {
    let app = app(&Events::default());
    let params = json!({"notifications": {"resourceSubscriptions": uris}});
    let request = modern("alice", "subscriptions/listen", params, json!({}));
    let response = app.oneshot(request).await.unwrap();
    let mut stream = Body::into_data_stream(response.into_body());
    let refusal = stream.next().await.unwrap().unwrap();
    let refusal = std::str::from_utf8(&refusal).unwrap();
    assert!(refusal.contains("-32602"), "{refusal}");
    assert!(refusal.contains("at most 1,000 URIs"), "{refusal}");
}

#[tokio::test]
async fn a_subscription_takes_a_thousand_resources() {
    let events = Events::default();
    let uris: Vec<_> = (1..=1_000).map(|n| format!("note://{n}")).collect();
    let (_, mut stream) = listen(
        &app(&events),
        "alice",
        json!({"resourceSubscriptions": uris}),
    )
    .await;
    events.resource_updated("note://1000").await.unwrap();
    assert_eq!(next(&mut stream).await["params"]["uri"], "note://1000");
}

/// A bus that breaks as soon as somebody listens, or cannot be reached at all.
struct Broken {
    reached: bool,
}

impl EventBus for Broken {
    fn publish<'a>(&'a self, _: &'a str, _: Bytes) -> BoxFuture<'a, Result<(), EventBusError>> {
        ready(Err(EventBusError::new("broken"))).boxed()
    }

    fn subscribe<'a>(
        &'a self,
        _: &'a str,
    ) -> BoxFuture<'a, Result<replica::Events, EventBusError>> {
        let heard = if self.reached {
            Ok(stream::empty().boxed())
        } else {
            Err(EventBusError::new("the secret reason"))
        };
        ready(heard).boxed()
    }
}

/// What the client would have missed is unknown, so it is told to begin anew.
#[tokio::test]
async fn mcp_t29_a_bus_that_breaks_answers_the_subscription() {
    let app = app(&Events::over(Broken { reached: true }, "notes"));
    let (_, mut stream) = listen(&app, "alice", json!({"toolsListChanged": true})).await;
    let answer = next(&mut stream).await;
    assert_eq!(answer["id"], 1);
    assert_eq!(answer["result"]["resultType"], "complete");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_bus_that_cannot_be_reached_is_an_error_without_its_reason() {
    let app = app(&Events::over(Broken { reached: false }, "notes"));
    let params = json!({"notifications": {"toolsListChanged": true}});
    let request = modern("alice", "subscriptions/listen", params, json!({}));
    let answer = app.oneshot(request).await.unwrap().into_body();
    let answer = axum::body::to_bytes(answer, 4096).await.unwrap();
    let answer = std::str::from_utf8(&answer).unwrap();
    assert!(answer.contains("listen again later"), "{answer}");
    assert!(!answer.contains("secret"), "{answer}");
}

#[tokio::test]
async fn t29_a_subscription_costs_no_task() {
    let events = Events::default();
    let app = app(&events);
    let asked = || json!({"toolsListChanged": true});
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    // What all subscriptions share is begun.
    let (_, mut first) = listen(&app, "alice", asked()).await;
    tokio::task::yield_now().await;
    let before = alive();
    let (_, mut second) = listen(&app, "alice", asked()).await;
    let (_, mut third) = listen(&app, "bob", asked()).await;
    assert_eq!(alive(), before);

    events.tools_changed().await.unwrap();
    for stream in [&mut first, &mut second, &mut third] {
        assert_tagged(&next(stream).await);
    }
}

/// `alice` in the client that the token names, until 600 s after the clock's beginning.
struct TenMinutes;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

impl TokenVerifier for TenMinutes {
    async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
        let issuer = Issuer::new("https://login.example.com").unwrap();
        let alice = Subject::new("alice").unwrap();
        let who = Principal::new(issuer, alice, PrincipalKind::User)
            .with_client_id(ClientId::new(token.expose()).unwrap())
            .with_scopes(ScopeSet::new(["notes/write"]).unwrap());
        Ok(who.with_expires_at(NOW.plus(Duration::from_secs(600))))
    }
}

fn app_of_ten_minutes(clock: ManualClock) -> Router {
    let events = Events::default();
    let notes = example::Notes::new(events.clone());
    let server = McpServer::new(MCP, notes)
        .open_resources()
        .events(events)
        .clock(clock)
        .auth(Bearer(TenMinutes));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_subscription_ends_in_good_order_with_the_token_that_opened_it() {
    let clock = ManualClock::at(NOW);
    clock.advance(Duration::from_secs(60));
    let app = app_of_ten_minutes(clock);
    let begun = tokio::time::Instant::now();
    let (_, mut stream) = listen(&app, "claude", json!({"toolsListChanged": true})).await;
    let result = loop {
        // Between them come comments that keep the connection open.
        let event = stream.next().await.unwrap().unwrap();
        let event = std::str::from_utf8(&event).unwrap();
        if let Some((_, data)) = event.split_once("data: ") {
            break serde_json::from_str::<Value>(data.trim_end()).unwrap();
        }
    };
    assert_eq!(begun.elapsed().as_secs(), 540);
    assert!(result["result"].is_object(), "{result}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn what_is_meant_for_a_user_reaches_all_clients_of_the_user() {
    let app = app_of_ten_minutes(ManualClock::at(NOW));
    let mine = json!({"resourceSubscriptions": ["note://mine"]});
    let (_, mut stream) = listen(&app, "cursor", mine).await;
    call(&app, "claude", json!({"name": "write"}), json!({})).await;
    let told = next(&mut stream).await;
    assert_eq!(told["params"]["uri"], "note://mine");
}
