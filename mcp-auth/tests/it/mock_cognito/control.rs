use std::time::Duration;

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use portcullis_auth::{MockCognito, MockEndpoint, MockFault};
use serde_json::json;
use tower::ServiceExt as _;

use super::browser::*;

const JWKS: &str = "/us-west-2_AbC123/.well-known/jwks.json";

#[tokio::test]
async fn faults_strike_one_endpoint_as_often_as_planned_and_cost_no_code() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let code = sign_in(&router, &[]).await.redirected("code").unwrap();
    mock.fail_next(MockEndpoint::Token, MockFault::Status(503), 2);
    for _ in 0..2 {
        let answer = redeem(&router, &code, &[]).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.json().get("error").is_none());
    }
    assert_eq!(get(&router, JWKS, None).await.status, StatusCode::OK);
    assert_eq!(redeem(&router, &code, &[]).await.status, StatusCode::OK);
    assert_eq!(mock.requests(MockEndpoint::Token), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_endpoint_never_answers() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    mock.fail_next(MockEndpoint::Jwks, MockFault::Hang, 1);
    let answer = tokio::time::timeout(Duration::from_secs(3600), get(&router, JWKS, None)).await;
    assert!(answer.is_err());
    assert_eq!(get(&router, JWKS, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn faults_can_be_planned_over_http() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    plan(
        &router,
        r#"{"endpoint":"jwks","fault":"garbage","times":2}"#,
        204,
    )
    .await;
    let garbage = get(&router, JWKS, None).await;
    assert_eq!(garbage.status, StatusCode::OK);
    assert!(serde_json::from_str::<serde_json::Value>(&garbage.body).is_err());
    plan(
        &router,
        r#"{"endpoint":"jwks","fault":"garbage","times":0}"#,
        204,
    )
    .await;
    assert!(get(&router, JWKS, None).await.json()["keys"].is_array());

    plan(&router, r#"{"endpoint":"jwks","fault":"disconnect"}"#, 204).await;
    let request = Request::get(JWKS).body(Body::empty()).unwrap();
    let broken = router.clone().oneshot(request).await.unwrap();
    assert!(
        axum::body::to_bytes(broken.into_body(), 1024)
            .await
            .is_err()
    );

    for bad in [
        r#"{"endpoint":"nowhere","fault":"garbage"}"#,
        r#"{"endpoint":"token","fault":{"status":503},"time":1}"#,
        "[]",
    ] {
        plan(&router, bad, 422).await;
    }
}

#[tokio::test]
async fn stats_count_requests_per_endpoint() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    tokens(&router, &[]).await;
    get(&router, JWKS, None).await;
    let stats = get(&router, "/_mock/stats", None).await.json();
    let expected = json!({
        "openid-configuration": 0, "jwks": 1, "authorize": 1, "login": 1, "logout": 0,
        "token": 1, "revoke": 0, "userInfo": 0,
    });
    assert_eq!(stats, expected);
}

#[tokio::test]
async fn a_started_mock_serves_on_loopback_until_it_is_dropped() {
    let mock = MockCognito::builder().start().await.unwrap();
    let origin = mock.origin().to_owned();
    let address = origin.strip_prefix("http://").unwrap().to_owned();
    let url = format!("{}/.well-known/openid-configuration", mock.issuer());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = client.get(&url).send().await.unwrap().text().await.unwrap();
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(document["issuer"], json!(mock.issuer()));
    assert_eq!(document["jwks_uri"], json!(mock.jwks_uri()));
    assert_eq!(
        document["token_endpoint"],
        json!(format!("{origin}/oauth2/token"))
    );
    for absent in ["registration_endpoint", "code_challenge_methods_supported"] {
        assert!(document.get(absent).is_none());
    }
    mock.fail_next(MockEndpoint::Discovery, MockFault::Disconnect, 1);
    let broken = match client.get(&url).send().await {
        Ok(answer) => answer.text().await.is_err(),
        Err(_) => true,
    };
    assert!(broken);

    drop(mock);
    // The listener closes when the runtime has dropped the aborted task.
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

async fn plan(router: &Router, body: &'static str, expected: u16) {
    let request = Request::post("/_mock/faults")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    assert_eq!(send(router, request).await.status, expected);
}
