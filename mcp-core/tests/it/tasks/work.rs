//! `LongWork`, on the server of `examples/talking`.

use std::time::Duration;

use axum::Router;
use portcullis::{
    BuildError, McpServerBuilder, TaskLimits, ToolPolicies,
    auth::{Bearer, danger},
    prelude::*,
    transport::Sessions,
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{SSE, keys};
use crate::{
    client::{Client, Way},
    support::{MCP, ORIGIN, Plain, call, rpc},
};

#[path = "../../../../examples/talking/src/bin/rendering.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod example;

const ALICE: &str = "alice.film_render";
const EXTENSION: &str = "io.modelcontextprotocol/tasks";

fn server<H: ToolPolicies>(resource: &str, handler: H) -> McpServerBuilder<H, Bearer<Plain>> {
    McpServer::new(resource, handler)
        .sealing_keys(keys())
        .auth(Bearer(Plain))
}

fn app() -> Router {
    let current = server(MCP, example::Studio).sessions(Sessions::in_memory());
    let legacy = server(SSE, example::Studio).legacy_sse();
    App::new(ORIGIN)
        .server(current.build().unwrap())
        .server(legacy.build().unwrap())
        .into_router()
        .unwrap()
}

async fn begin(client: &mut Client) -> Value {
    let render = json!({"name": "render", "arguments": {"scenes": 3}});
    client.ask("tools/call", render).await
}

async fn get(client: &mut Client, id: &Value) -> Value {
    client.ask("tasks/get", json!({"taskId": id})).await
}

#[rstest]
#[case::modern(Way::Modern)]
#[case::stateless(Way::Stateless)]
#[case::session(Way::Session)]
#[case::sse(Way::Sse)]
#[tokio::test(start_paused = true)]
async fn t27_long_work_is_a_task_of_its_caller(#[case] way: Way) {
    let app = app();
    let mut alice = Client::open(&app, way, ALICE).await;
    let mut bob = Client::open(&app, way, "bob.film_render").await;
    let begun = begin(&mut alice).await;
    assert_eq!(begun["result"]["resultType"], "task", "{begun}");
    let id = &begun["result"]["taskId"];

    sleep(Duration::from_millis(1500)).await;
    let running = get(&mut alice, id).await;
    assert_eq!(running["result"]["status"], "working", "{running}");
    assert_eq!(running["result"]["statusMessage"], "scene 2 of 3");
    assert_eq!(running["result"]["taskId"], *id);
    assert_eq!(get(&mut bob, id).await["error"]["code"], -32602);

    sleep(Duration::from_secs(3)).await;
    let done = get(&mut alice, id).await;
    assert_eq!(done["result"]["status"], "completed", "{done}");
    let text = &done["result"]["result"]["content"][0]["text"];
    assert_eq!(text, "3 scenes rendered");
}

#[tokio::test(start_paused = true)]
async fn cancelled_work_ends_where_it_waits() {
    let app = app();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let begun = begin(&mut alice).await;
    let id = &begun["result"]["taskId"];
    let cancelled = alice.ask("tasks/cancel", json!({"taskId": id})).await;
    assert!(cancelled["result"].is_object(), "{cancelled}");
    sleep(Duration::from_millis(1)).await;
    assert_eq!(get(&mut alice, id).await["result"]["status"], "cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_knows_no_tasks_waits_for_the_work() {
    let app = app();
    let answer = call(&app, ALICE, "render", json!({"scenes": 2})).await;
    let text = &answer.json()["result"]["content"][0]["text"];
    assert_eq!(text, "2 scenes rendered");

    let get = json!({"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {"taskId": "x"}});
    let answer = rpc(&app, Some(ALICE), get).await;
    assert_eq!(answer.json()["error"]["code"], -32021);
}

#[tokio::test(start_paused = true)]
async fn a_refused_cancellation_cancels_nothing() {
    let app = app();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let begun = begin(&mut alice).await;
    let id = &begun["result"]["taskId"];
    let cancel = json!({"jsonrpc": "2.0", "id": 1, "method": "tasks/cancel",
        "params": {"taskId": id}});
    let refused = rpc(&app, Some(ALICE), cancel).await.json();
    assert_eq!(refused["error"]["code"], -32021, "{refused}");
    sleep(Duration::from_millis(1)).await;
    assert_eq!(get(&mut alice, id).await["result"]["status"], "working");
}

#[tokio::test]
async fn the_server_says_that_it_has_tasks() {
    let app = app();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let discovered = alice.ask("server/discover", json!({})).await;
    assert!(discovered["result"]["capabilities"]["extensions"][EXTENSION].is_object());
    let mut alice = Client::open(&app, Way::Stateless, ALICE).await;
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}});
    let initialized = alice.ask("initialize", hello).await;
    assert!(initialized["result"]["capabilities"]["extensions"][EXTENSION].is_object());
}

#[tokio::test(start_paused = true)]
async fn t29_tasks_of_one_caller_leave_room_for_others() {
    let mut limits = TaskLimits::default();
    limits.max_tasks = 2;
    limits.max_tasks_per_owner = 1;
    let server = server(MCP, example::Studio).task_limits(limits);
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let mut bob = Client::open(&app, Way::Modern, "bob.film_render").await;
    let mut carol = Client::open(&app, Way::Modern, "carol.film_render").await;

    assert!(begin(&mut alice).await["result"]["taskId"].is_string());
    assert_eq!(begin(&mut alice).await["result"]["isError"], true);
    assert!(begin(&mut bob).await["result"]["taskId"].is_string());
    assert_eq!(begin(&mut carol).await["result"]["isError"], true);

    // What has ended makes way for others of its caller, but for nobody else's.
    sleep(Duration::from_secs(4)).await;
    assert_eq!(begin(&mut carol).await["result"]["isError"], true);
    assert!(begin(&mut alice).await["result"]["taskId"].is_string());

    // Results are kept for a while, and count as long.
    sleep(limits.lifetime + Duration::from_secs(4)).await;
    assert!(begin(&mut carol).await["result"]["taskId"].is_string());
}

#[tokio::test(start_paused = true)]
async fn t29_the_oldest_result_of_a_caller_makes_way_and_no_running_task_does() {
    let mut limits = TaskLimits::default();
    limits.max_tasks_per_owner = 3;
    let server = server(MCP, example::Studio).task_limits(limits);
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(begin(&mut alice).await["result"]["taskId"].clone());
        sleep(Duration::from_secs(4)).await;
    }
    ids.push(begin(&mut alice).await["result"]["taskId"].clone());

    ids.push(begin(&mut alice).await["result"]["taskId"].clone());
    let mut statuses = Vec::new();
    for id in &ids {
        statuses.push(get(&mut alice, id).await["result"]["status"].clone());
    }
    assert_eq!(
        statuses,
        [
            json!(null),
            json!("completed"),
            json!("working"),
            json!("working")
        ]
    );
    begin(&mut alice).await;
    assert_eq!(begin(&mut alice).await["result"]["isError"], true);
    assert_eq!(
        get(&mut alice, &ids[2]).await["result"]["status"],
        "working"
    );
}

