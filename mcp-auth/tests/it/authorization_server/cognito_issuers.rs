//! Sign-in at user pools of each issuer type, in each of their regions.

use std::time::Duration;

use http::StatusCode;
use portcullis_auth::{
    CognitoIssuerType, ManualClock, MemoryStore, MockAppClient, MockCognito, MockUser, Timestamp,
    Upstream,
};
use rstest::rstest;

use super::world::*;

async fn world(
    issuer_type: CognitoIssuerType,
    app: MockAppClient,
    configure: impl FnOnce(Upstream) -> Upstream,
) -> World {
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let mock = MockCognito::builder()
        .pool_id("us-west-2_AbC123")
        .aws_issuer_type(issuer_type)
        .resource_server("mcp-server", ["read", "write"])
        .user(MockUser::new(USER, PASSWORD))
        .client(app)
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let secret = "app-secret".to_owned();
    let upstream = Upstream::cognito(mock.pool_id(), mock.origin(), "app", secret);
    let upstream = configure(upstream.endpoint(mock.origin()));
    World::around(mock, clock, |builder| {
        builder.store(MemoryStore::new()).upstream(upstream)
    })
}

async fn signs_in_and_refreshes(world: &World) {
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.clock.advance(Duration::from_secs(3600));
    let refreshed = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
}

#[rstest]
#[tokio::test]
async fn a_pool_of_either_issuer_type_signs_people_in(
    #[values(CognitoIssuerType::Original, CognitoIssuerType::Updated)] of: CognitoIssuerType,
) {
    signs_in_and_refreshes(&world(of, app_client(), |it| it.issuer_type(of)).await).await;
}

#[tokio::test]
async fn a_pool_whose_trigger_adds_the_client_as_audience_signs_people_in() {
    let app = app_client().audience_by_trigger();
    signs_in_and_refreshes(&world(CognitoIssuerType::Original, app, |it| it).await).await;
}

#[tokio::test]
async fn t05_the_other_issuer_type_is_not_the_providers() {
    let world = world(CognitoIssuerType::Updated, app_client(), |it| it).await;
    let uri = world.client().await.authorize(&[]);
    let answer = world.browser().sign_in(&uri).await;
    assert_eq!(answer.redirected("error").as_deref(), Some("server_error"));
}

#[tokio::test]
async fn a_sign_in_goes_on_in_another_region_of_the_pool() {
    let original = CognitoIssuerType::Original;
    let world = world(original, app_client(), |it| it.replica_region("eu-west-1")).await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.mock().sign_in_region("eu-west-1").unwrap();
    world.clock.advance(Duration::from_secs(3600));
    let refreshed = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    signs_in_and_refreshes(&world).await;
}
