//! Rule 4: a token is verified once, and forgotten in time.

use std::time::Duration;

use portcullis_auth::{ManualClock, Oidc, ResourceIdentifier, Timestamp};
use serde_json::json;

use crate::{
    door::{Door, RESOURCE},
    issuer::{Signer, Site, jwks},
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";

#[tokio::test]
async fn t03_a_remembered_token_ends_when_it_expires() {
    let site = Site::start().await;
    let signer = Signer::ec("k1");
    site.set("/jwks", 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let oidc = Oidc::issuer(ISSUER)
        .jwks_uri(site.url("/jwks"))
        .clock(clock.clone());
    let door = Door::new(oidc);
    let claims = json!({ "iss": ISSUER, "sub": "alice", "aud": RESOURCE, "exp": NOW + 100 });
    let token = signer.access_token(&claims);
    door.knock(&token).await.is("alice");
    clock.advance(Duration::from_secs(129));
    door.knock(&token).await.is("alice");
    clock.advance(Duration::from_secs(1));
    door.knock(&token).await.is_refused();
}

#[tokio::test]
async fn a_remembered_token_is_remembered_whole() {
    let site = Site::start().await;
    let signer = Signer::ec("k1");
    site.set("/jwks", 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let door = Door::new(
        Oidc::issuer(ISSUER)
            .jwks_uri(site.url("/jwks"))
            .clock(clock),
    );
    let claims = json!({ "iss": ISSUER, "sub": "alice", "aud": RESOURCE, "exp": NOW + 100 });
    let token = signer.access_token(&claims);
    door.knock(&token).await.is("alice");
    for changed in [&token[1..], &token[..token.len() - 1], &format!("{token}A")] {
        door.knock(changed).await.is_refused();
    }
    // Two headers are two headers, also when the token is known.
    let credential = format!("Bearer {token}");
    assert_eq!(
        door.knock_with(&[&credential, &credential]).await.status,
        400
    );
    door.knock_with(&[&format!("bearer  {token}")])
        .await
        .is("alice");
}

/// Each binding has a memory of its own, because each has an audience of its own.
#[tokio::test]
async fn s09_a_token_remembered_at_one_resource_is_unknown_at_another() {
    let site = Site::start().await;
    let signer = Signer::ec("k1");
    site.set("/jwks", 200, jwks([signer.jwk()]));
    let oidc = Oidc::issuer(ISSUER)
        .jwks_uri(site.url("/jwks"))
        .clock(ManualClock::at(Timestamp::from_secs(NOW)));
    let other = ResourceIdentifier::new("https://mcp.example.com/other/mcp").unwrap();
    let here = Door::new(oidc.clone());
    let there = Door::of(oidc, &other);
    let token = |audience: &str| {
        let claims = json!({ "iss": ISSUER, "sub": "alice", "aud": audience, "exp": NOW + 100 });
        signer.access_token(&claims)
    };
    let (for_here, for_there) = (token(RESOURCE), token(other.as_str()));
    for _ in 0..2 {
        here.knock(&for_here).await.is("alice");
        there.knock(&for_here).await.is_refused();
        there.knock(&for_there).await.is("alice");
        here.knock(&for_there).await.is_refused();
    }
}
