use axum::http::StatusCode;
use portcullis::{
    BuildError,
    auth::{Bearer, danger},
    prelude::*,
};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Studio, app, keys};
use crate::{
    client::{Client, Way},
    support::{MCP, Plain},
};

const ALICE: &str = "alice.film_render";
const BOB: &str = "bob.film_render";

async fn begin(client: &mut Client) -> String {
    let begun = client.ask("tools/call", json!({"name": "render"})).await;
    let id = &begun["result"]["taskId"];
    id.as_str().unwrap_or_else(|| panic!("{begun}")).to_owned()
}

fn about(method: &str, id: &str) -> Value {
    match method {
        "tasks/update" => json!({"taskId": id, "inputResponses": {}}),
        _ => json!({"taskId": id}),
    }
}

#[rstest]
#[tokio::test]
async fn t27_a_task_of_another_caller_is_unknown(
    #[values(Way::Modern, Way::Stateless, Way::Session, Way::Sse)] way: Way,
    #[values("tasks/get", "tasks/update", "tasks/cancel")] method: &str,
) {
    let studio = Studio::default();
    let app = app(&studio, &keys());
    let mut alice = Client::open(&app, way, ALICE).await;
    let mut bob = Client::open(&app, way, BOB).await;
    let id = begin(&mut alice).await;

    let stolen = bob.ask(method, about(method, &id)).await;
    let unknown = bob.ask(method, about(method, "no-such-task")).await;
    assert_eq!(stolen, unknown);
    assert_eq!(stolen["error"]["code"], -32602, "{stolen}");

    let own = alice.ask("tasks/get", json!({"taskId": id})).await;
    assert_eq!(own["result"]["status"], "working", "{own}");
    assert_eq!(own["result"]["taskId"], id);
    let cancelled = alice.ask("tasks/cancel", json!({"taskId": id})).await;
    assert!(cancelled["result"].is_object(), "{cancelled}");
}

/// Whoever learns of a handler's own id cannot use it.
#[tokio::test]
async fn t27_the_id_of_the_handler_opens_nothing() {
    let studio = Studio::default();
    let app = app(&studio, &keys());
    let task = studio
        .0
        .spawn(Default::default(), |_| Box::pin(std::future::pending()));
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let guessed = alice
        .ask("tasks/get", json!({"taskId": task.task_id}))
        .await;
    assert_eq!(guessed["error"]["code"], -32602, "{guessed}");
}

#[tokio::test]
async fn t27_a_task_is_its_callers_on_every_replica_with_the_same_keys() {
    let (studio, keys) = (Studio::default(), keys());
    let (one, other) = (app(&studio, &keys), app(&studio, &keys));
    let mut alice = Client::open(&one, Way::Modern, ALICE).await;
    let id = begin(&mut alice).await;
    let mut alice = Client::open(&other, Way::Modern, ALICE).await;
    let own = alice.ask("tasks/get", json!({"taskId": id})).await;
    assert_eq!(own["result"]["status"], "working", "{own}");

    let mut alice = Client::open(&app(&studio, &super::keys()), Way::Modern, ALICE).await;
    let foreign = alice.ask("tasks/get", json!({"taskId": id})).await;
    assert_eq!(foreign["error"]["code"], -32602, "{foreign}");
}

#[tokio::test]
async fn t27_a_task_belongs_to_one_server() {
    let studio = Studio::default();
    let app = app(&studio, &keys());
    let mut alice = Client::open(&app, Way::Modern, ALICE).await;
    let id = begin(&mut alice).await;
    let mut over_sse = Client::open(&app, Way::Sse, ALICE).await;
    let elsewhere = over_sse.ask("tasks/get", json!({"taskId": id})).await;
    assert_eq!(elsewhere["error"]["code"], -32602, "{elsewhere}");
}

#[rstest]
#[case::modern(Way::Modern)]
#[case::stateless(Way::Stateless)]
#[case::session(Way::Session)]
#[case::sse(Way::Sse)]
#[tokio::test]
async fn t12_a_task_needs_the_scopes_of_its_tool(#[case] way: Way) {
    let app = app(&Studio::default(), &keys());
    let mut alice = Client::open(&app, way, ALICE).await;
    let id = begin(&mut alice).await;
    alice.token = "alice";
    let refused = alice.send("tasks/get", json!({"taskId": id})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.challenge().contains(r#"scope="film/render""#));
}

#[tokio::test]
async fn t27_methods_that_tell_no_caller_from_another_do_not_exist() {
    let app = app(&Studio::default(), &keys());
    let mut alice = Client::open(&app, Way::Stateless, ALICE).await;
    for method in ["tasks/list", "tasks/result"] {
        let answer = alice.ask(method, json!({})).await;
        assert_eq!(answer["error"]["code"], -32601, "{answer}");
    }
}

#[test]
fn tasks_of_many_callers_take_keys() {
    let server = McpServer::new(MCP, Studio::default()).auth(Bearer(Plain));
    assert!(matches!(server.build(), Err(BuildError::NoTaskKeys)));
    let server = McpServer::new("http://localhost:8080/mcp", Studio::default());
    assert!(server.auth(danger::anonymous()).build().is_ok());
}
