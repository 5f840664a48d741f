//! What the function returns to each front.

use axum::{Router, routing::any};
use http::{StatusCode, header};
use serde_json::json;

use super::front::*;

fn app() -> Router {
    let answer = async || {
        let headers = [
            (header::WWW_AUTHENTICATE, "Bearer a"),
            (header::SET_COOKIE, "a=1; Path=/"),
        ];
        let more = axum::response::AppendHeaders([
            (header::WWW_AUTHENTICATE, "Basic"),
            (header::SET_COOKIE, "b=2; Path=/"),
        ]);
        (StatusCode::UNAUTHORIZED, headers, more, "é")
    };
    Router::new()
        .route("/mcp", any(answer))
        .route("/binary", any(async || vec![0xff_u8, 0x00]))
}

#[tokio::test]
async fn a_load_balancer_gets_the_headers_that_it_is_configured_for() {
    let single = envelope(&app(), ALB.event()).await;
    assert_eq!(single["statusCode"], 401);
    assert_eq!(single["statusDescription"], "401 Unauthorized");
    assert_eq!(single["headers"]["www-authenticate"], "Bearer a, Basic");
    assert_eq!(single["headers"]["set-cookie"], "a=1; Path=/");
    assert_eq!(single["body"], "é");
    assert!(single.get("multiValueHeaders").is_none());

    let multiple = envelope(&app(), ALB_MULTI_VALUE.event()).await;
    let headers = &multiple["multiValueHeaders"];
    assert_eq!(headers["www-authenticate"], json!(["Bearer a", "Basic"]));
    assert_eq!(headers["set-cookie"], json!(["a=1; Path=/", "b=2; Path=/"]));
    assert!(multiple.get("headers").is_none());
}

#[tokio::test]
async fn an_http_api_gets_cookies_apart() {
    for front in [HTTP_API, FUNCTION_URL, CARGO_LAMBDA] {
        let envelope = envelope(&app(), front.event()).await;
        assert_eq!(envelope["headers"]["www-authenticate"], "Bearer a, Basic");
        assert_eq!(envelope["cookies"], json!(["a=1; Path=/", "b=2; Path=/"]));
        assert!(envelope["headers"].get("set-cookie").is_none());
        assert!(envelope.get("multiValueHeaders").is_none());
    }
}

#[tokio::test]
async fn cookies_are_named_where_there_are_none() {
    for front in [HTTP_API, HTTP_API_STAGE, FUNCTION_URL, CARGO_LAMBDA] {
        let envelope = envelope(&app(), front.event().path("/binary")).await;
        assert_eq!(envelope["cookies"], json!([]));
    }
    for front in [ALB, ALB_MULTI_VALUE] {
        let envelope = envelope(&app(), front.event().path("/binary")).await;
        assert!(envelope.get("cookies").is_none());
    }
}

#[tokio::test]
async fn what_is_no_text_is_base64() {
    for front in FRONTS {
        let envelope = envelope(&app(), front.event().path("/binary")).await;
        assert_eq!(envelope["isBase64Encoded"], true);
        assert_eq!(envelope["body"], "/wA=");
    }
}
