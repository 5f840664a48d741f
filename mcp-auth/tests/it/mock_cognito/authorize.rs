use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode, header::HOST};

use super::browser::*;

#[tokio::test]
async fn the_login_page_has_one_form_with_username_and_password() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let login = get(&router, &authorize_uri(&[]), None)
        .await
        .location
        .unwrap();
    let page = get(&router, &login, None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.body.matches("<form method=\"post\"").count(), 1);
    assert!(page.body.contains("name=\"username\"") && page.body.contains("name=\"password\""));
    assert!(page.body.contains("MOCK"));
    assert!(page.headers.get("content-security-policy").is_some());
    assert!(!page.body.contains("src=") && !page.body.contains("<link"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let login = get(&router, &authorize_uri(&[]), None)
        .await
        .location
        .unwrap();
    let mut bodies = Vec::new();
    for (username, password) in [(USER, "wrong"), ("nobody@x", PASSWORD), (USER, "")] {
        let form = [("username", username), ("password", password)];
        let answer = post(&router, &login, None, &form).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.cookie.is_none() && answer.location.is_none());
        assert!(answer.body.contains("Incorrect username or password."));
        bodies.push(answer.body.replace(username, ""));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn a_session_cookie_signs_in_again_without_a_question() {
    let (mock, clock) = pool(|app| app);
    let router = mock.router();
    let cookie = sign_in(&router, &[]).await.cookie.unwrap();
    let again = get(&router, &authorize_uri(&[]), Some(&cookie)).await;
    assert!(again.location.as_deref().unwrap().starts_with(CALLBACK));
    let code = again.redirected("code").unwrap();
    assert_eq!(redeem(&router, &code, &[]).await.status, StatusCode::OK);

    let asked = get(
        &router,
        &authorize_uri(&[("prompt", "login")]),
        Some(&cookie),
    )
    .await;
    assert!(asked.location.unwrap().starts_with("/login?"));
    clock.advance(Duration::from_secs(3600));
    let later = get(&router, &authorize_uri(&[]), Some(&cookie)).await;
    assert!(later.location.unwrap().starts_with("/login?"));
    let silent = get(
        &router,
        &authorize_uri(&[("prompt", "none")]),
        Some(&cookie),
    )
    .await;
    assert_eq!(
        silent.redirected("error").as_deref(),
        Some("login_required")
    );
}

#[tokio::test]
async fn logout_ends_the_session_and_redirects_to_a_registered_url_only() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let cookie = sign_in(&router, &[]).await.cookie.unwrap();
    let bad = "/logout?client_id=app&logout_uri=https://evil.example/";
    let refused = get(&router, bad, Some(&cookie)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let good = "/logout?client_id=app&logout_uri=http://localhost:8080/";
    let out = get(&router, good, Some(&cookie)).await;
    assert_eq!(out.location.as_deref(), Some("http://localhost:8080/"));
    let next = get(&router, &authorize_uri(&[]), Some(&cookie)).await;
    assert!(next.location.unwrap().starts_with("/login?"));
}

#[tokio::test]
async fn a_redirect_uri_must_match_character_by_character() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    for redirect_uri in [
        "http://localhost:8080/callback/",
        "http://localhost:8080/callback?x=1",
        "http://localhost:8081/callback",
        "http://localhost:8080/Callback",
        "http://localhost:8080/callback#f",
        "http://localhost:8080@evil.example/callback",
        "javascript:alert(1)",
        "",
    ] {
        let uri = authorize_uri(&[("redirect_uri", redirect_uri)]);
        for uri in [uri.replace("/oauth2/authorize", "/login"), uri] {
            let answer = get(&router, &uri, None).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{redirect_uri}");
            assert!(answer.location.is_none());
        }
    }
    for client_id in ["nobody", "robot", ""] {
        let answer = get(&router, &authorize_uri(&[("client_id", client_id)]), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{client_id}");
    }
}

#[tokio::test]
async fn other_faults_of_the_request_are_told_to_the_app() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    for (change, error, description) in [
        (
            ("scope", "openid mcp-server/admin"),
            "invalid_request",
            "invalid_scope",
        ),
        (
            ("scope", "mcp-server/read\" x"),
            "invalid_request",
            "invalid_scope",
        ),
        (
            ("response_type", "token"),
            "unauthorized_client",
            "implicit_grant_not_allowed",
        ),
        (
            ("response_type", ""),
            "invalid_request",
            "invalid_response_type",
        ),
        (
            ("code_challenge_method", "plain"),
            "invalid_request",
            "invalid_code_challenge",
        ),
        (
            ("code_challenge_method", ""),
            "invalid_request",
            "invalid_code_challenge",
        ),
        (
            ("code_challenge", "short"),
            "invalid_request",
            "invalid_code_challenge",
        ),
        (
            ("resource", "http://127.0.0.1/mcp"),
            "invalid_request",
            "invalid_resource",
        ),
    ] {
        let answer = get(&router, &authorize_uri(&[change]), None).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{change:?}");
        assert!(answer.location.as_deref().unwrap().starts_with(CALLBACK));
        assert_eq!(
            answer.redirected("error").as_deref(),
            Some(error),
            "{change:?}"
        );
        assert_eq!(
            answer.redirected("error_description").as_deref(),
            Some(description)
        );
        assert_eq!(answer.redirected("state").as_deref(), Some("a-state"));
    }
}

#[tokio::test]
async fn duplicate_and_oversize_parameters_and_json_state_are_refused() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    for uri in [
        format!(
            "{}&resource=https://a.example&resource=https://b.example",
            authorize_uri(&[])
        ),
        format!("{}&client_id=public", authorize_uri(&[])),
        authorize_uri(&[("state", "{\"a\":1}")]),
        authorize_uri(&[("nonce", &"n".repeat(2_049))]),
    ] {
        let answer = get(&router, &uri, None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
        assert!(answer.location.is_none());
    }
}

#[tokio::test]
async fn whatever_the_request_says_is_escaped_in_the_page() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let state = "\"><script>alert(1)</script>";
    let uri = authorize_uri(&[("state", state)]);
    let login = get(&router, &uri, None).await.location.unwrap();
    let form = [("username", state), ("password", "x")];
    let page = post(&router, &login, None, &form).await;
    assert!(!page.body.contains("<script") && !page.body.contains("\">alert"));
}

#[tokio::test]
async fn t26_a_foreign_host_is_refused_on_every_route() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    for path in [
        "/login",
        "/oauth2/authorize",
        "/_mock/stats",
        "/us-west-2_AbC123/.well-known/jwks.json",
    ] {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "",
            "a b",
        ] {
            let request = Request::get(path)
                .header(HOST, host)
                .body(Body::empty())
                .unwrap();
            let answer = send(&router, request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {host}");
        }
    }
    for host in ["localhost", "localhost:9229", "127.0.0.1:1", "[::1]:9229"] {
        let request = Request::get("/_mock/stats")
            .header(HOST, host)
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            send(&router, request).await.status,
            StatusCode::OK,
            "{host}"
        );
    }
}