#[tokio::test(start_paused = true)]
async fn t29_a_cancelled_task_makes_room() {
    let mut limits = TaskLimits::default();
    limits.max_tasks_per_owner = 1;
    let server = server(MCP, example::Studio).task_limits(limits);
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let begun = begin(&mut alice).await;
    assert_eq!(begin(&mut alice).await["result"]["isError"], true);
    let cancel = json!({"taskId": begun["result"]["taskId"]});
    alice.ask("tasks/cancel", cancel).await;
    sleep(Duration::from_millis(1)).await;
    assert!(begin(&mut alice).await["result"]["taskId"].is_string());
}

/// As for subscriptions: nobody knows whose they are.
#[tokio::test(start_paused = true)]
async fn anonymous_tasks_count_among_all_only() {
    let mut limits = TaskLimits::default();
    limits.max_tasks = 2;
    limits.max_tasks_per_owner = 1;
    let server = McpServer::new(MCP, Stuck).task_limits(limits);
    let server = server.auth(danger::anonymous()).build().unwrap();
    let app = App::new(ORIGIN).allow_anonymous().server(server);
    let app = app.into_router().unwrap();
    let mut client = Client::open(&app, Way::Modern, "").await;
    let hang = json!({"name": "hang"});
    for _ in 0..2 {
        let begun = client.ask("tools/call", hang.clone()).await;
        assert!(begun["result"]["taskId"].is_string(), "{begun}");
    }
    assert_eq!(
        client.ask("tools/call", hang).await["result"]["isError"],
        true
    );
}

