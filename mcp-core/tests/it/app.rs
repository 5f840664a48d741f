//! What an `App` serves besides servers, and what it refuses to become.

use axum::{
    Router,
    body::Body,
    http::{StatusCode, header},
    routing::get as route,
};
use portcullis::{
    App, BuildError,
    auth::{Bearer, danger},
    prelude::*,
};

use crate::support::{Desk, MCP, ORIGIN, Plain, app, fetch, get, send, server};

#[tokio::test]
async fn a_browser_gets_a_page_about_the_servers() {
    let request = get("/").header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
    let page = send(&app(), request.body(Body::empty()).unwrap()).await;
    assert!(
        page.headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"));
    for shown in [
        "desk",
        "1.2.3",
        MCP,
        "whoami",
        "desk/write",
        "Writes a note.",
        "mcp-remote",
    ] {
        assert!(page.text.contains(shown), "{shown} is not on the page");
    }
}

/// The page is for everybody, and instructions are for those who may use the server.
#[tokio::test]
async fn t13_the_page_shows_instructions_of_open_servers_only() {
    let page = async |app: Router| {
        let request = get("/").header(header::ACCEPT, "text/html");
        let page = send(&app, request.body(Body::empty()).unwrap()).await;
        page.text
    };
    assert!(!page(app()).await.contains("politely"));

    let open = McpServer::new(MCP, Desk).auth(danger::anonymous());
    let open = App::new(ORIGIN)
        .allow_anonymous()
        .server(open.build().unwrap());
    let page = page(open.into_router().unwrap()).await;
    assert!(page.contains("Ask &lt;politely&gt;.") && !page.contains("<politely>"));
}

#[tokio::test]
async fn a_program_gets_its_health_at_the_root() {
    let answer = fetch(&app(), "/").await.json();
    assert_eq!(answer["status"], "healthy");
    assert_eq!(answer["servers"][0], MCP);
}

#[tokio::test]
async fn health_is_for_load_balancers_with_a_host_of_their_own() {
    for path in ["/healthz", "/readyz"] {
        let request = axum::http::Request::get(path).header(header::HOST, "10.0.0.7");
        let answer = send(&app(), request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, &*answer.text),
            (StatusCode::OK, r#"{"status":"ok","service":"desk"}"#)
        );
    }
}

#[tokio::test]
async fn t26_a_foreign_host_is_refused_on_every_route() {
    for path in [
        "/",
        "/desk/mcp",
        "/.well-known/oauth-protected-resource/desk/mcp",
        "/own",
        "/nothing",
    ] {
        let app = App::new(ORIGIN)
            .server(server())
            .merge(Router::new().route("/own", route(async || "mine")))
            .into_router()
            .unwrap();
        let request = axum::http::Request::get(path).header(header::HOST, "evil.example");
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn t26_hosts_and_origins_can_be_allowed_by_name() {
    let app = App::new(ORIGIN)
        .server(server())
        .allow_host("internal:8080")
        .allow_origin("https://inspector.example.com")
        .into_router()
        .unwrap();
    let ask = |host: &str, origin: &str| {
        let request = axum::http::Request::get("/")
            .header(header::HOST, host)
            .header(header::ORIGIN, origin);
        send(&app, request.body(Body::empty()).unwrap())
    };
    let status = async |host: &str, origin: &str| ask(host, origin).await.status;
    assert_eq!(status("internal:8080", ORIGIN).await, StatusCode::OK);
    assert_eq!(
        status("mcp.example.com", "https://inspector.example.com").await,
        StatusCode::OK
    );
    assert_eq!(
        status("mcp.example.com", "https://evil.example").await,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn own_routes_stand_beside_the_servers() {
    let app = App::new(ORIGIN)
        .server(server())
        .without_landing_page()
        .merge(Router::new().route("/", route(async || "mine")))
        .into_router()
        .unwrap();
    assert_eq!(fetch(&app, "/").await.text, "mine");
    assert_eq!(
        fetch(&app, "/desk/mcp").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_panic_in_a_route_of_ones_own_is_a_500_and_says_nothing() {
    async fn fails() -> String {
        panic!("hunter2")
    }
    let app = App::new(ORIGIN)
        .server(server())
        .merge(Router::new().route("/own", route(fails)))
        .into_router()
        .unwrap();
    let answer = fetch(&app, "/own").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.text.contains("hunter2"));
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let app = app();
    let first = fetch(&app, "/").await.headers["x-request-id"].clone();
    assert_ne!(fetch(&app, "/").await.headers["x-request-id"], first);
}

#[tokio::test]
async fn several_servers_share_an_origin_but_not_the_root_document() {
    let other = McpServer::new("https://mcp.example.com/desk/other", Desk)
        .auth(Bearer(Plain))
        .build()
        .unwrap();
    let app = App::new(ORIGIN)
        .server(server())
        .server(other)
        .into_router()
        .unwrap();
    let root = "/.well-known/oauth-protected-resource";
    assert_eq!(fetch(&app, root).await.status, StatusCode::NOT_FOUND);
    for path in ["/desk/mcp", "/desk/other"] {
        let document = fetch(&app, &format!("{root}{path}")).await.json();
        assert_eq!(document["resource"], format!("{ORIGIN}{path}"));
        assert_eq!(fetch(&app, path).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn what_does_not_fit_together_is_not_built() {
    assert!(matches!(
        App::new(ORIGIN).into_router(),
        Err(BuildError::NothingToServe)
    ));
    let error = |app: App| app.into_router().unwrap_err().to_string();

    let message = error(App::new("https://other.example.com").server(server()));
    assert!(
        message.contains(MCP) && message.contains("https://other.example.com"),
        "{message}"
    );

    let twice = App::new(ORIGIN).server(server()).server(server());
    assert!(matches!(twice.into_router(), Err(BuildError::PathTaken(_))));

    let path = App::new("https://mcp.example.com/path");
    assert!(matches!(path.into_router(), Err(BuildError::Origin(_))));

    let host = App::new(ORIGIN).server(server()).allow_host("not a host");
    assert!(error(host).contains("not a host"));
}

#[test]
fn cve_2026_32211_an_anonymous_server_does_not_go_public_unsaid() {
    let anonymous = |resource: &str| {
        let server = McpServer::new(resource, Desk);
        server.auth(danger::anonymous()).build().unwrap()
    };
    let public = || App::new(ORIGIN).server(anonymous(MCP));
    assert!(matches!(
        public().into_router(),
        Err(BuildError::PublicAnonymous(_))
    ));
    assert!(public().allow_anonymous().into_router().is_ok());

    let local = anonymous("http://localhost:8080/mcp");
    assert!(
        App::new("http://localhost:8080")
            .server(local)
            .into_router()
            .is_ok()
    );
}

/// The origin says loopback, and the socket was bound to every address.
#[tokio::test]
async fn t3_what_is_for_this_machine_is_not_answered_to_another() {
    let local = "http://localhost:8080";
    let anonymous = || {
        let server = McpServer::new("http://localhost:8080/mcp", Desk);
        let server = server.auth(danger::anonymous()).build().unwrap();
        App::new(local).server(server)
    };
    let mut app = App::new(local);
    let login = portcullis::dev::login(&mut app).unwrap();
    let server = McpServer::new("http://localhost:8080/mcp", Desk).auth(login);
    let signs_in = app.server(server.build().unwrap()).into_router().unwrap();
    let health = async |app: &Router, peer: &str| {
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        let request = axum::http::Request::get("/healthz")
            .header(header::HOST, "localhost:8080")
            .extension(axum::extract::ConnectInfo(peer));
        send(app, request.body(Body::empty()).unwrap()).await.status
    };
    for app in [&anonymous().into_router().unwrap(), &signs_in] {
        for here in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(health(app, here).await, StatusCode::OK, "{here}");
        }
        for elsewhere in ["192.0.2.1:1", "[2001:db8::1]:1", "[::ffff:192.0.2.1]:1"] {
            assert_eq!(health(app, elsewhere).await, StatusCode::FORBIDDEN);
        }
    }
    let public = anonymous().allow_anonymous().into_router().unwrap();
    assert_eq!(health(&public, "192.0.2.1:1").await, StatusCode::OK);
}

#[test]
fn a_server_is_not_built_half() {
    let error = |resource: &str| {
        let server = McpServer::new(resource, Desk).auth(Bearer(Plain));
        server.build().unwrap_err().to_string()
    };
    assert!(error("http://mcp.example.com/mcp").contains("https"));
    assert!(error("mcp").contains("https://mcp.example.com/weather/mcp"));

    let typo = McpServer::new(MCP, Desk).tool_scopes("wriet", ["a"]);
    let typo = typo.auth(Bearer(Plain)).build();
    assert!(matches!(typo, Err(BuildError::NoSuchTool(_))));
}
