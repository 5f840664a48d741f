//! An OpenID provider that is not Cognito: endpoints by discovery, scopes by the token response.

use http::StatusCode;
use portcullis_auth::{MemoryStore, MockEndpoint, MockFault, Upstream};

use super::world::*;

async fn world() -> World {
    let cognito = World::new().await;
    let mock = cognito.mock().clone();
    let upstream = Upstream::oidc(mock.issuer().as_str(), "app", "app-secret".to_owned())
        .groups_claim("cognito:groups");
    World::around(mock, cognito.clock, |builder| {
        builder
            .store(MemoryStore::new())
            .upstream(upstream)
            .resource(OTHER_RESOURCE, ["publish"])
            .scope_for_group("publish", "publishers")
    })
}

#[tokio::test]
async fn an_openid_provider_is_found_by_its_issuer() {
    let world = world().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.clock.advance(std::time::Duration::from_secs(3600));
    let refreshed = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    assert_eq!(refreshed.text("scope"), "mcp-server/read");
}

#[tokio::test]
async fn groups_come_from_the_id_token() {
    let world = world().await;
    let client = world.client().await;
    let uri = client.authorize(&[("scope", "publish"), ("resource", OTHER_RESOURCE)]);
    let mut browser = world.browser();
    assert!(browser.sign_in(&uri).await.redirected("code").is_some());
    let mut stranger = world.browser();
    stranger.user = OTHER_USER;
    let answer = stranger.sign_in(&uri).await;
    assert_eq!(answer.redirected("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn failed_discovery_is_503_and_tried_again() {
    let world = world().await;
    let client = world.client().await;
    world
        .mock()
        .fail_next(MockEndpoint::Discovery, MockFault::Status(500), 1);
    let mut browser = world.browser();
    let answer = browser.consent(&client.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let answer = browser.consent(&client.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
}
