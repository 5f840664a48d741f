//! `Cognito` against a pool that somebody else wrote.

use std::time::Duration;

use portcullis_auth::{
    Cognito, ManualClock, MockAppClient, MockCognito, MockEndpoint, MockUser, Timestamp,
};
use serde_json::json;

use crate::door::{Door, RESOURCE};

struct Town {
    pool: MockCognito,
    clock: ManualClock,
    door: Door,
}

async fn town() -> Town {
    let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
    let scopes = ["openid", "mcp-server/read"];
    let pool = MockCognito::builder()
        .pool_id("us-west-2_AbC123")
        .aws_issuer()
        .clock(clock.clone())
        .resource_server("mcp-server", ["read"])
        .user(
            MockUser::new("alice", "TestPass123!")
                .subject("u-1")
                .group("staff"),
        )
        .client(
            MockAppClient::new("app")
                .callback("http://localhost/cb")
                .scopes(scopes),
        )
        .client(
            MockAppClient::new("other")
                .callback("http://localhost/cb")
                .scopes(scopes),
        )
        .client(MockAppClient::machine("robot", "s3cr3t").scopes(["mcp-server/read"]))
        .start()
        .await
        .unwrap();
    let cognito = Cognito::user_pool(pool.pool_id()).endpoint(pool.origin());
    let door = Door::new(cognito.client("app").client("robot").clock(clock.clone()));
    Town { pool, clock, door }
}

#[tokio::test]
async fn t06_tokens_of_a_whole_pool_are_told_apart() {
    let Town { pool, door, .. } = town().await;
    let alice = door
        .knock(&pool.access_token("app", "alice").issue().unwrap())
        .await;
    alice.is("u-1");
    assert_eq!(alice.body["kind"], "User");
    assert_eq!(alice.body["username"], "alice");
    assert_eq!(alice.body["groups"], json!(["staff"]));
    assert_eq!(alice.body["scopes"], "openid mcp-server/read");

    let robot = door
        .knock(&pool.client_credentials_token("robot").issue().unwrap())
        .await;
    robot.is("robot");
    assert_eq!(robot.body["kind"], "Machine");

    let bound = pool
        .access_token("app", "alice")
        .resource(RESOURCE)
        .issue()
        .unwrap();
    door.knock(&bound).await.is("u-1");
    for refused in [
        pool.id_token("app", "alice"),
        pool.access_token("other", "alice"),
        pool.access_token("other", "alice").resource(RESOURCE),
        pool.access_token("app", "alice")
            .resource("https://mcp.example.com/other/mcp"),
        pool.access_token("app", "alice").without("token_use"),
    ] {
        door.knock(&refused.issue().unwrap()).await.is_refused();
    }
    assert_eq!(pool.requests(MockEndpoint::Jwks), 1);
}

#[tokio::test]
async fn t08_a_pool_that_rotates_its_keys_signs_nobody_out() {
    let Town { pool, clock, door } = town().await;
    let old = pool.access_token("app", "alice").issue().unwrap();
    door.knock(&old).await.is("u-1");
    pool.rotate_keys().unwrap();
    let new = pool.access_token("app", "alice").issue().unwrap();
    // The set was fetched a moment ago, so the new name may be good: not a 401.
    assert_eq!(door.knock(&new).await.retry_after(), 10);
    clock.advance(Duration::from_secs(10));
    door.knock(&new).await.is("u-1");
    door.knock(&old).await.is("u-1");
}

#[tokio::test]
async fn t05_tokens_of_a_replica_are_taken_where_its_region_was_named() {
    let Town { pool, clock, door } = town().await;
    let cognito = Cognito::user_pool(pool.pool_id()).endpoint(pool.origin());
    let cognito = cognito.client("app").clock(clock);
    let replicated = Door::new(cognito.replica_region("eu-west-1"));
    pool.sign_in_region("eu-west-1").unwrap();
    let token = pool.access_token("app", "alice").issue().unwrap();
    door.knock(&token).await.is_refused();
    replicated.knock(&token).await.is("u-1");
    pool.sign_in_region("us-west-2").unwrap();
    let token = pool.access_token("app", "alice").issue().unwrap();
    door.knock(&token).await.is("u-1");
    replicated.knock(&token).await.is("u-1");
}
