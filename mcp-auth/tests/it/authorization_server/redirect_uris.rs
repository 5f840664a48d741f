//! T16: where a code may be sent.

use http::StatusCode;
use portcullis_auth::{AuthorizationServer, AuthorizationServerBuilder, MemoryStore, Upstream};
use rstest::rstest;
use serde_json::json;

use super::world::*;

#[rstest]
#[case::prefix("http://localhost.evil.com/cb")]
#[case::user_info("http://localhost@evil.com/cb")]
#[case::user_info_https("https://good.example@evil.com/cb")]
#[case::password("https://u:p@evil.com/cb")]
#[case::fragment("https://good.example/cb#x")]
#[case::empty_fragment("https://good.example/cb#")]
#[case::plain_http("http://good.example/cb")]
#[case::javascript("javascript:alert(1)")]
#[case::data("data:text/html,x")]
#[case::private_use("cursor://callback")]
#[case::private_use_with_dot("com.example.app:/callback")]
#[case::file("file:///etc/passwd")]
#[case::backslash("http://localhost\\@evil.com/cb")]
#[case::tab("http://local\thost/cb")]
#[case::newline("https://good.example/cb\nx")]
#[case::space("https://good.example/c b")]
#[case::port_zero("http://127.0.0.1:0/")]
#[case::encoded_at("http://localhost%40evil.com/cb")]
#[case::encoded_slash("http://localhost%2fevil.com/cb")]
#[case::trailing_dot("http://localhost./cb")]
#[case::unicode_host("https://g\u{f6}\u{f6}d.example/cb")]
#[case::zero_address("http://0.0.0.0/cb")]
#[case::private_address("http://10.0.0.1/cb")]
#[case::ipv6_not_loopback("http://[2001:db8::1]/cb")]
#[case::upper_case_scheme("HTTP://good.example/cb")]
#[case::upper_case_script("JaVaScRiPt:alert(1)")]
#[case::punycode_loopback_lookalike("http://xn--lcalhost-w8a/cb")]
#[case::ideographic_full_stop("http://127\u{3002}0.0.1/cb")]
#[case::quotation_mark("https://good.example/c\"b")]
#[case::relative("/cb")]
#[case::empty("")]
#[tokio::test]
async fn t16_s06_a_bad_redirect_uri_is_neither_registered_nor_followed(#[case] uri: &str) {
    let world = World::offline();
    let metadata = json!({ "redirect_uris": ["https://good.example/cb", uri] });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.error(), "invalid_redirect_uri");
    if !uri.is_empty() {
        assert!(!answer.body.contains(uri), "nothing is echoed");
    }

    let client = world
        .register(&json!({ "redirect_uris": [REDIRECT, "https://good.example/cb"] }))
        .await;
    let answer = world.get(&client.authorize(&[("redirect_uri", uri)])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.location().is_none(), "never redirected");
    assert!(answer.header("content-type").starts_with("text/html"));
}

#[rstest]
#[case::same("https://good.example/cb", "https://good.example/cb", true)]
#[case::case_of_scheme("https://good.example/cb", "HTTPS://good.example/cb", false)]
#[case::case_of_loopback("http://127.0.0.1:1/cb", "HTTP://127.0.0.1:2/cb", true)]
#[case::punycode(
    "https://xn--gd-fkaa.example/cb",
    "https://xn--gd-fkaa.example/cb",
    true
)]
#[case::punycode_of_another("https://good.example/cb", "https://xn--gd-fkaa.example/cb", false)]
#[case::other_path("https://good.example/cb", "https://good.example/cb/", false)]
#[case::added_query("https://good.example/cb", "https://good.example/cb?x=1", false)]
#[case::other_host("https://good.example/cb", "https://evil.example/cb", false)]
#[case::subdomain("https://good.example/cb", "https://a.good.example/cb", false)]
#[case::https_port("https://good.example/cb", "https://good.example:8443/cb", false)]
#[case::case_of_path("https://good.example/cb", "https://good.example/CB", false)]
#[case::dot_segments("https://good.example/cb", "https://good.example/x/../cb", false)]
#[case::loopback_port("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true)]
#[case::loopback_other_port("http://localhost:3000/cb", "http://localhost:4000/cb", true)]
#[case::loopback_ipv6("http://[::1]:1/cb", "http://[::1]:2/cb", true)]
#[case::loopback_other_name("http://localhost/cb", "http://127.0.0.1/cb", false)]
#[case::loopback_other_path("http://127.0.0.1/cb", "http://127.0.0.1/other", false)]
#[case::loopback_other_query("http://127.0.0.1/cb?a=1", "http://127.0.0.1/cb?a=2", false)]
#[case::loopback_https("https://localhost:1/cb", "https://localhost:2/cb", false)]
#[tokio::test]
async fn a36_a54_a_redirect_uri_matches_exactly_but_for_the_port_on_loopback(
    #[case] registered: &str,
    #[case] requested: &str,
    #[case] matches: bool,
) {
    let world = World::offline();
    let client = world
        .register(&json!({ "redirect_uris": [registered] }))
        .await;
    let answer = world
        .get(&client.authorize(&[("redirect_uri", requested)]))
        .await;
    let expected = if matches {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    assert_eq!(answer.status, expected);
    assert!(answer.location().is_none());
}

#[tokio::test]
async fn s20_one_client_may_have_several_redirect_uris() {
    let world = World::offline();
    let uris = [
        "http://127.0.0.1/a",
        "http://[::1]/b",
        "https://good.example/c",
    ];
    let client = world.register(&json!({ "redirect_uris": uris })).await;
    for uri in uris {
        let answer = world.get(&client.authorize(&[("redirect_uri", uri)])).await;
        assert_eq!(answer.status, StatusCode::OK, "{uri}");
    }
    let none = client.authorize(&[("redirect_uri", "")]);
    let answer = world.get(&none).await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "which one is unclear"
    );
}

