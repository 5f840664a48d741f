//! T20: several programs share a stored refresh token, and come with copies of several ages.

use std::time::Duration;

use http::StatusCode;
use portcullis_auth::{
    Lifetimes, MemoryStore, MockEndpoint, RecordKind, RefreshTokenReuse, Timestamp,
};

use super::{flow::part, footprint::Scale, world::*};

fn with_grace(grace: Duration) -> Lifetimes {
    let mut lifetimes = Lifetimes::default();
    lifetimes.grace = grace;
    lifetimes
}

impl World {
    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

impl Client {
    /// Refreshes once in `every` seconds; gives each token, the newest last.
    async fn rotate(&self, first: String, times: usize, every: u64) -> Vec<String> {
        let mut tokens = vec![first];
        for _ in 0..times {
            self.world.wait(every);
            let answer = self.refresh(tokens.last().unwrap(), &[]).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let token = answer.text("refresh_token");
            assert!(!tokens.contains(&token), "rotated");
            tokens.push(token);
        }
        tokens
    }
}

#[tokio::test]
async fn t20_a_straggler_of_parallel_calls_ends_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let first = client.tokens().await.refresh;
    let tokens = client.rotate(first, 2, 10).await;
    let straggler = client.refresh(&tokens[0], &[]).await;
    assert_eq!(straggler.text("refresh_token"), tokens[2]);
    world.wait(10);
    let next = client.refresh(&tokens[2], &[]).await;
    assert_eq!(next.status, StatusCode::OK, "{}", next.body);
}

#[tokio::test]
async fn t20_any_generation_within_the_grace_gets_the_current_tokens() {
    let world = World::new().await;
    let client = world.client().await;
    let first = client.tokens().await.refresh;
    let tokens = client.rotate(first, 4, 30).await;
    world.wait(29);
    // Superseded 119, 89, 59 and 29 s ago.
    for token in &tokens {
        let answer = client.refresh(token, &[]).await;
        if token == &tokens[4] {
            continue;
        }
        assert_eq!(answer.text("refresh_token"), tokens[4]);
        assert_eq!(
            answer.json()["expires_in"],
            571,
            "the same, not a longer life"
        );
    }
    world.wait(1);
    let late = client.refresh(&tokens[0], &[]).await;
    assert_eq!(late.error(), "invalid_grant", "superseded 120 s ago");
    let current = client.refresh(&tokens[4], &[]).await;
    assert_eq!(current.error(), "invalid_grant", "the family is revoked");
}

#[tokio::test]
async fn t20_a_generation_that_is_seconds_old_is_not_rotated_again() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.wait(9);
    let again = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(again.text("refresh_token"), tokens.refresh);
    let claims = part(&again.text("access_token"), 1);
    assert_eq!(claims, part(&tokens.access, 1));
    world.wait(1);
    let next = client.refresh(&tokens.refresh, &[]).await;
    assert_ne!(next.text("refresh_token"), tokens.refresh);
    assert_ne!(part(&next.text("access_token"), 1), claims);
}

#[tokio::test]
async fn t20_tokens_that_are_given_again_have_the_scopes_that_were_asked_for() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens_for_both_scopes().await;
    let token = tokens.refresh;
    let narrow = [("scope", "mcp-server/read")];

    let few = client.refresh(&token, &narrow).await;
    assert_eq!(few.text("scope"), "mcp-server/read");
    assert_eq!(few.text("refresh_token"), token, "not rotated");
    let claims = part(&few.text("access_token"), 1);
    assert_eq!(claims["scope"], "mcp-server/read");
    assert_ne!(claims["jti"], part(&tokens.access, 1)["jti"]);
    let all = client.refresh(&token, &[]).await;
    let claims = part(&all.text("access_token"), 1);
    assert_eq!(claims, part(&tokens.access, 1));

    // The same within the grace, when the current access token is the narrow one.
    world.wait(10);
    let second = client.refresh(&token, &narrow).await;
    let old = client.refresh(&token, &[]).await;
    assert_eq!(old.text("refresh_token"), second.text("refresh_token"));
    assert_eq!(old.text("scope"), "mcp-server/read mcp-server/write");
}

