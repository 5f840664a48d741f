//! T20: refresh tokens rotate, are forgiving for two minutes, and betray their theft.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use portcullis_auth::{MockEndpoint, MockFault};

use super::world::*;

impl Client {
    /// The tokens of a sign-in for both scopes of the resource.
    pub(crate) async fn tokens_for_both_scopes(&self) -> Tokens {
        let both = self.authorize(&[("scope", "mcp-server/read mcp-server/write")]);
        let answer = self.world.browser().sign_in(&both).await;
        let code = answer.redirected("code").unwrap();
        Tokens::of(&self.redeem(&code, &[]).await)
    }
}

#[tokio::test]
async fn t20_s14_each_use_rotates_and_an_old_token_revokes_the_family() {
    let world = World::new().await;
    let client = world.client().await;
    let mut tokens = vec![client.tokens().await.refresh];
    for _ in 0..2 {
        world.clock.advance(Duration::from_secs(60));
        let answer = client.refresh(tokens.last().unwrap(), &[]).await;
        let token = answer.text("refresh_token");
        assert!(!tokens.contains(&token));
        tokens.push(token);
    }
    world.clock.advance(Duration::from_secs(60));
    let reuse = client.refresh(&tokens[0], &[]).await;
    assert_eq!(reuse.error(), "invalid_grant", "superseded 120 s ago");
    let current = client.refresh(&tokens[2], &[]).await;
    assert_eq!(current.error(), "invalid_grant", "the family is revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t20_parallel_refreshes_give_one_and_the_same_result() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    // So that the upstream session is due, and the racers meet at the lease too.
    world.clock.advance(Duration::from_secs(3600));
    let before = world.mock().requests(MockEndpoint::Token);
    let racers = (0..32).map(|_| {
        let (client, token) = (client.clone(), tokens.refresh.clone());
        tokio::spawn(async move { client.refresh(&token, &[]).await })
    });
    let answers = join_all(racers).await;
    let refresh: std::collections::HashSet<_> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().text("refresh_token"))
        .collect();
    assert_eq!(refresh.len(), 1);
    assert_eq!(
        world.mock().requests(MockEndpoint::Token) - before,
        1,
        "asked upstream once"
    );
    let next = client.refresh(refresh.iter().next().unwrap(), &[]).await;
    assert_eq!(next.status, StatusCode::OK);
}

#[tokio::test]
async fn t20_resource_and_scope_are_checked_before_anything_rotates() {
    let world = World::with(|builder| {
        let store = portcullis_auth::MemoryStore::new();
        builder.store(store).resource(OTHER_RESOURCE, ["other"])
    })
    .await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    for (changes, error) in [
        (vec![("resource", OTHER_RESOURCE)], "invalid_target"),
        (
            vec![("resource", RESOURCE), ("resource", OTHER_RESOURCE)],
            "invalid_target",
        ),
        (
            vec![("scope", "mcp-server/read mcp-server/write")],
            "invalid_scope",
        ),
        (vec![("scope", "mcp-server/write")], "invalid_scope"),
        (vec![("scope", "\"")], "invalid_scope"),
    ] {
        let answer = client.refresh(&tokens.refresh, &changes).await;
        assert_eq!(answer.error(), error, "{changes:?}");
    }
    world.clock.advance(Duration::from_secs(60));
    let good = client
        .refresh(&tokens.refresh, &[("resource", RESOURCE)])
        .await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.body);
}

#[tokio::test]
async fn t20_scopes_can_be_narrowed_and_come_back() {
    let world = World::new().await;
    let client = world.client().await;
    let token = client.tokens_for_both_scopes().await.refresh;
    let narrow = client
        .refresh(&token, &[("scope", "mcp-server/read offline_access")])
        .await;
    assert_eq!(narrow.text("scope"), "mcp-server/read");
    let token = narrow.text("refresh_token");
    let full = client.refresh(&token, &[]).await;
    assert_eq!(full.text("scope"), "mcp-server/read mcp-server/write");
}

#[tokio::test]
async fn s14_an_upstream_fault_is_503_and_nothing_is_lost() {
    let world = World::new().await;
    let client = world.client().await;
    let mut token = client.tokens().await.refresh;
    for fault in [
        MockFault::Status(503),
        MockFault::Status(500),
        MockFault::Status(429),
        MockFault::Disconnect,
        MockFault::Garbage,
    ] {
        world.clock.advance(Duration::from_secs(3600));
        world.mock().fail_next(MockEndpoint::Token, fault, 2);
        for _ in 0..2 {
            let answer = client.refresh(&token, &[]).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
            assert_eq!(answer.error(), "temporarily_unavailable");
            assert!(!answer.header("retry-after").is_empty());
        }
        let good = client.refresh(&token, &[]).await;
        assert_eq!(good.status, StatusCode::OK, "{fault:?}: {}", good.body);
        token = good.text("refresh_token");
    }
}

