//! A token endpoint that answers with tokens which are genuine, and not what they must be.

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, routing::post};
use http::StatusCode;
use portcullis_auth::{MemoryStore, MockToken, Upstream};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::world::*;

type Answered = Arc<Mutex<Value>>;

/// A server whose provider's keys are the mock's, and whose token endpoint answers what it is told.
async fn world() -> (World, Answered) {
    let genuine = World::new().await;
    let mock = genuine.mock().clone();
    let answered = Answered::default();
    let endpoint = Router::new()
        .route(
            "/oauth2/token",
            post(async |State(answer): State<Answered>| Json(answer.lock().await.clone())),
        )
        .with_state(answered.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, endpoint).await });
    let upstream = Upstream::cognito("us-west-2_AbC123", origin, "app", "s3cr3t".to_owned())
        .endpoint(mock.origin())
        .issuer(mock.issuer().as_str());
    let world = World::around(mock, genuine.clock, |builder| {
        builder.store(MemoryStore::new()).upstream(upstream)
    });
    (world, answered)
}

/// One claim of one token, changed; `null` leaves it out.
type Change = (&'static str, &'static str, Value);

fn changed(token: MockToken, kind: &str, change: &Option<Change>) -> String {
    let token = match change {
        Some((token_kind, claim, Value::Null)) if *token_kind == kind => token.without(*claim),
        Some((token_kind, claim, value)) if *token_kind == kind => {
            token.claim(*claim, value.clone())
        }
        _ => token,
    };
    token.issue().unwrap()
}

async fn sign_in(change: Option<Change>) -> Answer {
    let (world, answered) = world().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let to_upstream = browser.consent(&client.authorize(&[])).await;
    let sent = |name| to_upstream.redirected(name).unwrap();
    let mock = world.mock();
    let id = mock.id_token("app", USER).claim("nonce", sent("nonce"));
    let access = mock.access_token("app", USER).scopes(["mcp-server/read"]);
    *answered.lock().await = json!({
        "id_token": changed(id, "id", &change),
        "access_token": changed(access, "access", &change),
        "refresh_token": "upstream-refresh",
        "token_type": "Bearer",
        "expires_in": 3600,
    });
    let callback = format!("/callback?code=x&state={}", sent("state"));
    browser.get(&callback).await
}

#[tokio::test]
async fn what_they_must_be_is_accepted() {
    let answer = sign_in(None).await;
    assert!(answer.redirected("code").is_some(), "{answer:?}");
}

#[rstest]
#[case::other_nonce(("id", "nonce", json!("other")))]
#[case::no_nonce(("id", "nonce", Value::Null))]
#[case::nonce_no_text(("id", "nonce", json!(1)))]
#[case::other_audience(("id", "aud", json!("another-app")))]
#[case::no_audience(("id", "aud", Value::Null))]
#[case::other_issuer(("id", "iss", json!("https://evil.example")))]
#[case::expired(("id", "exp", json!(NOW - 60)))]
#[case::no_expiry(("id", "exp", Value::Null))]
#[case::access_as_id(("id", "token_use", json!("access")))]
#[case::no_subject(("id", "sub", Value::Null))]
#[case::id_as_access(("access", "token_use", json!("id")))]
#[case::no_token_use(("access", "token_use", Value::Null))]
#[case::other_client(("access", "client_id", json!("another-app")))]
#[case::no_client(("access", "client_id", Value::Null))]
#[case::other_user(("access", "sub", json!("somebody-else")))]
#[case::access_expired(("access", "exp", json!(NOW - 60)))]
#[case::access_of_other_issuer(("access", "iss", json!("https://evil.example")))]
#[tokio::test]
async fn t06_t25_anything_else_gives_no_code(#[case] change: Change) {
    let answer = sign_in(Some(change)).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
    assert!(answer.redirected("code").is_none());
    assert_eq!(answer.redirected("error").as_deref(), Some("server_error"));
}

#[tokio::test]
async fn s11_a_token_without_scopes_grants_none() {
    let answer = sign_in(Some(("access", "scope", Value::Null))).await;
    assert_eq!(answer.redirected("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_refresh_that_answers_with_another_users_tokens_changes_nothing() {
    let (world, answered) = world().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let to_upstream = browser.consent(&client.authorize(&[])).await;
    let sent = |name| to_upstream.redirected(name).unwrap();
    let mock = world.mock();
    let tokens = |user, nonce: String| {
        let id = mock.id_token("app", user).claim("nonce", nonce);
        let access = mock.access_token("app", user).scopes(["mcp-server/read"]);
        json!({
            "id_token": id.issue().unwrap(),
            "access_token": access.issue().unwrap(),
            "refresh_token": "upstream-refresh",
            "expires_in": 3600,
        })
    };
    *answered.lock().await = tokens(USER, sent("nonce"));
    let callback = format!("/callback?code=x&state={}", sent("state"));
    let code = browser.get(&callback).await.redirected("code").unwrap();
    let token = client.redeem(&code, &[]).await.text("refresh_token");

    world.clock.advance(Duration::from_secs(3600));
    *answered.lock().await = tokens(OTHER_USER, String::new());
    let refused = client.refresh(&token, &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    *answered.lock().await = tokens(USER, String::new());
    let good = client.refresh(&token, &[]).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.body);
}

#[tokio::test]
async fn a_provider_that_gives_no_refresh_token_gets_clients_none() {
    let (world, answered) = world().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let to_upstream = browser.consent(&client.authorize(&[])).await;
    let sent = |name| to_upstream.redirected(name).unwrap();
    let mock = world.mock();
    let id = mock.id_token("app", USER).claim("nonce", sent("nonce"));
    let access = mock.access_token("app", USER).scopes(["mcp-server/read"]);
    *answered.lock().await = json!({
        "id_token": id.issue().unwrap(),
        "access_token": access.issue().unwrap(),
    });
    let callback = format!("/callback?code=x&state={}", sent("state"));
    let code = browser.get(&callback).await.redirected("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", &*client.id),
    ];
    let tokens = world.post_form("/token", None, &form).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    assert!(tokens.json().get("refresh_token").is_none(), "S-14");
}
