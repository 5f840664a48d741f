//! Protected resource metadata (RFC 9728).

use axum::{Router, body::Body, extract::Request, http::StatusCode};
use portcullis_auth::{Issuer, ProtectedResourceMetadata, ResourceIdentifier};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::door::{RESOURCE, resource};

fn metadata() -> ProtectedResourceMetadata {
    ProtectedResourceMetadata::new(resource())
        .with_authorization_servers(vec![Issuer::new("https://login.example.com").unwrap()])
        .with_scopes_supported("weather/read weather/alert".parse().unwrap())
        .with_resource_name("Weather")
}

async fn get(router: &Router, path: &str) -> (StatusCode, http::HeaderMap, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    (
        parts.status,
        parts.headers,
        serde_json::from_slice(&body).unwrap_or_default(),
    )
}

#[rstest]
#[case::inserted("/.well-known/oauth-protected-resource/weather/mcp")]
#[case::in_the_folder("/weather/.well-known/oauth-protected-resource")]
#[tokio::test]
async fn a01_the_document_is_where_clients_look(#[case] path: &str) {
    let (status, headers, document) = get(&metadata().router(), path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(
        headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("max-age")
    );
    assert_eq!(
        document,
        json!({
            "resource": RESOURCE,
            "authorization_servers": ["https://login.example.com"],
            "scopes_supported": ["weather/read", "weather/alert"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Weather",
        })
    );
}

#[tokio::test]
async fn the_root_document_is_served_only_when_asked_for() {
    let root = "/.well-known/oauth-protected-resource";
    assert_eq!(
        get(&metadata().router(), root).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        get(&metadata().root_router(), root).await.2["resource"],
        RESOURCE
    );
}

#[rstest]
#[case::no_folder(
    "https://mcp.example.com/mcp",
    "/.well-known/oauth-protected-resource/mcp"
)]
#[case::whole_origin("https://mcp.example.com", "/.well-known/oauth-protected-resource")]
#[case::colon(
    "https://mcp.example.com/:id/mcp",
    "/.well-known/oauth-protected-resource/:id/mcp"
)]
#[case::braces(
    "https://mcp.example.com/{id}",
    "/.well-known/oauth-protected-resource/%7Bid%7D"
)]
#[case::star(
    "https://mcp.example.com/a/*",
    "/.well-known/oauth-protected-resource/a/*"
)]
#[tokio::test]
async fn any_resource_has_a_router(#[case] resource: &str, #[case] path: &str) {
    let metadata = ProtectedResourceMetadata::new(ResourceIdentifier::new(resource).unwrap());
    assert_eq!(get(&metadata.router(), path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn documents_of_two_resources_on_one_origin_do_not_collide() {
    let other = ResourceIdentifier::new("https://mcp.example.com/other/mcp").unwrap();
    let other = ProtectedResourceMetadata::new(other);
    let router = metadata().router().merge(other.router());
    let (_, _, document) = get(&router, "/.well-known/oauth-protected-resource/other/mcp").await;
    assert_eq!(document["resource"], "https://mcp.example.com/other/mcp");
}

#[tokio::test]
async fn a_browser_may_ask_with_its_own_headers() {
    let request = Request::options("/.well-known/oauth-protected-resource/weather/mcp")
        .header("origin", "https://inspector.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "mcp-protocol-version")
        .body(Body::empty());
    let response = metadata().router().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["access-control-allow-headers"], "*");
}

#[test]
fn it_reads_what_it_writes() {
    let json = serde_json::to_string(&metadata()).unwrap();
    assert_eq!(
        serde_json::from_str::<ProtectedResourceMetadata>(&json).unwrap(),
        metadata()
    );
    assert!(
        serde_json::from_str::<ProtectedResourceMetadata>(r#"{"resource":"ftp://x"}"#).is_err()
    );
}
