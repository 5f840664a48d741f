//! What the original system got wrong at this door.

use aws_lc_rs::hmac;
use axum::{body::Body, extract::Request};
use portcullis_auth::{Cognito, ManualClock, Oidc, Timestamp};
use rstest::rstest;
use serde_json::json;

use crate::{
    door::{Door, RESOURCE},
    issuer::{Signer, Site, encode, jwks},
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";

async fn door(signer: &Signer) -> (Door, Site) {
    let site = Site::start().await;
    site.set("/jwks", 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let oidc = Oidc::issuer(ISSUER).jwks_uri(site.url("/jwks"));
    (Door::new(oidc.clock(clock)), site)
}

#[tokio::test]
async fn s01_a_token_that_anybody_can_mint_is_refused() {
    let header = json!({ "alg": "HS256", "kid": "mcp-1", "typ": "JWT" }).to_string();
    let claims = json!({ "aud": "mcp-server" }).to_string();
    let input = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let secret = hmac::Key::new(hmac::HMAC_SHA256, b"your-secret-key");
    let tag = hmac::sign(&secret, input.as_bytes());
    let token = format!("{input}.{}", encode(tag.as_ref()));

    let (oidc, _site) = door(&Signer::ec("k1")).await;
    oidc.knock(&token).await.is_refused();
    let cognito = Cognito::user_pool("us-west-2_AbC123").client("1a2b3c");
    Door::new(cognito).knock(&token).await.is_refused();
}

#[tokio::test]
async fn s09_a_token_for_another_server_is_refused_with_this_servers_metadata() {
    let signer = Signer::ec("k1");
    let (door, _site) = door(&signer).await;
    let aud = "https://mcp.example.com/other/mcp";
    let claims = json!({ "iss": ISSUER, "sub": "alice", "aud": aud, "exp": NOW + 60 });
    let answer = door.knock(&signer.access_token(&claims)).await;
    answer.is_refused();
    assert!(
        answer
            .challenge
            .unwrap()
            .contains("/oauth-protected-resource/weather/mcp\"")
    );
}

#[tokio::test]
async fn s12_the_subject_is_the_user_and_not_the_client() {
    let signer = Signer::ec("k1");
    let (door, _site) = door(&signer).await;
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "client_id": "app", "aud": RESOURCE, "exp": NOW + 60,
    });
    let answer = door.knock(&signer.access_token(&claims)).await;
    answer.is("alice");
    assert_eq!(answer.body["client"], "app");
}

#[rstest]
#[case("host", "evil.example")]
#[case("host", "mcp.example.com\", resource_metadata=\"https://evil.example")]
#[case("x-forwarded-host", "evil.example")]
#[case("x-forwarded-proto", "http")]
#[case("forwarded", "host=evil.example;proto=http")]
#[tokio::test]
async fn s17_no_header_changes_where_clients_are_sent(#[case] name: &str, #[case] value: &str) {
    let (door, _site) = door(&Signer::ec("k1")).await;
    let honest = door.knock_with(&[]).await;
    let request = Request::post("/weather/mcp").header(name, value);
    let spoofed = door.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(spoofed.challenge, honest.challenge);
    assert_eq!(spoofed.body, honest.body);
}

#[tokio::test]
async fn s21_a_second_token_asks_the_issuer_for_nothing() {
    let signer = Signer::ec("k1");
    let (door, site) = door(&signer).await;
    for sub in ["alice", "bob", "carol"] {
        let claims = json!({ "iss": ISSUER, "sub": sub, "aud": RESOURCE, "exp": NOW + 60 });
        door.knock(&signer.access_token(&claims)).await.is(sub);
    }
    assert_eq!(site.hits("/jwks"), 1);
}
