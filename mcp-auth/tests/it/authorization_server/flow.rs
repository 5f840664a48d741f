//! The main path.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::{Map, Value};

use super::world::*;

pub(crate) fn part(token: &str, index: usize) -> Map<String, Value> {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a45_register_consent_sign_in_redeem_refresh() {
    let world = World::new().await;
    let client = world.client().await;
    let answer = world.browser().sign_in(&client.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
    let location = answer.location().unwrap();
    assert!(location.as_str().starts_with(REDIRECT), "{location}");
    assert_eq!(answer.redirected("state").as_deref(), Some("client-state"));
    assert_eq!(answer.redirected("iss").as_deref(), Some(ISSUER));

    let code = answer.redirected("code").unwrap();
    let tokens = client.redeem(&code, &[]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let json = tokens.json();
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 600);
    assert!(json["expires_in"].is_u64(), "an integer: F-12");
    assert_eq!(json["scope"], "mcp-server/read");
    assert!(json.get("state").is_none() && json.get("iss").is_none());

    let header = part(&tokens.text("access_token"), 0);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["kid"], "s1");
    let claims = part(&tokens.text("access_token"), 1);
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], RESOURCE);
    assert_eq!(claims["client_id"], client.id);
    assert_eq!(claims["exp"], NOW + 600);
    assert_eq!(claims["iat"], NOW);
    assert_eq!(claims["nbf"], NOW);
    assert_eq!(claims["username"], USER);
    for name in ["sub", "jti", "sid"] {
        assert!(claims[name].is_string(), "{name}");
    }
    // S-12: the user, not the client.
    assert_ne!(claims["sub"], client.id.as_str());

    world.clock.advance(Duration::from_secs(10));
    let refreshed = client.refresh(&tokens.text("refresh_token"), &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    assert_ne!(
        refreshed.text("refresh_token"),
        tokens.text("refresh_token")
    );
    let again = part(&refreshed.text("access_token"), 1);
    assert_eq!(again["sub"], claims["sub"]);
    assert_ne!(again["jti"], claims["jti"]);
}
