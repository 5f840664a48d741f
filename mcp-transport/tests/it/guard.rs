//! `Host` and `Origin` on every route.

use axum::{Router, body::Body, routing::any};
use http::{HeaderValue, Method, Request, StatusCode};
use portcullis_transport::{Guard, GuardError, StreamableHttp, health};
use rstest::rstest;

use crate::fixture::*;

fn guarded(guard: Guard) -> Router {
    let mcp = StreamableHttp::new(Fixture::default()).into_service();
    Router::new()
        .route_service("/mcp", mcp)
        .route(
            "/.well-known/oauth-protected-resource",
            any(|| async { "{}" }),
        )
        .merge(health("test"))
        .layer(guard.build().unwrap())
}

fn public() -> Router {
    guarded(Guard::new(&"https://mcp.example.com/mcp".parse().unwrap()))
}

async fn ask(app: &Router, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::empty()).unwrap()).await
}

const ROUTES: [&str; 3] = ["/mcp", "/.well-known/oauth-protected-resource", "/nothing"];

#[rstest]
#[case::name("evil.example")]
#[case::port("evil.example:443")]
#[case::suffix("mcp.example.com.evil.example")]
#[case::prefix("evil-mcp.example.com")]
#[case::wrong_port("mcp.example.com:8443")]
#[case::trailing_dot("evil.example.")]
#[case::v4("127.0.0.1")]
#[case::v6("[::1]")]
#[case::v6_port("[::1]:443")]
#[case::loopback("localhost")]
#[tokio::test]
async fn t26_a_foreign_host_is_403_on_every_route(#[case] host: &str) {
    let app = public();
    for route in ROUTES {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let answer = ask(&app, method, route, &[("host", host)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route}");
            assert!(answer.text.contains("ALLOWED_HOSTS"), "{answer:?}");
            assert!(!answer.text.contains(host));
        }
    }
}

