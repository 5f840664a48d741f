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
#[case::no_host("https:///cb")]
#[case::no_host_slashless("https:/cb")]
#[case::no_slashes("https:cb")]
#[case::many_slashes("https:////evil.com/cb")]
#[case::no_host_on_loopback("http:///localhost/cb")]
#[case::wildcard_host("https://*.example.com/cb")]
#[case::wildcard_as_host("https://*/cb")]
#[case::encoded_wildcard("https://%2a.example.com/cb")]
#[case::wildcard_of_an_application("cursor://*/callback")]
#[case::application_without_a_path("cursor:callback")]
#[case::application_fragment("cursor://callback#x")]
#[case::application_user_info("cursor://a@callback")]
#[case::script_with_host("javascript://callback")]
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
    assert_named_harmlessly(&answer.text("error_description"), uri);

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

/// An answer names a URI by its letters and digits, and what could do harm in a log or page is escaped.
fn assert_named_harmlessly(text: &str, uri: &str) {
    let is_harmless = |b: u8| (b == b' ' || b.is_ascii_graphic()) && !b"\"\\<>".contains(&b);
    assert!(text.bytes().all(is_harmless), "{text}");
    let words = uri.split(|c: char| !c.is_ascii_alphanumeric());
    assert!(words.clone().all(|word| text.contains(word)), "{text}");
}

/// Everything that Cursor registers at once, for its desktop application, its cloud and its command line.
const CURSOR: [&str; 3] = [
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
];

#[tokio::test]
async fn a35_cursor_registers_its_three_redirect_uris_without_any_setting() {
    let world = World::new().await;
    let metadata = json!({ "client_name": "Cursor", "redirect_uris": CURSOR, "token_endpoint_auth_method": "none" });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.json()["redirect_uris"], json!(CURSOR));
    assert!(answer.json().get("left_out_redirect_uris").is_none());
    let client = world.register(&metadata).await;
    for uri in CURSOR {
        let authorize = client.authorize(&[("redirect_uri", uri)]);
        let answer = world.browser().sign_in(&authorize).await;
        let back = answer.location().unwrap();
        assert!(back.as_str().starts_with(&format!("{uri}?code=")), "{back}");
        let code = answer.redirected("code").unwrap();
        let tokens = client.redeem(&code, &[("redirect_uri", uri)]).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    }
}

#[rstest]
#[case::cursor("cursor://anysphere.cursor-mcp/oauth/callback")]
#[case::path_only("cursor:/callback")]
#[case::vscode("vscode://saoudrizwan.claude-dev/mcp-auth/callback/1f2e")]
#[case::insiders("vscode-insiders://saoudrizwan.claude-dev/mcp-auth/callback/1f2e")]
#[case::windsurf("windsurf://codeium.windsurf/oauth/callback")]
#[case::jetbrains("jetbrains://gateway/oauth/callback")]
#[tokio::test]
async fn a35_a_well_known_client_is_called_back_by_its_own_scheme(#[case] uri: &str) {
    let world = World::new().await;
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
#[case::name_and_path("thunder://callback")]
#[case::with_dot("com.example.app:/callback")]
#[case::longer_than_a_known_one("cursor.evil://callback")]
#[case::harmful("thunder://x/\u{1b}[2J<script>\\\n")]
#[tokio::test]
async fn a35_an_unknown_scheme_is_left_out_of_what_is_registered_and_named(#[case] uri: &str) {
    let world = World::offline();
    let uris = ["https://good.example/cb", uri];
    let answer = world
        .post_json("/register", &json!({ "redirect_uris": uris }))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let registered = answer.json();
    assert_eq!(
        registered["redirect_uris"],
        json!(["https://good.example/cb"])
    );
    let left_out = registered["left_out_redirect_uris"].as_array().unwrap();
    assert_eq!(left_out.len(), 1);
    let words = uri.replace(char::is_control, " ");
    assert_named_harmlessly(left_out[0].as_str().unwrap(), &words);
    let client = world.register(&json!({ "redirect_uris": uris })).await;
    let answer = world.get(&client.authorize(&[("redirect_uri", uri)])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.location().is_none(), "never redirected");
}

#[tokio::test]
async fn a35_an_error_names_the_uri_and_the_setting_if_no_scheme_is_known() {
    let world = World::offline();
    let uris = ["thunder://callback", "com.example.app:/callback"];
    let answer = world
        .post_json("/register", &json!({ "redirect_uris": uris }))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.error(), "invalid_redirect_uri");
    let description = answer.text("error_description");
    for named in ["allow_redirect_scheme", uris[0], uris[1]] {
        assert!(description.contains(named), "{description}");
    }
}

#[tokio::test]
async fn a35_the_configuration_says_which_schemes_there_are() {
    let registered = async |settings: fn(
        AuthorizationServerBuilder,
    ) -> AuthorizationServerBuilder| {
        let world = World::offline_with(|builder| settings(builder).store(MemoryStore::new()));
        let uris = json!({ "redirect_uris": ["https://good.example/cb", "cursor://a/b", "thunder://c/d"] });
        let answer = world.post_json("/register", &uris).await;
        answer.json()["redirect_uris"].clone()
    };
    let one_more = registered(|builder| builder.allow_redirect_scheme("thunder")).await;
    assert_eq!(
        one_more,
        json!(["https://good.example/cb", "cursor://a/b", "thunder://c/d"])
    );
    let another = registered(|builder| builder.redirect_schemes(["thunder"])).await;
    assert_eq!(another, json!(["https://good.example/cb", "thunder://c/d"]));
    let none = registered(|builder| builder.redirect_schemes([""; 0])).await;
    assert_eq!(none, json!(["https://good.example/cb"]));
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
    assert_eq!(error.setting(), format!("redirect scheme {scheme:?}"));
}
