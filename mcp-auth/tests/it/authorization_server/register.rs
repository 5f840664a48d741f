//! T18: dynamic client registration.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo};
use http::{Request, StatusCode, header::CONTENT_TYPE};
use portcullis_auth::{Lifetimes, MemoryStore, RedbStore, SealingKeys};
use rstest::rstest;
use serde_json::{Value, json};

use super::world::*;
use crate::temp::Folder;

#[tokio::test]
async fn a44_the_response_is_201_no_store_and_states_everything() {
    let world = World::offline();
    let metadata = json!({
        "client_name": "mcp-remote",
        "redirect_uris": [REDIRECT],
        "application_type": "native",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid offline_access",
        "token_endpoint_auth_method": "none",
    });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("cache-control"), "no-store");
    let client = answer.json();
    assert_eq!(client["token_endpoint_auth_method"], "none");
    assert_eq!(client["client_name"], "mcp-remote");
    assert_eq!(client["redirect_uris"], json!([REDIRECT]));
    assert_eq!(client["client_id_issued_at"], NOW);
    assert_eq!(client["response_types"], json!(["code"]));
    assert!(
        client.get("client_secret").is_none(),
        "no secret for a public client"
    );
}

/// Copilot Studio needs the secret that RFC 7591 §2 promises, others know nothing of it.
#[tokio::test]
async fn a44_without_a_method_the_client_has_a_secret_and_need_not_show_it() {
    let world = World::new().await;
    let metadata = json!({ "redirect_uris": [REDIRECT] });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(
        answer.text("token_endpoint_auth_method"),
        "client_secret_basic"
    );
    let client = world.register(&metadata).await;
    let public = Client {
        secret: None,
        ..client.clone()
    };
    let tokens = public.tokens().await;
    let tokens = Tokens::of(&public.refresh(&tokens.refresh, &[]).await);
    let by_basic = client.refresh(&tokens.refresh, &[]).await;
    let tokens = Tokens::of(&by_basic);
    let secret = client.secret.clone().unwrap();
    let in_form = public
        .refresh(&tokens.refresh, &[("client_secret", &secret)])
        .await;
    assert_eq!(in_form.status, StatusCode::OK, "{}", in_form.body);

    let code = public.code().await;
    let no_proof = public.redeem(&code, &[("code_verifier", "")]).await;
    assert_eq!(no_proof.error(), "invalid_request", "PKCE holds");
    let wrong = public.redeem(&code, &[("client_secret", "wrong")]).await;
    assert_eq!(wrong.error(), "invalid_client", "a secret must be right");
    let another = world.register(&metadata).await.secret.unwrap();
    let wrong = public.redeem(&code, &[("client_secret", &another)]).await;
    assert_eq!(wrong.error(), "invalid_client", "and the client's own");
    assert_eq!(client.redeem(&code, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn t18_s20_a_client_cannot_write_into_its_own_registration() {
    let world = World::offline();
    let metadata = json!({
        "redirect_uris": [REDIRECT],
        "client_id": "chosen",
        "client_secret": "chosen",
        "client_id_issued_at": 1,
        "client_secret_expires_at": 99,
        "auth_method": "none",
        "secret": "chosen",
        "id": "chosen",
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert!(!answer.body.contains("chosen"));
    assert_eq!(answer.json()["client_id_issued_at"], NOW);
    assert_eq!(
        answer.json()["client_secret_expires_at"],
        NOW + 10 * 365 * 24 * 3600
    );
    assert!(answer.text("client_secret").len() >= 43);
}

#[rstest]
#[case::no_uris(json!({}), "invalid_redirect_uri")]
#[case::empty_uris(json!({ "redirect_uris": [] }), "invalid_redirect_uri")]
#[case::many_uris(json!({ "redirect_uris": vec![REDIRECT; 11] }), "invalid_redirect_uri")]
#[case::uris_no_list(json!({ "redirect_uris": REDIRECT }), "invalid_client_metadata")]
#[case::method(json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt" }), "invalid_client_metadata")]
#[case::implicit(json!({ "redirect_uris": [REDIRECT], "response_types": ["token"] }), "invalid_client_metadata")]
#[case::password(json!({ "redirect_uris": [REDIRECT], "grant_types": ["password"] }), "invalid_client_metadata")]
#[case::name_no_text(json!({ "redirect_uris": [REDIRECT], "client_name": 1 }), "invalid_client_metadata")]
#[case::scope_list(json!({ "redirect_uris": [REDIRECT], "scope": ["mcp-server/read"] }), "invalid_client_metadata")]
#[case::scope_number(json!({ "redirect_uris": [REDIRECT], "scope": 1 }), "invalid_client_metadata")]
#[case::no_object(json!([]), "invalid_client_metadata")]
#[tokio::test]
async fn t18_unacceptable_metadata_is_refused(#[case] metadata: Value, #[case] error: &str) {
    let world = World::offline();
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.error(), error);
}

#[tokio::test]
async fn t18_a_list_of_scopes_is_told_what_it_should_be() {
    let world = World::offline();
    let metadata = json!({ "redirect_uris": [REDIRECT], "scope": ["mcp-server/read"] });
    let answer = world.post_json("/register", &metadata).await;
    let description = answer.text("error_description");
    assert!(
        description.contains("scope must be one string"),
        "{description}"
    );
    let answer = world
        .post_json(
            "/register",
            &json!({ "redirect_uris": [REDIRECT], "scope": null }),
        )
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "null is as absent");
}

#[tokio::test]
async fn t18_a_large_or_malformed_body_is_refused_without_an_echo() {
    let world = World::offline();
    let metadata = json!({ "redirect_uris": [REDIRECT], "x": "y".repeat(17 * 1024) });
    let answer = world.post_json("/register", &metadata).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    for (content_type, body) in [
        ("application/json", "{\"redirect_uris\": oops"),
        ("application/json", ""),
        ("text/plain", "{\"redirect_uris\":[\"https://a.example/\"]}"),
    ] {
        let request = Request::post("/register").header(CONTENT_TYPE, content_type);
        let answer = world.send(request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.error(), "invalid_client_metadata");
        assert!(!answer.body.contains("oops"));
    }
}

async fn register_from(world: &World, ip: &str) -> StatusCode {
    let metadata = json!({ "redirect_uris": [REDIRECT] });
    post_from(world, ip, &[], &metadata).await.status
}

/// What `ip` sends, with the lines of `X-Forwarded-For` that are there when it arrives.
async fn post_from(world: &World, ip: &str, forwarded_for: &[&str], metadata: &Value) -> Answer {
    let address: SocketAddr = ip.parse().unwrap();
    let mut request = Request::post("/register")
        .header(CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(address));
    for line in forwarded_for {
        request = request.header("x-forwarded-for", *line);
    }
    let body = Body::from(metadata.to_string());
    world.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn t18_registrations_are_limited_per_address() {
    let world = World::offline();
    for _ in 0..20 {
        assert_eq!(
            register_from(&world, "192.0.2.1:1").await,
            StatusCode::CREATED
        );
    }
    let limited = StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(register_from(&world, "192.0.2.1:2").await, limited);
    assert_eq!(register_from(&world, "[::ffff:192.0.2.1]:1").await, limited);
    assert_eq!(
        register_from(&world, "192.0.2.2:1").await,
        StatusCode::CREATED
    );
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(
        register_from(&world, "192.0.2.1:1").await,
        StatusCode::CREATED
    );
    assert_eq!(register_from(&world, "192.0.2.1:1").await, limited);
}

#[tokio::test]
async fn t18_an_ipv6_client_counts_by_its_network() {
    let world = World::offline();
    for host in 0..20 {
        let address = format!("[2001:db8::{host:x}]:1");
        assert_eq!(register_from(&world, &address).await, StatusCode::CREATED);
    }
    let limited = StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(register_from(&world, "[2001:db8::ffff]:1").await, limited);
    assert_eq!(
        register_from(&world, "[2001:db8:1::1]:1").await,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn t18_what_is_refused_anyway_uses_nothing_up() {
    let world = World::offline();
    for _ in 0..100 {
        let answer = post_from(&world, "192.0.2.1:1", &[], &json!({})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let good = register_from(&world, "192.0.2.1:1").await;
    assert_eq!(good, StatusCode::CREATED);
}

#[tokio::test]
async fn t18_a_refusal_says_when_the_next_place_comes() {
    let world = World::offline();
    let metadata = json!({ "redirect_uris": [REDIRECT] });
    for _ in 0..20 {
        register_from(&world, "192.0.2.1:1").await;
    }
    world.clock.advance(Duration::from_secs(3));
    let limited = post_from(&world, "192.0.2.1:1", &[], &metadata).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.header("retry-after"), "7");
}

/// Whose limit a request counts for, behind `hops` proxies of which the last is 10.0.0.1.
#[rstest]
#[case::no_proxy(0, &["192.0.2.1"], "10.0.0.1")]
#[case::one_proxy(1, &["192.0.2.1"], "192.0.2.1")]
#[case::what_the_client_wrote(1, &["198.51.100.7, 192.0.2.1"], "192.0.2.1")]
#[case::in_two_lines(1, &["198.51.100.7", "192.0.2.1"], "192.0.2.1")]
#[case::two_proxies(2, &["198.51.100.7, 192.0.2.1 ,10.0.0.2"], "192.0.2.1")]
#[case::two_proxies_in_two_lines(2, &["198.51.100.7,192.0.2.1", "10.0.0.2"], "192.0.2.1")]
#[case::with_a_port(1, &["192.0.2.1:4711"], "192.0.2.1")]
#[case::ipv6(1, &["2001:db8::7"], "2001:db8::1")]
#[case::ipv6_with_a_port(1, &["[2001:db8::7]:4711"], "2001:db8::1")]
#[case::no_header(1, &[], "10.0.0.1")]
#[case::past_one_proxy(2, &["192.0.2.1"], "10.0.0.1")]
#[case::no_address(1, &["192.0.2.1, unknown"], "10.0.0.1")]
#[case::empty(1, &["192.0.2.1,"], "10.0.0.1")]
#[tokio::test]
async fn t18_behind_proxies_the_client_counts(
    #[case] hops: u8,
    #[case] forwarded_for: &[&str],
    #[case] counts: IpAddr,
) {
    let world = World::offline_with(|builder| builder.store(MemoryStore::new()).trusted_hops(hops));
    let metadata = json!({ "redirect_uris": [REDIRECT] });
    for _ in 0..20 {
        let answer = post_from(&world, "10.0.0.1:1", forwarded_for, &metadata).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    // Who connects without a header counts for themselves.
    let direct = SocketAddr::new(counts, 1).to_string();
    let same = register_from(&world, &direct).await;
    assert_eq!(same, StatusCode::TOO_MANY_REQUESTS);
    let other = register_from(&world, "203.0.113.1:1").await;
    assert_eq!(other, StatusCode::CREATED);
}

#[tokio::test]
async fn a43_a_client_comes_back_after_years() {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let world = World::new().await;
    let client = world.client().await;
    let metadata =
        json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "client_secret_basic" });
    let confidential = world.register(&metadata).await;
    world.clock.advance(10 * YEAR - Duration::from_secs(600));
    client.tokens().await;
    confidential.tokens().await;

    world.clock.advance(Duration::from_secs(600));
    let answer = world.get(&client.authorize(&[])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.body.contains("not registered here"),
        "the page says what to do"
    );
    let code = world.client().await.code().await;
    let redeemed = client.redeem(&code, &[]).await;
    assert_eq!(redeemed.error(), "invalid_client");
}

#[tokio::test]
async fn a43_a_registration_is_as_long_as_is_set() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let mut lifetimes = Lifetimes::default();
    lifetimes.client = 30 * DAY;
    let world =
        World::offline_with(|builder| builder.store(MemoryStore::new()).lifetimes(lifetimes));
    let client = world.client().await;
    world.clock.advance(30 * DAY - Duration::from_secs(1));
    let authorize = client.authorize(&[]);
    assert_eq!(world.get(&authorize).await.status, StatusCode::OK);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.get(&authorize).await.status, StatusCode::BAD_REQUEST);
}

/// Every registration is known wherever the keys are, with no store in common.
#[tokio::test]
async fn a43_a_client_is_known_by_every_server_with_the_keys_and_no_other() {
    let text = SealingKeys::generate("e1").unwrap();
    let with = |text: &str| {
        let (signing, sealing) = (keys().0, SealingKeys::parse(text).unwrap());
        World::offline_with(|builder| builder.store(MemoryStore::new()).keys(signing, sealing))
    };
    let client = with(&text).client().await;
    let authorize = client.authorize(&[]);
    assert_eq!(with(&text).get(&authorize).await.status, StatusCode::OK);
    let rotated = format!("{},{}", *SealingKeys::generate("e2").unwrap(), *text);
    assert_eq!(with(&rotated).get(&authorize).await.status, StatusCode::OK);
    let stranger = World::offline().get(&authorize).await;
    assert_eq!(stranger.status, StatusCode::BAD_REQUEST);
    for changed in [
        client.id[..client.id.len() - 1].to_owned(),
        format!("{}A", client.id),
        format!("B{}", &client.id[1..]),
    ] {
        let changed = client.authorize(&[("client_id", &changed)]);
        let answer = with(&text).get(&changed).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn t18_the_operator_shuts_one_client_out() {
    let first = World::new().await;
    let text = SealingKeys::generate("e1").unwrap();
    let folder = Folder::new();
    let store = RedbStore::open(folder.path("store.redb")).unwrap();
    let server = |blocked: Vec<String>| {
        World::around(first.mock().clone(), first.clock.clone(), |builder| {
            let builder = builder
                .store(store.clone())
                .keys(keys().0, SealingKeys::parse(&text).unwrap());
            blocked
                .into_iter()
                .fold(builder, |builder, client| builder.block_client(client))
        })
    };
    let world = server(vec![]);
    let (mut bad, mut good) = (world.client().await, world.client().await);
    let (bad_tokens, good_tokens) = (bad.tokens().await, good.tokens().await);
    let shown = world.get(&bad.authorize(&[])).await.application_id();
    assert_eq!(shown.len(), 16, "{shown}");

    for blocked in [shown, bad.id.clone()] {
        let world = server(vec![blocked]);
        (bad.world, good.world) = (world.clone(), world.clone());
        let answer = world.get(&bad.authorize(&[])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains("not registered here"));
        let refresh = bad.refresh(&bad_tokens.refresh, &[]).await;
        assert_eq!(refresh.error(), "invalid_client");
        assert_eq!(world.get(&good.authorize(&[])).await.status, StatusCode::OK);
    }
    let refresh = good.refresh(&good_tokens.refresh, &[]).await;
    assert_eq!(refresh.status, StatusCode::OK);
}
