//! T18: what one user may hold of the store.

use std::time::Duration;

use http::StatusCode;
use portcullis_auth::{AuthorizationServer, AuthorizationServerBuilder, MemoryStore, Upstream};

use super::world::*;

async fn world_of(grants: usize, records: usize) -> World {
    let settings = |builder: AuthorizationServerBuilder| {
        builder
            .max_grants_per_user(grants)
            .store(MemoryStore::with_capacity(records))
    };
    World::with(settings).await
}

impl Client {
    async fn is_signed_in(&self, tokens: &Tokens) -> bool {
        let answer = self.refresh(&tokens.refresh, &[]).await;
        answer.status == StatusCode::OK
    }

    /// Signs in as somebody else, in a browser of their own.
    async fn tokens_of_another_user(&self) -> Tokens {
        let mut browser = self.world.browser();
        browser.user = OTHER_USER;
        let answer = browser.sign_in(&self.authorize(&[])).await;
        let code = answer.redirected("code").unwrap();
        Tokens::of(&self.redeem(&code, &[]).await)
    }

    /// A sign-in a minute after the one before.
    async fn next_tokens(&self) -> Tokens {
        self.world.clock.advance(Duration::from_secs(60));
        self.tokens().await
    }
}

#[tokio::test]
async fn t18_the_grant_that_was_not_used_for_longest_makes_way() {
    let world = world_of(3, 100).await;
    let client = world.client().await;
    let others = client.tokens_of_another_user().await;
    let first = client.next_tokens().await;
    let second = client.next_tokens().await;
    let third = client.next_tokens().await;
    world.clock.advance(Duration::from_secs(60));
    let answer = client.refresh(&first.refresh, &[]).await;
    let first = Tokens::of(&answer);

    let fourth = client.next_tokens().await;

    assert!(!client.is_signed_in(&second).await, "unused for longest");
    for kept in [&first, &third, &fourth, &others] {
        assert!(client.is_signed_in(kept).await);
    }
}

#[tokio::test]
async fn t18_a_client_that_signs_in_again_ends_its_own_grants_first() {
    let world = world_of(3, 100).await;
    let (desk, phone) = (world.client().await, world.client().await);
    let oldest = desk.tokens().await;
    let first = phone.next_tokens().await;
    let second = phone.next_tokens().await;

    let third = phone.next_tokens().await;

    assert!(!phone.is_signed_in(&first).await);
    assert!(desk.is_signed_in(&oldest).await, "another client's");
    assert!(phone.is_signed_in(&second).await && phone.is_signed_in(&third).await);
}

#[tokio::test]
async fn t18_grants_that_ended_take_no_room_for_ever() {
    // Three grants, their list, the sign-ins of the last ten minutes, consents.
    let world = world_of(3, 20).await;
    let client = world.client().await;
    for _ in 0..40 {
        let tokens = client.next_tokens().await;
        let revoked = client.revoke(&tokens.refresh).await;
        assert_eq!(revoked.status, StatusCode::OK);
    }
    let last = client.next_tokens().await;
    assert!(client.is_signed_in(&last).await);
}

#[test]
fn a_number_of_grants_out_of_bounds_does_not_build() {
    for grants in [0, 257] {
        let (signing, sealing) = keys();
        let built = AuthorizationServer::builder(ISSUER)
            .upstream(Upstream::cognito(
                "us-west-2_AbC123",
                "https://login.example.com",
                "app",
                None,
            ))
            .resource(RESOURCE, ["mcp-server/read"])
            .store(MemoryStore::new())
            .keys(signing, sealing)
            .max_grants_per_user(grants)
            .build();
        assert_eq!(built.unwrap_err().setting(), "max_grants_per_user");
    }
}
