use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode, header::CACHE_CONTROL};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use serde_json::{Value, json};

use super::browser::*;

#[tokio::test]
async fn code_flow_gives_tokens_with_cognitos_claims_and_omissions() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let back = sign_in(&router, &[("nonce", "a-nonce")]).await;
    assert_eq!(back.status, StatusCode::FOUND);
    assert_eq!(back.redirected("state").as_deref(), Some("a-state"));
    let answer = redeem(&router, &back.redirected("code").unwrap(), &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    let body = answer.json();
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["token_type"], "Bearer");
    assert!(body.get("scope").is_none());

    let access = answer.text("access_token");
    let header = part(&access, 0);
    assert_eq!(header.keys().collect::<Vec<_>>(), ["alg", "kid"]);
    let claims = part(&access, 1);
    for (name, value) in [
        ("iss", json!("http://localhost:9229/us-west-2_AbC123")),
        ("token_use", json!("access")),
        ("client_id", json!("app")),
        ("username", json!(USER)),
        ("scope", json!("openid mcp-server/read")),
        ("cognito:groups", json!(["publishers"])),
        ("version", json!(2)),
        ("auth_time", json!(NOW)),
        ("iat", json!(NOW)),
        ("exp", json!(NOW + 3600)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    for name in ["sub", "jti", "origin_jti", "event_id"] {
        assert_eq!(claims[name].as_str().unwrap().len(), 36, "{name}");
    }
    assert!(!claims.contains_key("aud") && !claims.contains_key("nbf"));

    let id = part(&answer.text("id_token"), 1);
    for (name, value) in [
        ("aud", json!("app")),
        ("token_use", json!("id")),
        ("nonce", json!("a-nonce")),
        ("cognito:username", json!(USER)),
        ("email", json!(USER)),
        ("sub", claims["sub"].clone()),
    ] {
        assert_eq!(id[name], value, "{name}");
    }
    assert!(!id.contains_key("client_id") && !id.contains_key("scope"));
}

#[tokio::test]
async fn access_and_id_tokens_are_signed_by_the_two_keys_of_the_set() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let answer = tokens(&router, &[]).await;
    let document = get(&router, "/us-west-2_AbC123/.well-known/jwks.json", None).await;
    let keys: JwkSet = serde_json::from_str(&document.body).unwrap();
    assert_eq!(keys.keys.len(), 2);
    let mut used = Vec::new();
    for token in [answer.text("access_token"), answer.text("id_token")] {
        let kid = part(&token, 0)["kid"].as_str().unwrap().to_owned();
        let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_aud = false;
        rules.validate_exp = false;
        decode::<Value>(&token, &key, &rules).unwrap();
        used.push(kid);
    }
    assert_ne!(used[0], used[1]);
}

#[tokio::test]
async fn a_code_works_once() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let code = sign_in(&router, &[]).await.redirected("code").unwrap();
    assert_eq!(redeem(&router, &code, &[]).await.status, StatusCode::OK);
    refused(&redeem(&router, &code, &[]).await, "invalid_grant");
}

#[tokio::test]
async fn a_code_ends_after_five_minutes() {
    let (mock, clock) = pool(|app| app);
    let router = mock.router();
    let code = sign_in(&router, &[]).await.redirected("code").unwrap();
    clock.advance(Duration::from_secs(300));
    refused(&redeem(&router, &code, &[]).await, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_bound_to_verifier_redirect_and_client() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    for change in [
        ("code_verifier", "another-verifier-another-verifier-another"),
        ("code_verifier", ""),
        ("redirect_uri", "http://localhost:8080/callback/"),
    ] {
        let code = sign_in(&router, &[]).await.redirected("code").unwrap();
        refused(&redeem(&router, &code, &[change]).await, "invalid_grant");
        // A wrong try spends the code.
        refused(&redeem(&router, &code, &[]).await, "invalid_grant");
    }
    refused(&redeem(&router, "guessed", &[]).await, "invalid_grant");
    let of_other = [("client_id", "public"), ("scope", "")];
    let code = sign_in(&router, &of_other)
        .await
        .redirected("code")
        .unwrap();
    refused(&redeem(&router, &code, &[]).await, "invalid_grant");
}

#[tokio::test]
async fn pkce_is_optional_but_a_verifier_needs_a_challenge() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = sign_in(&router, &none).await.redirected("code").unwrap();
    let without = redeem(&router, &code, &[("code_verifier", "")]).await;
    assert_eq!(without.status, StatusCode::OK);
    let code = sign_in(&router, &none).await.redirected("code").unwrap();
    refused(&redeem(&router, &code, &[]).await, "invalid_grant");
}

