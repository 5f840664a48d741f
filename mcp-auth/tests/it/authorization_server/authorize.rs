//! `GET /authorize`: errors before and after the redirect URI is known to be good.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use portcullis_auth::{MemoryStore, PreregisteredClient};
use rstest::rstest;
use serde_json::json;

use super::world::*;

#[rstest]
#[case::no_response_type(&[("response_type", "")], "invalid_request")]
#[case::token(&[("response_type", "token")], "unsupported_response_type")]
#[case::fragment(&[("response_mode", "fragment")], "invalid_request")]
#[case::no_challenge(&[("code_challenge", "")], "invalid_request")]
#[case::short_challenge(&[("code_challenge", "x")], "invalid_request")]
#[case::odd_challenge(&[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")], "invalid_request")]
#[case::plain(&[("code_challenge_method", "plain")], "invalid_request")]
#[case::unknown_method(&[("code_challenge_method", "S512")], "invalid_request")]
#[case::no_method(&[("code_challenge_method", "")], "invalid_request")]
#[case::lower_case_method(&[("code_challenge_method", "s256")], "invalid_request")]
#[case::unknown_resource(&[("resource", "https://evil.example/mcp")], "invalid_target")]
#[case::prefix_resource(&[("resource", "http://localhost:8080/weather/mcp2")], "invalid_target")]
#[case::two_resources(&[("resource", RESOURCE), ("resource", OTHER_RESOURCE)], "invalid_target")]
#[case::unknown_scope(&[("scope", "admin")], "invalid_scope")]
#[case::injected_scope(&[("scope", "mcp-server/read\"&identity_provider=evil")], "invalid_scope")]
#[case::two_states(&[("state", "client-state"), ("state", "other")], "invalid_request")]
#[case::two_challenges(&[("code_challenge", CHALLENGE), ("code_challenge", CHALLENGE)], "invalid_request")]
#[tokio::test]
async fn a34_a37_t24_errors_go_back_to_the_client_with_iss(
    #[case] changes: &[(&str, &str)],
    #[case] error: &str,
) {
    let world = World::offline();
    let client = world.client().await;
    let answer = world.get(&client.authorize(changes)).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.body);
    assert!(answer.location().unwrap().as_str().starts_with(REDIRECT));
    assert_eq!(answer.redirected("error").as_deref(), Some(error));
    assert_eq!(answer.redirected("iss").as_deref(), Some(ISSUER));
    if changes[0].0 != "state" {
        assert_eq!(answer.redirected("state").as_deref(), Some("client-state"));
    }
    assert!(answer.redirected("code").is_none());
    let location = answer.location().unwrap().to_string();
    assert!(!location.contains("evil"), "nothing is echoed: {location}");
}

/// RFC 9700 §4.11.2: whoever registers a client could make this server send people anywhere.
#[tokio::test]
async fn t16_an_erroneous_request_redirects_nobody_to_where_a_stranger_likes() {
    const ELSEWHERE: &str = "https://evil.example/phish";
    let desk = PreregisteredClient::public("desk", [ELSEWHERE]);
    let world = World::with(|builder| builder.store(MemoryStore::new()).client(desk)).await;
    let stranger = world
        .register(&json!({ "redirect_uris": [ELSEWHERE] }))
        .await;
    let wrong = [
        ("response_type", "token"),
        ("code_challenge_method", "plain"),
        ("scope", "admin"),
        ("resource", "https://evil.example/mcp"),
    ];
    for change in wrong {
        let answer = world.get(&stranger.authorize(&[change])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(answer.location().is_none(), "{change:?}");
        let echoed = answer.body.replace(ELSEWHERE, "");
        let echoed = echoed.replace("Return to evil.example", "");
        assert!(
            !echoed.contains("evil"),
            "only where the link leads: {echoed}"
        );
        // The operator vouches for the clients of the configuration.
        let known = [change, ("client_id", "desk")];
        let answer = world.get(&stranger.authorize(&known)).await;
        assert!(answer.redirected("error").is_some(), "{change:?}");
    }
    // A good request asks first, and says where it leads.
    let page = world.get(&stranger.authorize(&[])).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("evil.example"));
}