#[rstest]
#[case::userinfo("mcp.example.com@evil.example")]
#[case::path("mcp.example.com/x")]
#[case::list("mcp.example.com, evil.example")]
#[case::empty("")]
#[case::no_port_digits("mcp.example.com:443x")]
#[case::signed_port("mcp.example.com:+443")]
#[case::huge_port("mcp.example.com:65979")]
#[case::open_bracket("[::1")]
#[case::v6_tail("[::1]x")]
#[case::dot(".")]
#[tokio::test]
async fn t26_an_unreadable_host_is_400(#[case] host: &str) {
    let answer = ask(&public(), Method::GET, "/mcp", &[("host", host)]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn t26_missing_and_repeated_hosts_are_400() {
    let app = public();
    assert_eq!(
        ask(&app, Method::GET, "/mcp", &[]).await.status,
        StatusCode::BAD_REQUEST
    );
    let twice = [("host", "mcp.example.com"), ("host", "mcp.example.com")];
    assert_eq!(
        ask(&app, Method::GET, "/mcp", &twice).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[rstest]
#[case("mcp.example.com")]
#[case("mcp.example.com:443")]
#[case("MCP.Example.COM")]
#[case("mcp.example.com.")]
#[tokio::test]
async fn the_public_host_is_admitted(#[case] host: &str) {
    let answer = ask(&public(), Method::GET, ROUTES[1], &[("host", host)]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// HTTP/2 has no `Host` but an authority; an absolute target of HTTP/1.1 has both.
#[tokio::test]
async fn t26_an_authority_must_be_allowed_too() {
    let app = public();
    let own = "https://mcp.example.com/.well-known/oauth-protected-resource";
    let foreign = "https://evil.example/.well-known/oauth-protected-resource";
    let host = [("host", "mcp.example.com")];
    assert_eq!(
        ask(&app, Method::GET, own, &[]).await.status,
        StatusCode::OK
    );
    assert_eq!(
        ask(&app, Method::GET, own, &host).await.status,
        StatusCode::OK
    );
    assert_eq!(
        ask(&app, Method::GET, foreign, &[]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        ask(&app, Method::GET, foreign, &host).await.status,
        StatusCode::FORBIDDEN
    );
    let evil = [("host", "evil.example")];
    assert_eq!(
        ask(&app, Method::GET, own, &evil).await.status,
        StatusCode::FORBIDDEN
    );
}

#[rstest]
#[case("http://localhost:8080")]
#[case("http://127.0.0.1:8080")]
#[case("http://[::1]:8080")]
#[tokio::test]
async fn loopback_answers_to_all_its_names(#[case] public_url: &str) {
    let app = guarded(Guard::new(&public_url.parse().unwrap()));
    for host in [
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "[0:0:0:0:0:0:0:1]:8080",
    ] {
        let answer = ask(&app, Method::GET, ROUTES[1], &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
    for host in [
        "localhost:9090",
        "localhost.evil.example:8080",
        "0.0.0.0:8080",
    ] {
        let answer = ask(&app, Method::GET, ROUTES[1], &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
    }
    let headers = [
        ("host", "127.0.0.1:8080"),
        ("origin", "http://localhost:8080"),
    ];
    assert_eq!(
        ask(&app, Method::GET, ROUTES[1], &headers).await.status,
        StatusCode::OK
    );
}

#[rstest]
#[case("https://evil.example")]
#[case("http://mcp.example.com")]
#[case("https://mcp.example.com:8443")]
#[case("https://mcp.example.com.evil.example")]
#[case("null")]
#[case("")]
#[tokio::test]
async fn mcp_t02_a_foreign_origin_is_403_on_every_route(#[case] origin: &str) {
    let app = public();
    for route in ROUTES {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let headers = [("host", "mcp.example.com"), ("origin", origin)];
            let answer = ask(&app, method, route, &headers).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(answer.text.contains("ALLOWED_ORIGINS"));
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
    }
}

#[tokio::test]
async fn mcp_t02_repeated_or_unreadable_origins_are_403() {
    let own = HeaderValue::from_static("https://mcp.example.com");
    let binary = HeaderValue::from_bytes(b"https://mcp.example.com\xff").unwrap();
    for origins in [vec![own.clone(), own], vec![binary]] {
        let mut request = request(&[("host", "mcp.example.com")], "");
        for origin in origins {
            request.headers_mut().append("origin", origin);
        }
        assert_eq!(send(&public(), request).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn t26_clients_that_are_no_browsers_send_no_origin() {
    let mut headers = modern("tools/call", Some("echo"));
    headers.push(("host", "mcp.example.com"));
    let answer = post(&public(), &headers, modern_call("echo")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["vary"], "origin");
}

#[tokio::test]
async fn health_is_exempt() {
    let headers = [
        ("host", "10.0.0.7:8080"),
        ("origin", "https://evil.example"),
    ];
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            ask(&public(), Method::GET, path, &headers).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn settings_extend_the_lists() {
    let guard = Guard::new(&"https://mcp.example.com".parse().unwrap())
        .allow_host("internal.example")
        .allow_host("[2001:db8::1]:8080")
        .allow_origin("HTTPS://App.Example.com:443/")
        .allow_origin("vscode-webview://panel")
        .exempt("/weather/health");
    let app = guarded(guard);
    for host in [
        "internal.example:1234",
        "internal.example",
        "[2001:db8:0::1]:8080",
    ] {
        for origin in ["https://app.example.com", "vscode-webview://panel"] {
            let headers = [("host", host), ("origin", origin)];
            let answer = ask(&app, Method::GET, ROUTES[1], &headers).await;
            assert_eq!(answer.status, StatusCode::OK, "{host} {origin}");
        }
    }
    let answer = ask(&app, Method::GET, "/weather/health", &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[test]
fn settings_that_mean_nothing_are_named() {
    let url = || "https://mcp.example.com".parse().unwrap();
    let host = Guard::new(&url())
        .allow_host("https://internal.example")
        .build();
    assert!(matches!(host, Err(GuardError::Host(_))));
    for origin in [
        "null",
        "app.example.com",
        "https://app.example.com/path",
        "*",
    ] {
        let built = Guard::new(&url()).allow_origin(origin).build();
        assert!(matches!(built, Err(GuardError::Origin(_))), "{origin}");
    }
    let file = Guard::new(&"file:///x".parse().unwrap()).build();
    assert!(matches!(file, Err(GuardError::PublicUrl(_))));
}

#[tokio::test]
async fn cors_lets_pages_of_allowed_origins_in() {
    let origin = "https://app.example.com";
    let guard = Guard::new(&"https://mcp.example.com".parse().unwrap()).allow_origin(origin);
    let app = guarded(guard);
    let preflight = [
        ("host", "mcp.example.com"),
        ("origin", origin),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,mcp-param-region",
        ),
    ];
    let answer = ask(&app, Method::OPTIONS, "/mcp", &preflight).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["access-control-allow-origin"], origin);
    assert_eq!(
        answer.headers["access-control-allow-headers"],
        "authorization,mcp-param-region"
    );
    assert!(
        !answer
            .headers
            .contains_key("access-control-allow-credentials")
    );

    let mut headers = modern("tools/call", Some("echo"));
    headers.extend([("host", "mcp.example.com"), ("origin", origin)]);
    let answer = post(&app, &headers, modern_call("echo")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["access-control-allow-origin"], origin);
    let exposed = answer.headers["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.contains("www-authenticate"));
    assert!(exposed.contains("mcp-session-id"));
}
