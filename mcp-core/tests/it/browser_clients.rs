//! Clients that are pages of another origin: what they may call, and what stays guarded.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use portcullis::prelude::*;
use rstest::rstest;
use serde_json::json;

use crate::support::{Answer, Desk, MCP, ORIGIN, authorization_server, send};

const PAGE: &str = "https://inspector.example.net";

fn app() -> Router {
    let oauth = authorization_server(ORIGIN, MCP, &["desk/read", "desk/write"]).unwrap();
    let desk = McpServer::new(MCP, Desk).auth(oauth.verifier());
    App::new(ORIGIN)
        .authorization_server(oauth)
        .server(desk.build().unwrap())
        .into_router()
        .unwrap()
}

async fn ask(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    send(&app(), request).await
}

const HOST: (&str, &str) = ("host", "mcp.example.com");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

fn is_readable_without_credentials(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        .iter()
        .eq(["*"])
        && !headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS)
}

#[rstest]
#[case::resource("/.well-known/oauth-protected-resource/desk/mcp")]
#[case::resource_at_the_root("/.well-known/oauth-protected-resource")]
#[case::resource_in_the_folder("/desk/.well-known/oauth-protected-resource")]
#[case::server("/.well-known/oauth-authorization-server")]
#[case::server_of_the_resource("/.well-known/oauth-authorization-server/desk/mcp")]
#[case::openid("/.well-known/openid-configuration")]
#[case::openid_below("/desk/mcp/.well-known/openid-configuration")]
#[case::keys("/jwks.json")]
#[tokio::test]
async fn a_page_of_any_origin_reads_what_is_public(
    #[case] path: &str,
    #[values(PAGE, ORIGIN, "null")] origin: &str,
) {
    let answer = ask(Method::GET, path, &[HOST, ("origin", origin)], "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(
        is_readable_without_credentials(&answer.headers),
        "{:?}",
        answer.headers
    );
}

#[tokio::test]
async fn a_page_of_any_origin_registers_and_asks_for_tokens() {
    let page = ("origin", PAGE);
    let metadata = json!({ "redirect_uris": [format!("{PAGE}/callback")] }).to_string();
    for (path, content_type, body, status) in [
        ("/register", JSON, &*metadata, StatusCode::CREATED),
        (
            "/token",
            FORM,
            "grant_type=authorization_code&client_id=x",
            StatusCode::UNAUTHORIZED,
        ),
        (
            "/revoke",
            FORM,
            "token=x&client_id=x",
            StatusCode::UNAUTHORIZED,
        ),
    ] {
        let preflight = [
            HOST,
            page,
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "content-type,authorization,mcp-protocol-version",
            ),
        ];
        let answer = ask(Method::OPTIONS, path, &preflight, "").await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        assert!(is_readable_without_credentials(&answer.headers), "{path}");
        let allowed = answer.headers[header::ACCESS_CONTROL_ALLOW_HEADERS]
            .to_str()
            .unwrap();
        for name in ["content-type", "authorization", "mcp-protocol-version"] {
            assert!(allowed.contains(name), "{path}: {allowed}");
        }
        let answer = ask(Method::POST, path, &[HOST, page, content_type], body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(is_readable_without_credentials(&answer.headers), "{path}");
    }
}

/// What tells people apart by cookies, and what calls tools.
#[rstest]
#[case(Method::POST, "/desk/mcp")]
#[case(Method::OPTIONS, "/desk/mcp")]
#[case(Method::GET, "/authorize")]
#[case(Method::POST, "/consent")]
#[case(Method::GET, "/callback")]
#[case(Method::GET, "/")]
#[case(Method::GET, "/register/")]
#[case(Method::GET, "/nothing")]
#[tokio::test]
async fn t26_everything_else_is_for_pages_of_its_own_origin(
    #[case] method: Method,
    #[case] path: &str,
) {
    let answer = ask(method, path, &[HOST, ("origin", PAGE)], "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let cors = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    assert!(!answer.headers.contains_key(cors));
}

#[rstest]
#[case("/.well-known/oauth-protected-resource")]
#[case("/.well-known/oauth-authorization-server")]
#[case("/jwks.json")]
#[case("/register")]
#[case("/token")]
#[case("/revoke")]
#[tokio::test]
async fn t26_a_rebound_name_reaches_none_of_them(#[case] path: &str) {
    let rebound = ("host", "rebound.example.net");
    for headers in [&[rebound][..], &[rebound, ("origin", PAGE)]] {
        let answer = ask(Method::GET, path, headers, "").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}