/// A link must not start an application before its user has been asked.
#[tokio::test]
async fn t16_an_erroneous_request_starts_no_application() {
    const APPLICATION: &str = "cursor://anysphere.cursor-mcp/oauth/callback";
    let desk = PreregisteredClient::public("desk", [APPLICATION]);
    let world = World::with(|builder| {
        builder
            .store(MemoryStore::new())
            .allow_redirect_scheme("cursor")
            .client(desk)
    })
    .await;
    let metadata = json!({ "redirect_uris": [APPLICATION] });
    let stranger = world.register(&metadata).await;
    let wrong = ("scope", "admin");
    let answer = world.get(&stranger.authorize(&[wrong])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert!(answer.location().is_none());
    let known = [wrong, ("client_id", "desk")];
    let answer = world.get(&stranger.authorize(&known)).await;
    assert!(answer.redirected("error").is_some(), "{answer:?}");
}

/// What a stranger sends is searched from one end to the other, so it must be short.
#[tokio::test]
async fn t18_a_request_names_a_bounded_number_of_scopes() {
    let world = World::new().await;
    let client = world.client().await;
    let scopes = |count: usize| {
        let fill = (1..count).map(|n| format!(" s{n}"));
        "mcp-server/read".to_owned() + &fill.collect::<String>()
    };
    let page = world
        .get(&client.authorize(&[("scope", &scopes(256))]))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let many = scopes(257);
    let answer = world.get(&client.authorize(&[("scope", &many)])).await;
    let error = answer.redirected("error");
    assert_eq!(error.as_deref(), Some("invalid_scope"), "{answer:?}");

    let refresh = client.tokens().await.refresh;
    let answer = client.refresh(&refresh, &[("scope", &many)]).await;
    assert_eq!(answer.error(), "invalid_scope");
}

#[tokio::test]
async fn t18_a_query_is_bounded() {
    let world = World::offline();
    for path in ["/authorize", "/callback"] {
        let longest = "x".repeat(16 * 1024);
        let answer = world.get(&format!("{path}?{longest}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        let answer = world.get(&format!("{path}?{longest}x")).await;
        assert_eq!(answer.status, StatusCode::URI_TOO_LONG, "{path}");
    }
}

#[tokio::test]
async fn t24_a_state_that_would_not_fit_the_form_is_refused_at_once() {
    let world = World::offline();
    let client = world.client().await;
    let longest = "\"".repeat(1024);
    let mut browser = world.browser();
    let page = browser.get(&client.authorize(&[("state", &longest)])).await;
    let form = [("request", &*page.form_request()), ("decision", "deny")];
    let answer = browser.post("/consent", &form).await;
    assert_eq!(answer.redirected("state"), Some(longest.clone()));

    for state in [&*format!("{longest}x"), "line\nbreak"] {
        let answer = world.get(&client.authorize(&[("state", state)])).await;
        assert_eq!(
            answer.redirected("error").as_deref(),
            Some("invalid_request")
        );
        // RFC 6749 §4.1.2.1: the exact value received from the client.
        assert_eq!(answer.redirected("state").as_deref(), Some(state));
    }
    let endless = "x".repeat(2049);
    let answer = world.get(&client.authorize(&[("state", &endless)])).await;
    assert!(answer.redirected("error").is_some());
    assert!(answer.redirected("state").is_none(), "no proxy takes it");
}

/// RFC 6749 §4.1.2.1 with RFC 9700 §4.11.2: a client that nobody vouches for is told, too, if its user
/// follows the link.
#[tokio::test]
async fn an_error_reaches_a_client_on_the_web_by_its_users_click() {
    let world = World::offline();
    let metadata = json!({ "redirect_uris": ["https://client.example/cb?from=mcp"] });
    let client = world.register(&metadata).await;
    let long = "<".repeat(1025);
    for (change, error) in [
        (("state", &*long), "invalid_request"),
        (("scope", "admin"), "invalid_scope"),
        (("resource", "https://other.example/mcp"), "invalid_target"),
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge", ""), "invalid_request"),
    ] {
        let page = world.get(&client.authorize(&[change])).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(page.location().is_none(), "{change:?}");
        assert!(page.body.contains("Return to client.example"), "{page:?}");
        let link = page.body.split_once("<a href=\"").unwrap().1;
        let link = link.split_once('"').unwrap().0.replace("&#38;", "&");
        let link = url::Url::parse(&link).unwrap();
        assert_eq!(link.host_str(), Some("client.example"));
        let value = |name: &str| {
            let mut pairs = link.query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .map(|it| it.1.into_owned())
        };
        assert_eq!(value("error").as_deref(), Some(error), "{link}");
        assert_eq!(value("iss").as_deref(), Some(ISSUER));
        let sent = if change.0 == "state" {
            &long
        } else {
            "client-state"
        };
        assert_eq!(value("state").as_deref(), Some(sent));
    }
}

#[tokio::test]
async fn an_unknown_client_sees_a_page_and_is_not_redirected() {
    let world = World::offline();
    let client = world.client().await;
    for changes in [
        [("client_id", "nobody")],
        [("client_id", "")],
        [("client_id", "<script>alert(1)</script>")],
    ] {
        let answer = world.get(&client.authorize(&changes)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.location().is_none());
        assert!(!answer.body.contains("<script"), "nothing is echoed");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let twice = format!("{}&client_id={}", client.authorize(&[]), client.id);
    let answer = world.get(&twice).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let twice = format!("{}&redirect_uri=x", client.authorize(&[]));
    let answer = world.get(&twice).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.location().is_none());
}

#[tokio::test]
async fn a91_an_old_client_sends_neither_state_nor_scope_nor_resource() {
    let world = World::with(|builder| {
        let store = portcullis_auth::MemoryStore::new();
        builder
            .store(store)
            .resource(OTHER_RESOURCE, ["mcp-server/read"])
    })
    .await;
    let client = world.client().await;
    let old = client.authorize(&[("state", ""), ("scope", ""), ("resource", "")]);
    let answer = world.browser().sign_in(&old).await;
    assert!(answer.redirected("state").is_none());
    let code = answer.redirected("code").unwrap();
    let tokens = client.redeem(&code, &[("resource", "")]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    // A46: the scope is told, since none was asked for.
    assert_eq!(tokens.text("scope"), "mcp-server/read mcp-server/write");
}

#[tokio::test]
async fn a39_a_resource_is_compared_in_its_canonical_form() {
    let world = World::new().await;
    let client = world.client().await;
    let slash = client.authorize(&[("resource", "HTTP://LOCALHOST:8080/weather/mcp/")]);
    let answer = world.browser().sign_in(&slash).await;
    let code = answer.redirected("code").unwrap();
    let changes = [("resource", "http://localhost:8080/weather/mcp/")];
    let tokens = client.redeem(&code, &changes).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
}

/// RFC 8707 §2; clients send what their user typed, and some send it twice.
#[rstest]
#[case::a_query(&["http://localhost:8080/weather/mcp?profile=work&x=1"], true)]
#[case::an_empty_query(&["http://localhost:8080/weather/mcp/?"], true)]
#[case::twice(&[RESOURCE, RESOURCE], true)]
#[case::with_and_without_a_slash(&["http://localhost:8080/weather/mcp/", RESOURCE], true)]
#[case::with_and_without_a_query(&["http://localhost:8080/weather/mcp?x=1", RESOURCE, RESOURCE], true)]
#[case::two(&[RESOURCE, OTHER_RESOURCE], false)]
#[case::another_behind_a_query(&["http://localhost:8080/other/mcp?x=/weather/mcp"], false)]
#[case::a_fragment(&["http://localhost:8080/weather/mcp#x"], false)]
#[case::a_fragment_behind_a_query(&["http://localhost:8080/weather/mcp?x=1#x"], false)]
#[case::no_url(&[RESOURCE, "weather"], false)]
#[tokio::test]
async fn a_resource_counts_without_its_query_and_as_one_however_often(
    #[case] named: &[&str],
    #[case] is_good: bool,
) {
    let world = World::new().await;
    let client = world.client().await;
    let named: Vec<_> = named.iter().map(|value| ("resource", *value)).collect();

    let refused = "invalid_target";
    let authorize = client.authorize(&named);
    let code = if is_good {
        let answer = world.browser().sign_in(&authorize).await;
        answer.redirected("code").unwrap()
    } else {
        let answer = world.get(&authorize).await;
        assert_eq!(answer.redirected("error").as_deref(), Some(refused));
        client.code().await
    };
    let answer = client.redeem(&code, &named).await;
    let token = if is_good {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.text("refresh_token")
    } else {
        assert_eq!(answer.error(), refused);
        client.tokens().await.refresh
    };
    let answer = client.refresh(&token, &named).await;
    if is_good {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let claims = answer.text("access_token");
        let claims = claims.split('.').nth(1).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], RESOURCE);
    } else {
        assert_eq!(answer.error(), refused);
    }
}

#[tokio::test]
async fn fetching_authorize_twice_burns_nothing() {
    let world = World::offline();
    let client = world.client().await;
    let mut browser = world.browser();
    let first = browser.get(&client.authorize(&[])).await;
    for _ in 0..3 {
        let again = browser.get(&client.authorize(&[])).await;
        assert_eq!(again.status, StatusCode::OK);
        assert_eq!(again.header("set-cookie"), "", "the cookie is kept");
    }
    let form = [
        ("request", first.form_request()),
        ("decision", "allow".to_owned()),
    ];
    let form: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = browser.post("/consent", &form).await;
    assert_eq!(
        answer.status,
        StatusCode::FOUND,
        "the first form still works"
    );
}

/// Of OpenID Connect, and no parameter of OAuth.
#[tokio::test]
async fn prompt_is_ignored_and_none_skips_no_consent() {
    let world = World::offline();
    let client = world.client().await;
    for prompt in ["none", "login", "consent", "select_account"] {
        let page = world.get(&client.authorize(&[("prompt", prompt)])).await;
        assert_eq!(page.status, StatusCode::OK, "{prompt}: {page:?}");
        assert!(page.body.contains("Allow “"), "{prompt}");
    }
}

#[tokio::test]
async fn authorize_is_for_get_only() {
    let world = World::offline();
    let answer = world.post_form("/authorize", None, &[]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("GET"));
}
