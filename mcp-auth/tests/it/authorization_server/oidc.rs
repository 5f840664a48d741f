//! An OpenID provider that is not Cognito: endpoints by discovery, scopes by the token response.

use std::time::Duration;

use http::StatusCode;
use portcullis_auth::{MemoryStore, MockEndpoint, MockFault, Upstream};
use rstest::rstest;
use serde_json::{Value, json};

use super::{provider::Provider, world::*};

async fn world() -> World {
    let cognito = World::new().await;
    let mock = cognito.mock().clone();
    let upstream = Upstream::oidc(mock.issuer().as_str(), "app", "app-secret".to_owned())
        .groups_claim("cognito:groups");
    World::around(mock, cognito.clock, |builder| {
        builder
            .store(MemoryStore::new())
            .upstream(upstream)
            .resource(OTHER_RESOURCE, ["publish"])
            .scope_for_group("publish", "publishers")
    })
}

#[tokio::test]
async fn an_openid_provider_is_found_by_its_issuer() {
    let world = world().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    world.clock.advance(Duration::from_secs(3600));
    let refreshed = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    assert_eq!(refreshed.text("scope"), "mcp-server/read");
}

#[tokio::test]
async fn groups_come_from_the_id_token() {
    let world = world().await;
    let client = world.client().await;
    let uri = client.authorize(&[("scope", "publish"), ("resource", OTHER_RESOURCE)]);
    let mut browser = world.browser();
    assert!(browser.sign_in(&uri).await.redirected("code").is_some());
    let mut stranger = world.browser();
    stranger.user = OTHER_USER;
    let answer = stranger.sign_in(&uri).await;
    assert_eq!(answer.redirected("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn failed_discovery_is_503_and_tried_again() {
    let world = world().await;
    let client = world.client().await;
    world
        .mock()
        .fail_next(MockEndpoint::Discovery, MockFault::Status(500), 1);
    let mut browser = world.browser();
    let answer = browser.consent(&client.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let answer = browser.consent(&client.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
}

/// OpenID Connect Core §12.2: the answer to a refresh need not have an id token.
#[tokio::test]
async fn a_refresh_without_an_id_token_takes_no_group_away_and_one_without_the_group_does() {
    let provider = Provider::start(json!({})).await;
    let world = provider.world(|builder| {
        builder
            .resource(OTHER_RESOURCE, ["publish", "read"])
            .scope_by_consent("read")
            .scope_for_group("publish", "publishers")
    });
    let client = world.client().await;
    let both = ("scope", "publish read");
    let authorize = client.authorize(&[both, ("resource", OTHER_RESOURCE)]);
    let mut browser = world.browser();
    let groups = json!({ "groups": ["publishers"] });
    let callback = provider
        .sign_in(&world, &mut browser, &authorize, groups)
        .await;
    let code = browser.get(&callback).await.redirected("code").unwrap();
    let tokens = client.redeem(&code, &[("resource", OTHER_RESOURCE)]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);

    let refreshed = async |token: String| {
        world.clock.advance(Duration::from_secs(3600));
        let answer = client.refresh(&token, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        (answer.text("refresh_token"), answer.text("scope"))
    };
    provider.answers(json!({}));
    let (token, scope) = refreshed(tokens.text("refresh_token")).await;
    assert_eq!(scope, "publish read");
    let (token, scope) = refreshed(token).await;
    assert_eq!(scope, "publish read");
    provider.answers(json!({ "id_token": provider.id_token(json!({})) }));
    let (_, scope) = refreshed(token).await;
    assert_eq!(scope, "read");
}

/// RFC 9207 §2.4, with a provider that announces `iss`, and with one that does not.
#[rstest]
#[case::announced_and_there(true, Some(true), true)]
#[case::announced_and_missing(true, None, false)]
#[case::announced_and_another(true, Some(false), false)]
#[case::not_announced_and_there(false, Some(true), true)]
#[case::not_announced_and_missing(false, None, true)]
#[case::not_announced_and_another(false, Some(false), false)]
#[tokio::test]
async fn t22_an_issuer_that_names_itself_always_does(
    #[case] announced: bool,
    #[case] names_itself: Option<bool>,
    #[case] accepted: bool,
) {
    let metadata = json!({ "authorization_response_iss_parameter_supported": announced });
    let provider = Provider::start(metadata).await;
    let world = provider.world(|builder| builder);
    let client = world.client().await;
    let mut browser = world.browser();
    let authorize = client.authorize(&[]);
    let callback = provider
        .sign_in(&world, &mut browser, &authorize, json!({}))
        .await;
    let iss = names_itself.map_or(String::new(), |itself| {
        let iss = if itself {
            provider.issuer()
        } else {
            "https://evil.example"
        };
        let encoded: String = url::form_urlencoded::byte_serialize(iss.as_bytes()).collect();
        format!("&iss={encoded}")
    });
    for answer in ["", "&error=access_denied"] {
        let answer = browser.get(&format!("{callback}{iss}{answer}")).await;
        if accepted {
            assert!(answer.redirected("code").is_some(), "{answer:?}");
            return;
        }
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        assert!(answer.location().is_none());
    }
}

/// Signs in; gives the authorization request at the provider, and the answer of `/token`.
async fn asked_and_answered(provider: &Provider, world: &World) -> (url::Url, Answer) {
    let client = world.client().await;
    let mut browser = world.browser();
    let asked = browser.consent(&client.authorize(&[])).await;
    let authorize = client.authorize(&[]);
    let callback = provider
        .sign_in(world, &mut browser, &authorize, json!({}))
        .await;
    let code = browser.get(&callback).await.redirected("code").unwrap();
    (asked.location().unwrap(), client.redeem(&code, &[]).await)
}

/// OpenID Connect Core §11: as discovery lists it, or as the operator says.
#[rstest]
#[case::discovered(json!(["openid", "offline_access"]), "offline_access", |it| it)]
#[case::of_the_operator(json!(["openid"]), "offline_access", |it: Upstream| it.scope("offline_access"))]
#[case::named_otherwise(Value::Null, "keep_me", |it: Upstream| it.scope("keep_me").scope("openid"))]
#[tokio::test]
async fn a_sign_in_lasts_where_refresh_tokens_are_tied_to_a_scope(
    #[case] scopes_supported: Value,
    #[case] scope: &'static str,
    #[case] configure: fn(Upstream) -> Upstream,
) {
    let metadata = match scopes_supported {
        Value::Null => json!({}),
        scopes => json!({ "scopes_supported": scopes }),
    };
    let provider = Provider::start(metadata).await.tie_refresh_to(scope);
    let world = provider.world(|builder| builder.upstream(configure(provider.upstream())));
    let (asked, tokens) = asked_and_answered(&provider, &world).await;
    let asked = asked.query_pairs().find(|(name, _)| name == "scope");
    assert_eq!(asked.unwrap().1, format!("openid {scope} mcp-server/read"));
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    assert!(!tokens.text("refresh_token").is_empty());
}

#[tokio::test]
async fn a_provider_that_does_not_list_offline_access_is_not_asked_for_it() {
    let provider = Provider::start(json!({ "scopes_supported": ["openid"] })).await;
    let world = provider.world(|builder| builder);
    let client = world.client().await;
    let asked = world.browser().consent(&client.authorize(&[])).await;
    let scope = asked.redirected("scope");
    assert_eq!(scope.as_deref(), Some("openid mcp-server/read"));
}

#[tokio::test]
async fn the_operator_adds_parameters_of_the_authorization_request() {
    let provider = Provider::start(json!({})).await;
    let upstream = provider.upstream();
    let upstream = upstream.authorization_parameter("access_type", "offline");
    let upstream = upstream.authorization_parameter("prompt", "consent & more");
    let world = provider.world(|builder| builder.upstream(upstream));
    let (asked, _) = asked_and_answered(&provider, &world).await;
    for (name, value) in [("access_type", "offline"), ("prompt", "consent & more")] {
        let found: Vec<_> = asked.query_pairs().filter(|it| it.0 == name).collect();
        assert_eq!(found.len(), 1, "{asked}");
        assert_eq!(found[0].1, value);
    }
}
