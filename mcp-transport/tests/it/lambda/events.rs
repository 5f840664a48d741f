//! What the router sees of an event.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, Request},
    routing::any,
};
use http::{HeaderMap, Method, StatusCode};
use portcullis_transport::{Guard, health, lambda::EventError};
use rstest::rstest;
use serde_json::json;

use super::front::*;

fn everywhere<T: 'static>(handler: impl axum::handler::Handler<T, ()>) -> Router {
    Router::new().fallback(any(handler))
}

/// Answers the target that it was asked for.
fn target() -> Router {
    everywhere(async |request: Request| request.uri().to_string())
}

#[tokio::test]
async fn the_method_and_the_body_arrive() {
    let app = everywhere(async |method: Method, body: Bytes| {
        format!("{method} {}", String::from_utf8_lossy(&body))
    });
    for front in FRONTS {
        let event = front.event().method("PUT").body(r#"{"a":"é"}"#);
        assert_eq!(invoke(&app, event).await.text, r#"PUT {"a":"é"}"#);
        let event = front.event().method("PUT").base64([0xff, b'x']);
        assert_eq!(invoke(&app, event).await.text, "PUT \u{fffd}x");
    }
}

#[tokio::test]
async fn a_body_that_is_not_base64_is_400() {
    for front in FRONTS {
        let event = front
            .event()
            .body("{")
            .field("isBase64Encoded", json!(true));
        let answer = invoke(&target(), event).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.code(), -32600);
    }
}

#[tokio::test]
async fn the_target_has_neither_stage_nor_authority() {
    for front in FRONTS {
        let answer = invoke(&target(), front.event().path("/mcp")).await;
        assert_eq!(answer.text, "/mcp");
    }
}

#[rstest]
#[case::own_name("a1b2c3d4e5", "prod", "/prod/mcp", "/mcp")]
#[case::only_the_stage("a1b2c3d4e5", "prod", "/prod", "/")]
#[case::stage_and_slash("a1b2c3d4e5", "prod", "/prod/", "/")]
#[case::once("a1b2c3d4e5", "prod", "/prod/prod/mcp", "/prod/mcp")]
#[case::a_longer_segment("a1b2c3d4e5", "prod", "/production/mcp", "/production/mcp")]
#[case::default_stage("a1b2c3d4e5", "$default", "/$default/mcp", "/$default/mcp")]
#[case::custom_domain("mcp", "prod", "/prod/mcp", "/prod/mcp")]
#[tokio::test]
async fn the_stage_is_taken_off_where_it_was_put(
    #[case] prefix: &str,
    #[case] stage: &str,
    #[case] raw: &str,
    #[case] path: &str,
) {
    let mut event = HTTP_API_STAGE.event().field("rawPath", json!(raw));
    event.0["requestContext"]["stage"] = json!(stage);
    event.0["requestContext"]["domainPrefix"] = json!(prefix);
    assert_eq!(invoke(&target(), event).await.text, path);
}

#[rstest]
#[case::as_sent("/a%2Fb/c%20d", "/a%2Fb/c%20d")]
#[case::decoded_by_the_gateway("/a b/é?x#y", "/a%20b/%C3%A9%3Fx%23y")]
#[case::dots("/a/../b//c/", "/a/../b//c/")]
#[tokio::test]
async fn a_path_stays_a_path(#[case] raw: &str, #[case] path: &str) {
    for front in FRONTS {
        assert_eq!(invoke(&target(), front.event().path(raw)).await.text, path);
    }
}

#[tokio::test]
async fn a_path_that_is_none_is_400() {
    for raw in ["mcp", "", "http://evil.example/mcp", "*"] {
        for event in [
            ALB.event().field("path", json!(raw)),
            HTTP_API.event().field("rawPath", json!(raw)),
        ] {
            let answer = invoke(&target(), event).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{raw:?}");
        }
    }
}

#[tokio::test]
async fn the_query_arrives_as_the_client_encoded_it() {
    let encoded = json!({"state": "a%26b%3Dc%20d"});
    let event = ALB.event().field("queryStringParameters", encoded);
    assert_eq!(
        invoke(&target(), event).await.text,
        "/mcp?state=a%26b%3Dc%20d"
    );

    let several = json!({"resource": ["https%3A%2F%2Fa", "https%3A%2F%2Fb"]});
    let event = ALB_MULTI_VALUE.event();
    let event = event.field("multiValueQueryStringParameters", several);
    let answer = invoke(&target(), event).await;
    assert_eq!(
        answer.text,
        "/mcp?resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb"
    );

    let event = HTTP_API
        .event()
        .field("rawQueryString", json!("b=1&a=%26&b=2"));
    assert_eq!(invoke(&target(), event).await.text, "/mcp?b=1&a=%26&b=2");
}

#[tokio::test]
async fn cookies_stand_in_one_header() {
    let app = everywhere(async |headers: HeaderMap| headers["cookie"].to_str().unwrap().to_owned());
    let event = HTTP_API.event().field("cookies", json!(["a=1", "b=2"]));
    assert_eq!(invoke(&app, event).await.text, "a=1; b=2");
}

#[tokio::test]
async fn t30_the_source_is_the_gateways_word_and_never_a_header() {
    let app = everywhere(async |request: Request| {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        peer.map(|peer| peer.0.to_string()).unwrap_or_default()
    });
    for front in [HTTP_API, HTTP_API_STAGE, FUNCTION_URL] {
        let event = front.event().header("forwarded", "for=203.0.113.66");
        assert_eq!(invoke(&app, event).await.text, "198.51.100.7:0");
    }
    for front in [ALB, ALB_MULTI_VALUE] {
        assert_eq!(invoke(&app, front.event()).await.text, "");
    }
    let mut event = FUNCTION_URL.event();
    event.0["requestContext"]["http"]["sourceIp"] = json!("2001:db8::7");
    assert_eq!(invoke(&app, event).await.text, "[2001:db8::7]:0");
}

fn guarded() -> Router {
    let guard = Guard::new(&"https://mcp.example.com".parse().unwrap())
        .allow_host("a1b2c3d4e5.execute-api.us-west-2.amazonaws.com")
        .allow_host("x7tq2mbk5hpl3vz9.lambda-url.us-west-2.on.aws");
    let guard = guard.build().unwrap();
    target().merge(health("test")).layer(guard)
}

#[rstest]
#[case::foreign("evil.example", StatusCode::FORBIDDEN)]
#[case::a_path("mcp.example.com/admin?", StatusCode::BAD_REQUEST)]
#[case::userinfo("mcp.example.com@evil.example", StatusCode::BAD_REQUEST)]
#[case::spaces("mcp example com", StatusCode::BAD_REQUEST)]
#[case::no_port("mcp.example.com:99999", StatusCode::BAD_REQUEST)]
#[case::nothing("", StatusCode::BAD_REQUEST)]
#[tokio::test]
async fn t26_the_guard_judges_the_host_of_the_event(
    #[case] host: &str,
    #[case] refused: StatusCode,
) {
    let app = guarded();
    for front in FRONTS {
        let own = front.event().header("x-forwarded-host", "evil.example");
        assert_eq!(invoke(&app, own).await.status, StatusCode::OK);
        let foreign = front.event().header("host", host);
        let foreign = foreign.header("x-forwarded-host", "mcp.example.com");
        assert_eq!(invoke(&app, foreign).await.status, refused);
    }
}

#[tokio::test]
async fn t26_two_hosts_are_refused_however_a_front_says_it() {
    let hosts = ["mcp.example.com", "mcp.example.com"];
    let mut apart = ALB_MULTI_VALUE.event();
    apart.0["multiValueHeaders"]["host"] = json!(hosts);
    let joined = HTTP_API.event().header("host", &hosts.join(","));
    for event in [apart, joined] {
        let answer = invoke(&guarded(), event).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn t26_an_event_without_host_gets_nowhere_but_to_health() {
    let app = guarded();
    for front in FRONTS {
        let event = front.event().without("host");
        assert_eq!(invoke(&app, event).await.status, StatusCode::BAD_REQUEST);
    }
    let check = include_str!("events/alb-health-check.json");
    let check = Event(serde_json::from_str(check).unwrap());
    assert_eq!(invoke(&app, check).await.status, StatusCode::OK);
}

#[rstest]
#[case::rest_api(include_str!("events/rest-api.json"))]
#[case::queue(r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}"#)]
#[case::empty("{}")]
#[case::no_json("{")]
#[tokio::test]
async fn an_event_of_another_kind_is_an_error(#[case] event: &str) {
    let answer = function(&target()).invoke(event, LEFT).await;
    assert!(matches!(answer, Err(EventError::Unsupported)), "{answer:?}");
}