#[tokio::test]
async fn the_client_must_prove_itself() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for basic in [
        Some("app:wrong"),
        Some("app:"),
        Some("nobody:app-secret"),
        Some("app"),
    ] {
        let answer = post(&router, "/oauth2/token", basic, &form).await;
        refused(&answer, "invalid_client");
    }
    let with = |extra: &[(&'static str, &'static str)]| [&form[..], extra].concat();
    let missing = with(&[("client_id", "app")]);
    refused(
        &post(&router, "/oauth2/token", None, &missing).await,
        "invalid_client",
    );
    let nobody = with(&[]);
    refused(
        &post(&router, "/oauth2/token", None, &nobody).await,
        "invalid_request",
    );
    let posted = with(&[("client_id", "app"), ("client_secret", "app-secret")]);
    refused(
        &post(&router, "/oauth2/token", None, &posted).await,
        "invalid_grant",
    );
    let public = with(&[("client_id", "public")]);
    refused(
        &post(&router, "/oauth2/token", None, &public).await,
        "invalid_grant",
    );
    let surplus = with(&[("client_id", "public"), ("client_secret", "x")]);
    refused(
        &post(&router, "/oauth2/token", None, &surplus).await,
        "invalid_client",
    );
}

#[tokio::test]
async fn refresh_gives_new_tokens_and_no_new_refresh_token() {
    let (mock, clock) = pool(|app| app);
    let router = mock.router();
    let first = tokens(&router, &[("nonce", "n"), ("resource", RESOURCE)]).await;
    clock.advance(Duration::from_secs(3600));
    let second = refresh(&router, &first.text("refresh_token")).await;
    assert_eq!(second.status, StatusCode::OK);
    assert!(second.json().get("refresh_token").is_none());
    let (old, new) = (
        part(&first.text("access_token"), 1),
        part(&second.text("access_token"), 1),
    );
    for same in [
        "sub",
        "origin_jti",
        "auth_time",
        "scope",
        "aud",
        "client_id",
    ] {
        assert_eq!(old[same], new[same], "{same}");
    }
    assert_ne!(old["jti"], new["jti"]);
    assert_eq!(new["iat"], json!(NOW + 3600));
    assert!(!part(&second.text("id_token"), 1).contains_key("nonce"));
}

#[tokio::test]
async fn a_refresh_token_ends_and_cannot_be_forged() {
    let (mock, clock) = pool(|app| app.refresh_token_lifetime(Duration::from_secs(3600)));
    let router = mock.router();
    let token = tokens(&router, &[]).await.text("refresh_token");
    let (head, last) = token.split_at(token.len() - 4);
    let flipped = format!("{head}{}", if last == "AAAA" { "BBBB" } else { "AAAA" });
    for forged in [&token[1..], head, &flipped, "", "!"] {
        let answer = refresh(&router, forged).await;
        assert!(answer.status.is_client_error(), "{forged}");
    }
    clock.advance(Duration::from_secs(3600));
    refused(&refresh(&router, &token).await, "invalid_grant");
}

#[tokio::test]
async fn rotation_ends_the_old_refresh_token_after_its_grace() {
    let (mock, clock) = pool(|app| app.rotate_refresh_tokens(Duration::from_secs(30)));
    let router = mock.router();
    let old = tokens(&router, &[]).await.text("refresh_token");
    let new = refresh(&router, &old).await.text("refresh_token");
    assert_ne!(old, new);
    clock.advance(Duration::from_secs(29));
    assert_eq!(refresh(&router, &old).await.status, StatusCode::OK);
    clock.advance(Duration::from_secs(1));
    refused(&refresh(&router, &old).await, "invalid_grant");
    assert_eq!(refresh(&router, &new).await.status, StatusCode::OK);
}

