use axum::http::{Request, StatusCode, header};
use rstest::rstest;
use serde_json::{Value, json};

use super::app;
use crate::{
    client::{Client, Way},
    support::send,
};

fn completion(reference: Value) -> Value {
    json!({"ref": reference, "argument": {"name": "title", "value": ""}})
}

#[rstest]
#[tokio::test]
async fn t12_a_missing_scope_is_one_403_before_anything_runs(
    #[values(Way::Modern, Way::Stateless, Way::Session, Way::Sse)] way: Way,
    #[values(
        ("prompts/get", json!({"name": "summary"}), "library/read"),
        ("resources/read", json!({"uri": "book://emma"}), "library/read"),
        ("resources/read", json!({"uri": "book://rare/emma"}), "library/read library/rare"),
    )]
    (method, params, scopes): (&str, Value, &str),
) {
    let app = app();
    let mut alice = Client::open(&app, way, "alice").await;
    let refused = alice.send(method, params.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let challenge = refused.challenge();
    assert!(challenge.contains(r#"error="insufficient_scope""#));
    assert!(
        challenge.contains(&format!(r#"scope="{scopes}""#)),
        "{challenge}"
    );

    alice.token = "alice.library_read.library_rare";
    let answer = alice.ask(method, params).await;
    assert!(answer["result"].is_object(), "{answer}");
}

#[rstest]
#[case::prompt(json!({"type": "ref/prompt", "name": "summary"}))]
#[case::template(json!({"type": "ref/resource", "uri": "book://{title}"}))]
#[tokio::test]
async fn t13_completion_tells_nothing_of_what_the_caller_may_not_use(
    #[values(Way::Modern, Way::Stateless, Way::Session, Way::Sse)] way: Way,
    #[case] reference: Value,
) {
    let app = app();
    let mut alice = Client::open(&app, way, "alice").await;
    let refused = alice
        .send("completion/complete", completion(reference.clone()))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains("Emma"));

    alice.token = "alice.library_read";
    let answer = alice
        .ask("completion/complete", completion(reference))
        .await;
    assert_eq!(answer["result"]["completion"]["values"], json!(["Emma"]));
}

#[rstest]
#[case::stateless(Way::Stateless)]
#[case::session(Way::Session)]
#[case::sse(Way::Sse)]
#[tokio::test]
async fn t13_nobody_subscribes_to_what_they_may_not_read(#[case] way: Way) {
    let app = app();
    let mut alice = Client::open(&app, way, "alice").await;
    let params = json!({"uri": "book://emma"});
    let refused = alice.send("resources/subscribe", params.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.challenge().contains(r#"scope="library/read""#));

    // Who may read it may subscribe to it.
    alice.token = "alice.library_read";
    let subscribed = alice.ask("resources/subscribe", params).await;
    assert!(subscribed["result"].is_object(), "{subscribed}");
}

/// The URI of a directory ends without a slash.
#[rstest]
#[case::directory(Way::Modern, "resources/directory/read", "skill://desk/triage")]
#[case::directory_in_a_session(Way::Session, "resources/directory/read", "skill://desk/triage")]
#[case::skill(Way::Modern, "skills/get", "skill://desk/triage/SKILL.md")]
#[case::subscription(Way::Session, "resources/unsubscribe", "skill://desk/triage/SKILL.md")]
#[tokio::test]
async fn t13_every_method_that_names_a_resource_asks_for_its_scopes(
    #[case] way: Way,
    #[case] method: &str,
    #[case] uri: &str,
) {
    let app = app();
    let mut alice = Client::open(&app, way, "alice").await;
    let refused = alice.send(method, json!({"uri": uri})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(refused.challenge().contains(r#"scope="desk/work""#));

    alice.token = "alice.desk_work";
    let answer = alice.ask(method, json!({"uri": uri})).await;
    assert!(answer["result"].is_object(), "{answer}");
}

#[tokio::test]
async fn t13_a_subscription_needs_the_scopes_of_each_resource() {
    let app = app();
    let alice = Client::open(&app, Way::Modern, "alice.library_read").await;
    let uris = ["book://emma", "book://rare/persuasion"];
    let params = json!({"notifications": {"resourceSubscriptions": uris}});
    let refused = alice.send("subscriptions/listen", params).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused
            .challenge()
            .contains(r#"scope="library/read library/rare""#)
    );
    assert_ne!(refused.headers[header::CONTENT_TYPE], "text/event-stream");
}

/// Also where the handler answers `subscriptions/listen` itself.
#[rstest]
#[case::many(vec!["book://rare/emma".to_owned(); 1_001])]
#[case::long(vec![format!("book://rare/{}", "a".repeat(257 << 10))])]
#[tokio::test]
async fn t29_what_is_too_much_to_look_at_asks_for_no_scope(#[case] uris: Vec<String>) {
    let app = app();
    let alice = Client::open(&app, Way::Modern, "alice").await;
    let params = json!({"notifications": {"resourceSubscriptions": uris}});
    let refused = alice.send("subscriptions/listen", params).await;
    assert!(!refused.headers.contains_key(header::WWW_AUTHENTICATE));
    assert!(refused.text.contains("-32602"), "{}", refused.text);
    assert!(refused.text.contains("at most 1,000 URIs"));
}

#[rstest]
#[tokio::test]
async fn t13_what_is_not_declared_does_not_exist(
    #[values(Way::Modern, Way::Stateless, Way::Session, Way::Sse)] way: Way,
) {
    let app = app();
    let mut alice = Client::open(&app, way, "alice").await;
    for (method, params) in [
        ("prompts/get", json!({"name": "nonsense"})),
        ("resources/read", json!({"uri": "film://emma"})),
        ("resources/read", json!({"uri": "book://a/../rare/emma"})),
        ("resources/read", json!({"uri": "book://ra\tre/emma"})),
        (
            "completion/complete",
            completion(json!({"type": "ref/prompt", "name": "nonsense"})),
        ),
    ] {
        let answer = alice.ask(method, params).await;
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.ends_with(" not found"), "{answer}");
    }
}

/// Their names are looked up apart: a prompt without scopes opens no tool, and the other way round.
#[tokio::test]
async fn t13_a_prompt_is_no_tool_of_the_same_name() {
    let app = app();
    let mut alice = Client::open(&app, Way::Modern, "alice").await;
    let prompt = alice.ask("prompts/get", json!({"name": "order"})).await;
    assert!(prompt["result"].is_object(), "{prompt}");
    let tool = alice.send("tools/call", json!({"name": "order"})).await;
    assert_eq!(tool.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn p8_one_denied_prompt_refuses_the_batch() {
    let get = |id: u8, name: &str| json!({"jsonrpc": "2.0", "id": id, "method": "prompts/get", "params": {"name": name}});
    let request = Request::post("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::AUTHORIZATION, "Bearer alice")
        .header("mcp-protocol-version", "2025-03-26");
    let batch = json!([get(1, "order"), get(2, "summary")]).to_string();
    let answer = send(&app(), request.body(batch.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.text.contains("Order it"));
}
