//! `GET /callback`: one time, by the browser that consented, from the right provider.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use portcullis_auth::{MockEndpoint, MockFault};

use super::world::*;

#[tokio::test]
async fn t15_s08_a_state_works_once() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;
    assert!(browser.get(&callback).await.redirected("code").is_some());
    let again = browser.get(&callback).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.location().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t15_of_parallel_callbacks_with_one_state_one_goes_on() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;
    let racers = (0..16).map(|_| {
        let (mut browser, callback) = (browser.clone(), callback.clone());
        tokio::spawn(async move { browser.get(&callback).await.redirected("code").is_some() })
    });
    let results = join_all(racers).await;
    let winners = results.into_iter().filter(|won| *won.as_ref().unwrap());
    assert_eq!(winners.count(), 1);
}

/// The first request holds the state while the provider makes it wait: a second one in that time gets
/// nothing.
#[tokio::test]
async fn t15_a_state_whose_code_is_being_exchanged_is_taken() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;
    let before = world.mock().requests(MockEndpoint::Token);
    world
        .mock()
        .fail_next(MockEndpoint::Token, MockFault::Hang, 1);
    let (mut waiting, url) = (browser.clone(), callback.clone());
    let first = tokio::spawn(async move { waiting.get(&url).await });
    while world.mock().requests(MockEndpoint::Token) == before {
        tokio::task::yield_now().await;
    }
    let second = browser.get(&callback).await;
    assert_eq!(second.status, StatusCode::BAD_REQUEST, "{second:?}");
    assert!(second.location().is_none());
    first.abort();
}

#[tokio::test]
async fn t15_a_state_belongs_to_the_browser_that_consented() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;

    let mut other = world.browser();
    other.get(&client.authorize(&[])).await;
    for mut stranger in [world.browser(), other] {
        let answer = stranger.get(&callback).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.location().is_none());
    }
    let owner = browser.get(&callback).await;
    assert!(owner.redirected("code").is_some(), "strangers burn nothing");
}

#[tokio::test]
async fn t15_a_state_lives_for_ten_minutes_and_is_not_guessed() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;
    for guess in ["/callback", "/callback?code=x", "/callback?state=x&code=x"] {
        let answer = browser.get(guess).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{guess}");
    }
    // The provider's own code does not live for so long: it is asked for late, as a slow user does.
    let mut slow = world.browser();
    let at_provider = slow.consent(&client.authorize(&[])).await;
    world.clock.advance(Duration::from_secs(599));
    let back = slow.log_in(&at_provider).await;
    let answer = slow.get(back.location().unwrap().as_str()).await;
    assert!(answer.redirected("code").is_some(), "{answer:?}");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get(&callback).await.status, StatusCode::BAD_REQUEST);

    let mut too_slow = world.browser();
    let at_provider = too_slow.consent(&client.authorize(&[])).await;
    world.clock.advance(Duration::from_secs(600));
    let back = too_slow.log_in(&at_provider).await;
    let answer = too_slow.get(back.location().unwrap().as_str()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn t22_an_answer_of_another_issuer_is_not_taken() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;
    let evil = format!("{callback}&iss=https%3A%2F%2Fevil.example");
    assert_eq!(browser.get(&evil).await.status, StatusCode::BAD_REQUEST);
    let issuer: String =
        url::form_urlencoded::byte_serialize(world.mock().issuer().as_str().as_bytes()).collect();
    let good = browser.get(&format!("{callback}&iss={issuer}")).await;
    assert!(good.redirected("code").is_some(), "{good:?}");
}

#[tokio::test]
async fn an_error_of_the_provider_is_told_in_our_words() {
    let world = World::new().await;
    let client = world.client().await;
    for (error, told) in [
        ("access_denied", "access_denied"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("invalid_scope", "server_error"),
        ("%22%3E%3Cscript%3E", "server_error"),
    ] {
        let mut browser = world.browser();
        let to_upstream = browser.consent(&client.authorize(&[])).await;
        let state = to_upstream.redirected("state").unwrap();
        let callback = format!("/callback?state={state}&error={error}&error_description=evil");
        let answer = browser.get(&callback).await;
        assert_eq!(answer.redirected("error").as_deref(), Some(told));
        assert_eq!(answer.redirected("state").as_deref(), Some("client-state"));
        assert_eq!(answer.redirected("iss").as_deref(), Some(ISSUER));
        assert!(!answer.location().unwrap().as_str().contains("evil"));
        assert_eq!(browser.get(&callback).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_upstream_fault_is_503_and_the_same_url_works_afterwards() {
    let world = World::new().await;
    let client = world.client().await;
    for fault in [
        MockFault::Status(503),
        MockFault::Status(500),
        MockFault::Status(429),
        MockFault::Disconnect,
        MockFault::Garbage,
    ] {
        let mut browser = world.browser();
        let callback = browser.walk_to_callback(&client.authorize(&[])).await;
        world.mock().fail_next(MockEndpoint::Token, fault, 1);
        let answer = browser.get(&callback).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        assert!(!answer.header("retry-after").is_empty());
        assert!(answer.location().is_none());
        let again = browser.get(&callback).await;
        assert!(again.redirected("code").is_some(), "{fault:?}: {again:?}");
    }
}

#[tokio::test]
async fn a_made_up_upstream_code_gives_no_code() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let to_upstream = browser.consent(&client.authorize(&[])).await;
    let state = to_upstream.redirected("state").unwrap();
    let answer = browser
        .get(&format!("/callback?state={state}&code=made-up"))
        .await;
    assert!(answer.redirected("code").is_none());
    assert_eq!(answer.redirected("error").as_deref(), Some("server_error"));
}

#[tokio::test]
async fn s13_the_upstream_request_is_ours_with_pkce_nonce_and_known_scopes_only() {
    let world = World::new().await;
    let client = world.client().await;
    let scope = "openid offline_access mcp-server/read unknown&identity_provider=evil";
    let mut browser = world.browser();
    let to_upstream = browser
        .consent(&client.authorize(&[("scope", scope)]))
        .await;
    let url = to_upstream.location().unwrap();
    let mut names: Vec<_> = url
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    names.sort();
    let expected = [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(names, expected);
    let sent = |name| to_upstream.redirected(name).unwrap();
    assert_eq!(sent("scope"), "openid mcp-server/read");
    assert_eq!(sent("client_id"), "app");
    assert_eq!(sent("redirect_uri"), format!("{ISSUER}/callback"));
    assert_eq!(sent("code_challenge_method"), "S256");
    assert_ne!(
        sent("code_challenge"),
        CHALLENGE,
        "the upstream leg has its own"
    );
    assert_ne!(sent("state"), "client-state");
    assert!(sent("state").len() >= 43 && sent("nonce").len() >= 43);
}