/// An access token of other scopes is a new one, which lives longer than the one that is given again.
#[tokio::test]
async fn t20_a_new_access_token_is_not_made_when_the_provider_is_due_to_be_asked() {
    let world = World::new().await;
    let client = world.client().await;
    let token = client.tokens_for_both_scopes().await.refresh;
    world.wait(3595);
    let current = client.refresh(&token, &[]).await.text("refresh_token");
    let before = world.mock().requests(MockEndpoint::Token);
    world.wait(5);
    let same = client.refresh(&token, &[]).await;
    assert_eq!(same.text("refresh_token"), current);
    assert_eq!(same.json()["expires_in"], 595);
    assert_eq!(world.mock().requests(MockEndpoint::Token), before);
    let other = client
        .refresh(&token, &[("scope", "mcp-server/read")])
        .await;
    assert_ne!(other.text("refresh_token"), current);
    assert_eq!(world.mock().requests(MockEndpoint::Token), before + 1);
}

/// Whoever presents a token within a long grace gets an access token that is of use.
#[tokio::test]
async fn t20_with_a_long_grace_an_old_copy_brings_tokens_that_live() {
    let world = World::with(|builder| {
        let store = builder.store(MemoryStore::new());
        store.lifetimes(with_grace(Duration::from_secs(3600)))
    })
    .await;
    let client = world.client().await;
    let first = client.tokens().await.refresh;
    let tokens = client.rotate(first, 1, 10).await;
    world.wait(299);
    let repeated = client.refresh(&tokens[0], &[]).await;
    assert_eq!(repeated.text("refresh_token"), tokens[1]);
    assert_eq!(repeated.json()["expires_in"], 301);
    world.wait(3300);
    let late = client.refresh(&tokens[0], &[]).await;
    assert_eq!(late.json()["expires_in"], 600, "3,599 s later");
    let third = late.text("refresh_token");
    assert_ne!(third, tokens[1]);
    let other = client.refresh(&tokens[1], &[]).await;
    assert_eq!(other.text("refresh_token"), third);
    world.wait(1);
    let too_late = client.refresh(&tokens[0], &[]).await;
    assert_eq!(too_late.error(), "invalid_grant");
}

#[tokio::test]
async fn t20_without_a_grace_every_superseded_token_revokes() {
    let world = World::with(|builder| {
        let store = builder.store(MemoryStore::new());
        store.lifetimes(with_grace(Duration::ZERO))
    })
    .await;
    let client = world.client().await;
    let first = client.tokens().await.refresh;
    let tokens = client.rotate(first, 1, 10).await;
    for token in &tokens {
        let answer = client.refresh(token, &[]).await;
        assert_eq!(answer.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn t20_by_a_setting_an_older_token_is_refused_and_ends_nothing() {
    let world = World::with(|builder| {
        let store = builder.store(MemoryStore::new());
        store.refresh_token_reuse(RefreshTokenReuse::Refuse)
    })
    .await;
    let client = world.client().await;
    let first = client.tokens().await.refresh;
    let tokens = client.rotate(first, 1, 10).await;
    world.wait(120);
    let old = client.refresh(&tokens[0], &[]).await;
    assert_eq!(old.error(), "invalid_grant");
    let current = client.refresh(&tokens[1], &[]).await;
    assert_eq!(current.status, StatusCode::OK, "{}", current.body);
}

/// Every generation of the longest grace, in one record of a few kilobytes.
#[tokio::test]
async fn t20_a_grant_remembers_each_generation_of_an_hour_and_no_more() {
    let scale = Scale::default();
    let world = World::with(|builder| {
        let store = builder.store(scale.clone());
        store.lifetimes(with_grace(Duration::from_secs(3600)))
    })
    .await;
    let client = world.client().await;
    let first = client.tokens().await.refresh;
    let tokens = client.rotate(first, 400, 10).await;
    let size = scale.largest(RecordKind::Grant);
    assert!((4096..8192).contains(&size), "{size}");
    world.wait(9);
    let oldest = &tokens[400 - 360];
    let answer = client.refresh(oldest, &[]).await;
    assert_eq!(&answer.text("refresh_token"), tokens.last().unwrap());
    let older = client.refresh(&tokens[400 - 361], &[]).await;
    assert_eq!(older.error(), "invalid_grant");
}

#[tokio::test]
async fn t20_a_clock_that_is_set_back_ends_no_sign_in() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.rotate(client.tokens().await.refresh, 1, 60).await;
    world.clock.set(Timestamp::from_secs(NOW - 3600));
    let answer = client.refresh(&tokens[1], &[]).await;
    let issued_at = part(&answer.text("access_token"), 1)["iat"].clone();
    assert_eq!(issued_at, NOW - 3600, "and not an hour ahead");
    // As little as two replicas' clocks differ by, it is not heard of.
    world.clock.set(Timestamp::from_secs(NOW - 3605));
    let again = client.refresh(&tokens[1], &[]).await;
    assert_eq!(again.text("refresh_token"), answer.text("refresh_token"));
}