#[tokio::test]
async fn a55_the_upstream_session_is_asked_only_when_its_token_has_ended() {
    let world = World::new().await;
    let client = world.client().await;
    let mut token = client.tokens().await.refresh;
    let before = world.mock().requests(MockEndpoint::Token);
    for _ in 0..5 {
        world.clock.advance(Duration::from_secs(600));
        token = client.refresh(&token, &[]).await.text("refresh_token");
    }
    assert_eq!(world.mock().requests(MockEndpoint::Token), before);
    world.clock.advance(Duration::from_secs(600));
    client.refresh(&token, &[]).await.text("refresh_token");
    assert_eq!(world.mock().requests(MockEndpoint::Token), before + 1);
}

#[tokio::test]
async fn a55_a_session_that_ended_upstream_ends_the_grant() {
    let world = World::with_app(
        app_client().refresh_token_lifetime(Duration::from_secs(7200)),
        |builder| builder.store(portcullis_auth::MemoryStore::new()),
    )
    .await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.clock.advance(Duration::from_secs(7300));
    let answer = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(answer.error(), "invalid_grant");
    let again = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(again.error(), "invalid_grant");
}

#[tokio::test]
async fn t20_an_upstream_that_rotates_its_refresh_tokens_is_followed() {
    let world = World::with_app(
        app_client().rotate_refresh_tokens(Duration::from_secs(0)),
        |builder| builder.store(portcullis_auth::MemoryStore::new()),
    )
    .await;
    let client = world.client().await;
    let mut token = client.tokens().await.refresh;
    for _ in 0..4 {
        world.clock.advance(Duration::from_secs(3600));
        let answer = client.refresh(&token, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        token = answer.text("refresh_token");
    }
}

/// The provider rotates, and then its keys cannot be had: the new token is kept, since the old one is
/// dead.
#[tokio::test]
async fn t20_a_rotated_upstream_token_is_kept_although_the_answer_cannot_be_verified() {
    let world = World::with_app(
        app_client().rotate_refresh_tokens(Duration::from_secs(0)),
        |builder| builder.store(portcullis_auth::MemoryStore::new()),
    )
    .await;
    let client = world.client().await;
    let token = client.tokens().await.refresh;
    // The keys that the sign-in fetched are not believed any more.
    world.clock.advance(Duration::from_secs(2 * 3600));
    let before = world.mock().requests(MockEndpoint::Token);
    world
        .mock()
        .fail_next(MockEndpoint::Jwks, MockFault::Status(503), 1);
    let answer = client.refresh(&token, &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.mock().requests(MockEndpoint::Token), before + 1);
    world.clock.advance(Duration::from_secs(10));
    let answer = client.refresh(&token, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn a_grant_ends_after_30_idle_days_and_after_90_in_all() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let world = World::with_app(app_client().refresh_token_lifetime(365 * DAY), |builder| {
        builder.store(portcullis_auth::MemoryStore::new())
    })
    .await;
    let client = world.client().await;
    let idle = client.tokens().await;
    let mut busy = client.tokens().await.refresh;
    for _ in 0..3 {
        world.clock.advance(29 * DAY);
        busy = client.refresh(&busy, &[]).await.text("refresh_token");
    }
    assert_eq!(
        client.refresh(&idle.refresh, &[]).await.error(),
        "invalid_grant"
    );
    world.clock.advance(3 * DAY);
    assert_eq!(
        client.refresh(&busy, &[]).await.error(),
        "invalid_grant",
        "after 90 days"
    );
}

/// A client hangs up while its refresh waits for the provider. The request goes on until the provider's
/// time is up and gives its lease back, for which the next request waits.
#[tokio::test]
async fn t20_a_client_that_hangs_up_leaves_no_lease_behind() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.clock.advance(Duration::from_secs(3600));
    world
        .mock()
        .fail_next(MockEndpoint::Token, MockFault::Hang, 1);
    let before = world.mock().requests(MockEndpoint::Token);
    let (leaving, token) = (client.clone(), tokens.refresh.clone());
    let request = tokio::spawn(async move { leaving.refresh(&token, &[]).await });
    while world.mock().requests(MockEndpoint::Token) == before {
        tokio::task::yield_now().await;
    }
    request.abort();
    let next = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(next.status, StatusCode::OK, "{}", next.body);
}
