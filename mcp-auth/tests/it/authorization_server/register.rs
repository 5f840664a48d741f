//! T18: dynamic client registration.

use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, extract::ConnectInfo};
use http::{Request, StatusCode, header::CONTENT_TYPE};
use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;

#[tokio::test]
async fn a44_the_response_is_201_no_store_and_states_everything() {
    let world = World::offline();
    let metadata = json!({
        "client_name": "mcp-remote",
        "redirect_uris": [REDIRECT],
        "application_type": "native",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid offline_access",
        "token_endpoint_auth_method": "none",
    });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("cache-control"), "no-store");
    let client = answer.json();
    assert_eq!(client["token_endpoint_auth_method"], "none");
    assert_eq!(client["client_name"], "mcp-remote");
    assert_eq!(client["redirect_uris"], json!([REDIRECT]));
    assert_eq!(client["client_id_issued_at"], NOW);
    assert_eq!(client["response_types"], json!(["code"]));
    assert!(
        client.get("client_secret").is_none(),
        "no secret for a public client"
    );
}

#[tokio::test]
async fn a44_without_a_method_the_client_is_public_and_told_so() {
    let world = World::offline();
    let answer = world
        .post_json("/register", &json!({ "redirect_uris": [REDIRECT] }))
        .await;
    assert_eq!(answer.text("token_endpoint_auth_method"), "none");
    assert!(answer.json().get("client_secret").is_none());
}

#[tokio::test]
async fn t18_s20_a_client_cannot_write_into_its_own_record() {
    let world = World::offline();
    let metadata = json!({
        "redirect_uris": [REDIRECT],
        "client_id": "chosen",
        "client_secret": "chosen",
        "client_id_issued_at": 1,
        "client_secret_expires_at": 99,
        "auth_method": "none",
        "secret": "chosen",
        "id": "chosen",
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert!(!answer.body.contains("chosen"));
    assert_eq!(answer.json()["client_id_issued_at"], NOW);
    assert_eq!(answer.json()["client_secret_expires_at"], 0);
    assert!(answer.text("client_secret").len() >= 43);
}

#[rstest]
#[case::no_uris(json!({}), "invalid_redirect_uri")]
#[case::empty_uris(json!({ "redirect_uris": [] }), "invalid_redirect_uri")]
#[case::many_uris(json!({ "redirect_uris": vec![REDIRECT; 11] }), "invalid_redirect_uri")]
#[case::uris_no_list(json!({ "redirect_uris": REDIRECT }), "invalid_client_metadata")]
#[case::method(json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt" }), "invalid_client_metadata")]
#[case::implicit(json!({ "redirect_uris": [REDIRECT], "response_types": ["token"] }), "invalid_client_metadata")]
#[case::password(json!({ "redirect_uris": [REDIRECT], "grant_types": ["password"] }), "invalid_client_metadata")]
#[case::name_no_text(json!({ "redirect_uris": [REDIRECT], "client_name": 1 }), "invalid_client_metadata")]
#[case::no_object(json!([]), "invalid_client_metadata")]
#[tokio::test]
async fn t18_unacceptable_metadata_is_refused(#[case] metadata: Value, #[case] error: &str) {
    let world = World::offline();
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.error(), error);
}

#[tokio::test]
async fn t18_a_large_or_malformed_body_is_refused_without_an_echo() {
    let world = World::offline();
    let metadata = json!({ "redirect_uris": [REDIRECT], "x": "y".repeat(17 * 1024) });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    for (content_type, body) in [
        ("application/json", "{\"redirect_uris\": oops"),
        ("application/json", ""),
        ("text/plain", "{\"redirect_uris\":[\"https://a.example/\"]}"),
    ] {
        let request = Request::post("/register").header(CONTENT_TYPE, content_type);
        let answer = world.send(request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.error(), "invalid_client_metadata");
        assert!(!answer.body.contains("oops"));
    }
}

async fn register_from(world: &World, ip: &str) -> StatusCode {
    let address: SocketAddr = ip.parse().unwrap();
    let body = json!({ "redirect_uris": [REDIRECT] }).to_string();
    let mut request = Request::post("/register")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    world.send(request).await.status
}

#[tokio::test]
async fn t18_registrations_are_limited_per_address() {
    let world = World::offline();
    for _ in 0..20 {
        assert_eq!(
            register_from(&world, "192.0.2.1:1").await,
            StatusCode::CREATED
        );
    }
    let limited = StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(register_from(&world, "192.0.2.1:2").await, limited);
    assert_eq!(register_from(&world, "[::ffff:192.0.2.1]:1").await, limited);
    assert_eq!(
        register_from(&world, "192.0.2.2:1").await,
        StatusCode::CREATED
    );
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(
        register_from(&world, "192.0.2.1:1").await,
        StatusCode::CREATED
    );
    assert_eq!(register_from(&world, "192.0.2.1:1").await, limited);
}

#[tokio::test]
async fn t18_an_ipv6_client_counts_by_its_network() {
    let world = World::offline();
    for host in 0..20 {
        let address = format!("[2001:db8::{host:x}]:1");
        assert_eq!(register_from(&world, &address).await, StatusCode::CREATED);
    }
    let limited = StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(register_from(&world, "[2001:db8::ffff]:1").await, limited);
    assert_eq!(
        register_from(&world, "[2001:db8:1::1]:1").await,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn t18_an_unused_client_is_forgotten_after_a_day_and_a_used_one_is_not() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let world = World::new().await;
    let unused = world.client().await;
    let used = world.client().await;
    let tokens = used.tokens().await;
    world.clock.advance(DAY);
    let answer = world.get(&unused.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.body.contains("not registered here"),
        "the page says what to do"
    );
    assert_eq!(world.get(&used.authorize(&[])).await.status, StatusCode::OK);
    world.clock.advance(27 * DAY);
    let refreshed = used.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK);
    world.clock.advance(89 * DAY);
    assert_eq!(
        world.get(&used.authorize(&[])).await.status,
        StatusCode::OK,
        "use slides it"
    );
    world.clock.advance(2 * DAY);
    assert_eq!(
        world.get(&used.authorize(&[])).await.status,
        StatusCode::BAD_REQUEST
    );
}
