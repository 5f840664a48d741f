//! A resource server in the same process.

use std::time::Duration;

use axum::{Router, body::Body, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, StatusCode};
use portcullis_auth::{AuthLayer, AuthScheme as _, MemoryStore, MockUser, ResourceIdentifier};
use serde_json::json;
use tower::ServiceExt as _;

use super::{
    provider::{Provider, UPSTREAM_ACCESS, UPSTREAM_REFRESH},
    world::*,
};

pub(crate) fn door(world: &World, resource: &str) -> Router {
    let resource = ResourceIdentifier::new(resource).unwrap();
    let auth = world.oauth.verifier().for_resource(&resource).unwrap();
    assert_eq!(auth.authorization_servers()[0].as_str(), ISSUER);
    let layer = AuthLayer::new(auth, &resource, "mcp-server/read".parse().unwrap());
    Router::new().route("/", get(async || "in")).layer(layer)
}

pub(crate) async fn knock(door: &Router, token: &str) -> StatusCode {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).unwrap();
    door.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_token_opens_its_own_resource_only() {
    let world = World::with(|builder| {
        builder
            .store(MemoryStore::new())
            .resource(OTHER_RESOURCE, ["other"])
    })
    .await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    assert_eq!(
        knock(&door(&world, RESOURCE), &tokens.access).await,
        StatusCode::OK
    );
    let other = knock(&door(&world, OTHER_RESOURCE), &tokens.access).await;
    assert_eq!(other, StatusCode::UNAUTHORIZED, "S-9");
    let refresh = knock(&door(&world, RESOURCE), &tokens.refresh).await;
    assert_eq!(refresh, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn t21_a_revoked_grant_stops_at_once_although_the_token_was_remembered() {
    let world = World::new().await;
    let door = door(&world, RESOURCE);
    let client = world.client().await;
    let tokens = client.tokens().await;
    let others = client.tokens().await;
    for _ in 0..3 {
        assert_eq!(knock(&door, &tokens.access).await, StatusCode::OK);
        assert_eq!(knock(&door, &others.access).await, StatusCode::OK);
    }
    client.revoke(&tokens.refresh).await;
    assert_eq!(knock(&door, &tokens.access).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        knock(&door, &others.access).await,
        StatusCode::OK,
        "and nobody else"
    );
}

#[tokio::test]
async fn t17_the_tokens_of_a_replayed_code_stop_at_once() {
    let world = World::new().await;
    let door = door(&world, RESOURCE);
    let client = world.client().await;
    let code = client.code().await;
    let tokens = Tokens::of(&client.redeem(&code, &[]).await);
    assert_eq!(knock(&door, &tokens.access).await, StatusCode::OK);
    client.redeem(&code, &[]).await;
    assert_eq!(knock(&door, &tokens.access).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn t03_a_token_ends_after_ten_minutes() {
    let world = World::new().await;
    let door = door(&world, RESOURCE);
    let minted = world
        .oauth
        .mint_bearer(
            &MockUser::new("alice", "secret"),
            RESOURCE,
            Some("mcp-server/read"),
        )
        .await;
    let minted = minted.unwrap();
    assert_eq!(minted.expires_at.as_secs(), NOW + 600);
    assert_eq!(knock(&door, minted.token.expose()).await, StatusCode::OK);
    world.clock.advance(std::time::Duration::from_secs(630));
    let late = knock(&door, minted.token.expose()).await;
    assert_eq!(late, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bearer_is_minted_only_within_what_the_server_offers() {
    let world = World::new().await;
    let alice = MockUser::new("alice", "secret");
    let nobody = alice.clone().subject("");
    for (user, resource, scopes) in [
        (&alice, OTHER_RESOURCE, None),
        (&alice, RESOURCE, Some("admin")),
        (&nobody, RESOURCE, None),
    ] {
        let minted = world.oauth.mint_bearer(user, resource, scopes).await;
        assert!(minted.is_err());
    }
}

#[test]
fn an_unknown_resource_is_found_when_the_server_is_built() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let resource = ResourceIdentifier::new(OTHER_RESOURCE).unwrap();
    let Err(error) = world.oauth.verifier().for_resource(&resource) else {
        panic!("must not be built");
    };
    assert!(error.to_string().contains(OTHER_RESOURCE), "{error}");
}

#[tokio::test]
async fn t25_s03_upstream_tokens_never_reach_the_client() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    let (_, claims) = tokens.access.split_once('.').unwrap();
    let (claims, _) = claims.split_once('.').unwrap();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let claims: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&claims).unwrap();
    let mut names: Vec<_> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "aud",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "scope",
        "sid",
        "sub",
        "username",
    ];
    assert_eq!(names, expected);
    let upstream = world.mock().access_token("app", USER).issue().unwrap();
    let status = knock(&door(&world, RESOURCE), &upstream).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "S-10");
}

/// Everything that comes back from a sign-in and from refreshes, as it is and decoded, beside the tokens
/// that the provider gave.
#[tokio::test]
async fn t25_s03_nothing_that_the_client_receives_has_an_upstream_token_in_it() {
    let provider = Provider::start(json!({})).await;
    let world = provider.world(|builder| builder);
    let client = world.client().await;
    let mut browser = world.browser();
    let authorize = client.authorize(&[]);
    let callback = provider.sign_in(&world, &mut browser, &authorize, json!({}));
    let callback = callback.await;
    let back = browser.get(&callback).await;
    let tokens = client.redeem(&back.redirected("code").unwrap(), &[]).await;
    world.clock.advance(Duration::from_secs(3600));
    let refreshed = client.refresh(&tokens.text("refresh_token"), &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);

    let mut received = format!("{back:?}{tokens:?}{refreshed:?}");
    for answer in [&tokens, &refreshed] {
        for name in ["access_token", "refresh_token"] {
            for part in answer.text(name).split('.') {
                let decoded = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
                received += &String::from_utf8_lossy(&decoded);
            }
        }
    }
    assert!(received.contains("\"sub\":\"alice\""), "{received}");
    let id_token = world.secrets.lock().unwrap();
    let id_token = id_token.iter().find(|secret| secret.starts_with("eyJ"));
    for upstream in [UPSTREAM_ACCESS, UPSTREAM_REFRESH, id_token.unwrap()] {
        assert!(!received.contains(upstream), "{upstream}: {received}");
        let encoded = URL_SAFE_NO_PAD.encode(upstream);
        assert!(!received.contains(&encoded), "{upstream}: {received}");
    }
}