struct Stuck;

#[mcp_server]
impl Stuck {
    #[tool]
    async fn hang(&self, work: LongWork) -> Turn<String> {
        work.run(|_| std::future::pending()).await
    }

    #[tool]
    async fn flash(&self, work: LongWork) -> Turn<Result<String, ToolError>> {
        work.run(|_| async { Ok("done".into()) }).await
    }
}

/// The result may be another client's.
#[tokio::test(start_paused = true)]
async fn t27_the_result_of_an_anonymous_caller_makes_way_for_nobody() {
    let mut limits = TaskLimits::default();
    limits.max_tasks = 1;
    let server = McpServer::new(MCP, Stuck).task_limits(limits);
    let server = server.auth(danger::anonymous()).build().unwrap();
    let app = App::new(ORIGIN).allow_anonymous().server(server);
    let app = app.into_router().unwrap();
    let mut client = Client::open(&app, Way::Modern, "").await;
    let flash = json!({"name": "flash"});
    let begun = client.ask("tools/call", flash.clone()).await;
    let id = begun["result"]["taskId"].clone();
    sleep(Duration::from_secs(4)).await;
    let refused = client.ask("tools/call", flash).await;
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    let kept = client.ask("tasks/get", json!({"taskId": id})).await;
    assert_eq!(kept["result"]["status"], "completed", "{kept}");
}

/// Nobody has to ask for it, and none of its kind keeps others out for good.
#[tokio::test(start_paused = true)]
async fn t29_work_that_never_ends_is_ended() {
    let mut limits = TaskLimits::default();
    limits.max_tasks = 1;
    let server = server(MCP, Stuck).task_limits(limits).build();
    let app = App::new(ORIGIN).server(server.unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let hang = json!({"name": "hang"});
    let begun = alice.ask("tools/call", hang.clone()).await;
    assert_eq!(
        alice.ask("tools/call", hang.clone()).await["result"]["isError"],
        true
    );

    sleep(limits.lifetime + Duration::from_secs(1)).await;
    let failed = get(&mut alice, &begun["result"]["taskId"]).await;
    assert_eq!(failed["result"]["status"], "failed", "{failed}");
    sleep(limits.lifetime).await;
    let begun = alice.ask("tools/call", hang).await;
    assert!(begun["result"]["taskId"].is_string(), "{begun}");
}

struct Clumsy;

#[mcp_server]
impl Clumsy {
    #[tool]
    async fn stumble(&self, work: LongWork) -> Turn<String> {
        work.run(|_| async { panic!("hunter2") }).await
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_panics_is_a_task_that_failed() {
    let app = App::new(ORIGIN).server(server(MCP, Clumsy).build().unwrap());
    let app = app.into_router().unwrap();
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let begun = alice.ask("tools/call", json!({"name": "stumble"})).await;
    sleep(Duration::from_millis(1)).await;
    let failed = get(&mut alice, &begun["result"]["taskId"]).await;
    assert_eq!(failed["result"]["status"], "failed", "{failed}");
    assert!(!failed.to_string().contains("hunter2"));
}

#[test]
fn long_work_for_many_callers_takes_keys() {
    let server = McpServer::new(MCP, example::Studio).auth(Bearer(Plain));
    assert!(matches!(server.build(), Err(BuildError::NoTaskKeys)));
    let server = McpServer::new("http://localhost:8080/mcp", example::Studio);
    assert!(server.auth(danger::anonymous()).build().is_ok());
}