#[tokio::test]
async fn a_query_of_the_redirect_uri_is_kept() {
    let world = World::new().await;
    let client = world
        .register(&json!({ "redirect_uris": ["https://good.example/cb?tenant=a%26b"] }))
        .await;
    let answer = world.browser().sign_in(&client.authorize(&[])).await;
    let url = answer.location().unwrap();
    assert!(
        url.as_str()
            .starts_with("https://good.example/cb?tenant=a%26b&code="),
        "{url}"
    );
}

/// With `cursor` allowed, and nothing else.
#[rstest]
#[case::name_and_path("cursor://anysphere.cursor-mcp/oauth/callback", true)]
#[case::path_only("cursor:/callback", true)]
#[case::no_path("cursor:callback", false)]
#[case::fragment("cursor://callback#x", false)]
#[case::user_info("cursor://a@callback", false)]
#[case::another_scheme("vscode://callback", false)]
#[case::longer_scheme("cursor.evil://callback", false)]
#[case::javascript("javascript://callback", false)]
#[tokio::test]
async fn a35_a_private_use_scheme_is_for_those_whom_the_configuration_names(
    #[case] uri: &str,
    #[case] admitted: bool,
) {
    let settings = |builder: AuthorizationServerBuilder| {
        let builder = builder.allow_redirect_scheme("cursor");
        builder.store(MemoryStore::new())
    };
    let world = World::with(settings).await;
    let answer = world
        .post_json("/register", &json!({ "redirect_uris": [uri] }))
        .await;
    if !admitted {
        assert_eq!(answer.error(), "invalid_redirect_uri", "{}", answer.body);
        return;
    }
    let client = world.register(&json!({ "redirect_uris": [uri] })).await;
    let page = world.get(&client.authorize(&[])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("This is a program on the computer"));
    let other = format!("{uri}2");
    let answer = world
        .get(&client.authorize(&[("redirect_uri", &other)]))
        .await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "exactly, or not at all"
    );

    let answer = world.browser().sign_in(&client.authorize(&[])).await;
    let back = answer.location().unwrap();
    assert!(back.as_str().starts_with(&format!("{uri}?code=")), "{back}");
}

#[rstest]
#[case::web("https")]
#[case::script("javascript")]
#[case::with_colon("cursor:")]
#[case::upper_case("Cursor")]
#[case::empty("")]
#[tokio::test]
async fn a35_only_an_applications_own_scheme_can_be_allowed(#[case] scheme: &str) {
    let error = AuthorizationServer::builder("https://mcp.example.com")
        .upstream(Upstream::cognito(
            "us-west-2_AbC123",
            "http://127.0.0.1:9",
            "app",
            None,
        ))
        .resource("https://mcp.example.com/mcp", ["read"])
        .store(MemoryStore::new())
        .keys(keys().0, keys().1)
        .allow_redirect_scheme(scheme)
        .build()
        .unwrap_err();
    assert!(
        error.setting().starts_with("allow_redirect_scheme"),
        "{error}"
    );
}