#[tokio::test]
async fn client_credentials_give_a_token_of_the_client_itself() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let form = [("grant_type", "client_credentials")];
    let answer = post(&router, "/oauth2/token", Some("robot:robot-secret"), &form).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.json().get("refresh_token").is_none() && answer.json().get("id_token").is_none()
    );
    let claims = part(&answer.text("access_token"), 1);
    assert_eq!(claims["sub"], "robot");
    assert_eq!(claims["client_id"], "robot");
    assert_eq!(claims["scope"], "mcp-server/read");
    for absent in ["username", "cognito:groups", "origin_jti", "aud"] {
        assert!(!claims.contains_key(absent), "{absent}");
    }
    let more = [form[0], ("scope", "mcp-server/write")];
    let answer = post(&router, "/oauth2/token", Some("robot:robot-secret"), &more).await;
    refused(&answer, "invalid_scope");
    let answer = post(&router, "/oauth2/token", Some("app:app-secret"), &form).await;
    refused(&answer, "unauthorized_client");
}

#[tokio::test]
async fn malformed_token_requests_are_refused() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let basic = Some("app:app-secret");
    let twice = [
        ("grant_type", "refresh_token"),
        ("grant_type", "refresh_token"),
    ];
    refused(
        &post(&router, "/oauth2/token", basic, &twice).await,
        "invalid_request",
    );
    refused(
        &post(&router, "/oauth2/token", basic, &[]).await,
        "invalid_request",
    );
    let password = [("grant_type", "password")];
    refused(
        &post(&router, "/oauth2/token", basic, &password).await,
        "unsupported_grant_type",
    );
    let json = Request::post("/oauth2/token")
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .unwrap();
    refused(&send(&router, json).await, "invalid_request");
    let get = get(&router, "/oauth2/token", None).await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn user_info_answers_to_a_living_access_token_with_openid() {
    let (mock, clock) = pool(|app| app);
    let router = mock.router();
    let answer = tokens(&router, &[]).await;
    let access = answer.text("access_token");
    let user = user_info(&router, &access).await.json();
    assert_eq!(user["sub"], part(&access, 1)["sub"]);
    assert_eq!(user["email"], USER);
    assert_eq!(user["email_verified"], "true");
    let without_openid = tokens(&router, &[("scope", "mcp-server/read")]).await;
    assert!(without_openid.json().get("id_token").is_none());
    for bad in [
        answer.text("id_token"),
        without_openid.text("access_token"),
        format!("{access}A"),
        String::new(),
    ] {
        assert_eq!(
            user_info(&router, &bad).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    clock.advance(Duration::from_secs(3600));
    assert_eq!(
        user_info(&router, &access).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn revocation_ends_refresh_and_user_info_of_that_sign_in_only() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let (one, two) = (tokens(&router, &[]).await, tokens(&router, &[]).await);
    let basic = Some("app:app-secret");
    let token = one.text("refresh_token");
    let form = [("token", token.as_str())];
    let public = [form[0], ("client_id", "public")];
    refused(
        &post(&router, "/oauth2/revoke", None, &public).await,
        "invalid_request",
    );
    refused(
        &post(&router, "/oauth2/revoke", Some("app:no"), &form).await,
        "invalid_client",
    );
    let access = one.text("access_token");
    let of_access = [("token", access.as_str())];
    let answer = post(&router, "/oauth2/revoke", basic, &of_access).await;
    refused(&answer, "unsupported_token_type");

    let answer = post(&router, "/oauth2/revoke", basic, &form).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    refused(&refresh(&router, &token).await, "invalid_grant");
    assert_eq!(
        user_info(&router, &access).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        refresh(&router, &two.text("refresh_token")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_resource_becomes_the_audience_verbatim() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let bound = tokens(&router, &[("resource", RESOURCE)]).await;
    assert_eq!(part(&bound.text("access_token"), 1)["aud"], RESOURCE);
    assert_eq!(part(&bound.text("id_token"), 1)["aud"], "app");
}

fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.json(), json!({ "error": error }));
}
