//! What the server says about itself, and whether it is true.

use http::{Method, Request, StatusCode};
use serde_json::json;

use super::world::*;

const PATHS: [&str; 5] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/weather/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/weather/mcp",
    "/weather/mcp/.well-known/openid-configuration",
];

#[tokio::test]
async fn a31_a32_a33_a90_the_document_is_wherever_clients_look() {
    let world = World::offline();
    for path in PATHS {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(
            answer
                .header("content-type")
                .starts_with("application/json")
        );
        assert!(answer.header("cache-control").contains("max-age"));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let document = answer.json();
        assert_eq!(document["issuer"], ISSUER, "{path}");
        assert_eq!(
            document["code_challenge_methods_supported"],
            json!(["S256"])
        );
        assert_eq!(
            document["authorization_response_iss_parameter_supported"],
            true
        );
        assert_eq!(document["response_types_supported"], json!(["code"]));
        assert_eq!(
            document["scopes_supported"],
            json!(["mcp-server/read", "mcp-server/write"])
        );
    }
}

#[tokio::test]
async fn s17_host_and_forwarded_headers_change_nothing() {
    let world = World::offline();
    let plain = world.get(PATHS[0]).await.body;
    let request = Request::get(PATHS[0])
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "gopher")
        .header("forwarded", "host=evil.example");
    let answer = world
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.body, plain);
}

#[tokio::test]
async fn s18_every_endpoint_that_is_named_is_there_and_no_other() {
    let world = World::offline();
    let document = world.get(PATHS[0]).await.json();
    let mut named: Vec<_> = document
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .map(|(name, url)| (name.clone(), url.as_str().unwrap().to_owned()))
        .collect();
    named.sort();
    let names: Vec<_> = named.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "authorization_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "revocation_endpoint",
        "token_endpoint",
    ];
    assert_eq!(names, expected);
    for (name, url) in named {
        let path = url.strip_prefix(ISSUER).unwrap();
        for method in [Method::GET, Method::POST] {
            let request = Request::builder().method(method).uri(path);
            let status = world
                .send(request.body(axum::body::Body::empty()).unwrap())
                .await
                .status;
            assert_ne!(status, StatusCode::NOT_FOUND, "{name}");
        }
    }
    assert_eq!(world.get("/introspect").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_key_set_holds_public_keys_only_the_next_one_included() {
    let world = World::with(|builder| {
        let (current, next) = (
            portcullis_auth::SigningKeys::generate("s1").unwrap(),
            portcullis_auth::SigningKeys::generate("s2").unwrap(),
        );
        let signing = portcullis_auth::SigningKeys::parse(&format!("{},{}", *current, *next));
        let (_, sealing) = keys();
        builder
            .store(portcullis_auth::MemoryStore::new())
            .keys(signing.unwrap(), sealing)
    })
    .await;
    let answer = world.get("/jwks.json").await;
    assert!(answer.header("cache-control").contains("max-age=300"));
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    let kids: Vec<_> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(kids, ["s1", "s2"]);
    for key in &keys {
        assert_eq!(key["kty"], "EC");
        assert_eq!(key["alg"], "ES256");
        assert!(key.get("d").is_none(), "no private half");
        assert_eq!(key["x"].as_str().unwrap().len(), 43);
        assert_eq!(key["y"].as_str().unwrap().len(), 43);
    }
}

#[tokio::test]
async fn s27_scripts_may_use_the_back_channel_and_not_the_pages() {
    let world = World::offline();
    for path in ["/register", "/token", "/revoke", "/jwks.json", PATHS[0]] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header("origin", "http://localhost:6274")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "content-type,mcp-protocol-version",
            );
        let answer = world
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(
            answer
                .header("access-control-allow-headers")
                .contains("mcp-protocol-version")
        );
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    for path in ["/authorize", "/callback"] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}
