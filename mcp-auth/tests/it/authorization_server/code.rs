//! T17: an authorization code, redeemed once, by the right client, with the right proof.

use std::time::Duration;

use futures_util::future::join_all;
use http::{
    Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use rstest::rstest;
use serde_json::json;

use super::world::*;

#[tokio::test]
async fn t17_s16_a_second_redemption_ends_what_the_first_gave() {
    let world = World::new().await;
    let client = world.client().await;
    let code = client.code().await;
    let first = client.redeem(&code, &[]).await;
    assert_eq!(first.status, StatusCode::OK);
    let second = client.redeem(&code, &[]).await;
    assert_eq!(second.status, StatusCode::BAD_REQUEST);
    assert_eq!(second.error(), "invalid_grant");
    let refresh = client.refresh(&first.text("refresh_token"), &[]).await;
    assert_eq!(refresh.error(), "invalid_grant", "the family is revoked");
}

#[tokio::test]
async fn t17_a_replay_without_the_verifier_revokes_too() {
    let world = World::new().await;
    let client = world.client().await;
    let code = client.code().await;
    let first = client.redeem(&code, &[]).await;
    let replay = client.redeem(&code, &[("code_verifier", "")]).await;
    assert_eq!(replay.error(), "invalid_grant");
    let refresh = client.refresh(&first.text("refresh_token"), &[]).await;
    assert_eq!(refresh.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t17_s16_of_parallel_redemptions_one_succeeds_and_the_family_is_revoked() {
    let world = World::new().await;
    let client = world.client().await;
    let code = client.code().await;
    let racers = (0..32).map(|_| {
        let (client, code) = (client.clone(), code.clone());
        tokio::spawn(async move { client.redeem(&code, &[]).await })
    });
    let answers: Vec<_> = join_all(racers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let winners: Vec<_> = answers
        .iter()
        .filter(|a| a.status == StatusCode::OK)
        .collect();
    assert_eq!(winners.len(), 1);
    for loser in answers.iter().filter(|a| a.status != StatusCode::OK) {
        assert_eq!(loser.error(), "invalid_grant");
    }
    let refresh = client.refresh(&winners[0].text("refresh_token"), &[]).await;
    assert_eq!(refresh.error(), "invalid_grant");
}

#[rstest]
#[case::other_verifier(&[("code_verifier", "Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2VkLWZvcmdlZA")], "invalid_grant")]
#[case::challenge_as_verifier(&[("code_verifier", CHALLENGE)], "invalid_grant")]
#[case::short_verifier(&[("code_verifier", "short")], "invalid_grant")]
#[case::not_ascii_verifier(&[("code_verifier", "ümlaut-ümlaut-ümlaut-ümlaut-ümlaut-ümlaut-ümlaut")], "invalid_grant")]
#[case::no_verifier(&[("code_verifier", "")], "invalid_request")]
#[case::two_verifiers(&[("code_verifier", VERIFIER), ("code_verifier", VERIFIER)], "invalid_request")]
#[case::other_redirect(&[("redirect_uri", "http://127.0.0.1:1/callback")], "invalid_grant")]
#[case::no_redirect(&[("redirect_uri", "")], "invalid_request")]
#[case::other_resource(&[("resource", OTHER_RESOURCE)], "invalid_target")]
#[case::two_resources(&[("resource", RESOURCE), ("resource", OTHER_RESOURCE)], "invalid_target")]
#[case::no_grant_type(&[("grant_type", "")], "invalid_request")]
#[case::other_grant_type(&[("grant_type", "password")], "unsupported_grant_type")]
#[case::no_code(&[("code", "")], "invalid_request")]
#[case::other_secret_sent(&[("client_secret", "s3cr3t")], "invalid_client")]
#[tokio::test]
async fn t17_s04_s05_a_wrong_redemption_fails_and_costs_nothing(
    #[case] changes: &[(&str, &str)],
    #[case] error: &str,
) {
    let world = World::with(|builder| {
        let store = portcullis_auth::MemoryStore::new();
        builder.store(store).resource(OTHER_RESOURCE, ["other"])
    })
    .await;
    let client = world.client().await;
    let code = client.code().await;
    let answer = client.redeem(&code, changes).await;
    assert_eq!(answer.error(), error);
    assert_eq!(answer.header("cache-control"), "no-store");
    let good = client.redeem(&code, &[]).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.body);
}

#[tokio::test]
async fn t17_another_client_gets_nothing_and_revokes_nothing() {
    let world = World::new().await;
    let owner = world.client().await;
    let thief = world.client().await;
    let code = owner.code().await;
    assert_eq!(thief.redeem(&code, &[]).await.error(), "invalid_grant");
    let tokens = owner.redeem(&code, &[]).await;
    assert_eq!(tokens.status, StatusCode::OK);
    assert_eq!(thief.redeem(&code, &[]).await.error(), "invalid_grant");
    let refresh = owner.refresh(&tokens.text("refresh_token"), &[]).await;
    assert_eq!(refresh.status, StatusCode::OK);
    let stolen = thief.refresh(&refresh.text("refresh_token"), &[]).await;
    assert_eq!(stolen.error(), "invalid_grant");
}

#[tokio::test]
async fn t17_a_code_lives_for_60_seconds() {
    let world = World::new().await;
    let client = world.client().await;
    let code = client.code().await;
    world.clock.advance(Duration::from_secs(59));
    let other = client.code().await;
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(client.redeem(&code, &[]).await.error(), "invalid_grant");
    assert_eq!(client.redeem(&other, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn t17_guessed_codes_do_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let code = client.code().await;
    let tokens = client.redeem(&code, &[]).await;
    let (grant, secret) = code.split_once(".0.").unwrap();
    let refresh = tokens.text("refresh_token");
    let (_, refresh_secret) = refresh.split_once(".1.").unwrap();
    for guess in [
        format!("{grant}.0.{}", "A".repeat(43)),
        format!("{grant}.0."),
        format!("{grant}.1.{secret}"),
        format!("{grant}.00.{secret}"),
        format!("{grant}.+0.{secret}"),
        format!("{grant}.0.{secret}A"),
        format!("{grant}.0.{refresh_secret}"),
        format!("{grant}.99999999999.{secret}"),
        grant.to_owned(),
        "..".to_owned(),
        "x".repeat(10_000),
    ] {
        let answer = client.redeem(&guess, &[]).await;
        assert_eq!(answer.error(), "invalid_grant", "{guess}");
        let answer = client.refresh(&guess, &[]).await;
        assert_eq!(answer.error(), "invalid_grant", "{guess}");
    }
    // A code is no refresh token, nor the other way round.
    assert_eq!(client.refresh(&code, &[]).await.error(), "invalid_grant");
    assert_eq!(client.redeem(&refresh, &[]).await.error(), "invalid_grant");
    let still = client.refresh(&refresh, &[]).await;
    assert_eq!(still.status, StatusCode::OK, "nothing was revoked");
}

#[tokio::test]
async fn t24_a_body_that_is_no_form_is_refused() {
    let world = World::new().await;
    for (content_type, body) in [
        (
            "application/json",
            "{\"grant_type\":\"authorization_code\"}",
        ),
        ("text/plain", "grant_type=authorization_code"),
        ("", "grant_type=authorization_code"),
        ("application/x-www-form-urlencoded", ""),
        ("application/x-www-form-urlencoded", "%ff%fe=%00&&&==="),
    ] {
        let request = Request::post("/token").header(CONTENT_TYPE, content_type);
        let answer = world.send(request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{content_type}");
        assert_eq!(answer.error(), "invalid_request");
    }
    let huge = Request::post("/token").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = world
        .send(huge.body("a=b&".repeat(10_000).into()).unwrap())
        .await;
    assert_eq!(answer.error(), "invalid_request");
}

/// claude.ai posts the secret, whatever it registered and the metadata says.
#[tokio::test]
async fn s05_an_empty_password_is_no_secret() {
    let world = World::new().await;
    for (method, expected) in [
        (json!("none"), StatusCode::OK),
        (json!(null), StatusCode::OK),
        (json!("client_secret_basic"), StatusCode::UNAUTHORIZED),
    ] {
        let client = world
            .register(&json!({
                "redirect_uris": [REDIRECT],
                "token_endpoint_auth_method": method,
            }))
            .await;
        let code = client.code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        let answer = world
            .post_form("/token", Some((&client.id, "")), &form)
            .await;
        assert_eq!(answer.status, expected, "{method}: {}", answer.body);
    }
}

#[tokio::test]
async fn s05_a_confidential_client_sends_its_secret_by_whichever_method() {
    let world = World::new().await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let client = world
            .register(&json!({
                "redirect_uris": [REDIRECT],
                "token_endpoint_auth_method": method,
            }))
            .await;
        let secret = client.secret.clone().unwrap();
        let answer = world.browser().sign_in(&client.authorize(&[])).await;
        let code = answer.redirected("code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        let in_form = |secret| {
            let mut form = form.to_vec();
            form.extend([("client_id", client.id.as_str()), ("client_secret", secret)]);
            form
        };
        let public = [&form[..], &[("client_id", &client.id)]].concat();

        let wrong_basic = world
            .post_form("/token", Some((&client.id, "wrong")), &form)
            .await;
        assert_eq!(wrong_basic.status, StatusCode::UNAUTHORIZED);
        assert_eq!(wrong_basic.error(), "invalid_client");
        assert!(wrong_basic.header("www-authenticate").starts_with("Basic "));
        let wrong_post = world.post_form("/token", None, &in_form("wrong")).await;
        assert_eq!(wrong_post.status, StatusCode::UNAUTHORIZED);
        assert_eq!(wrong_post.header("www-authenticate"), "");
        let no_secret = world.post_form("/token", None, &public).await;
        assert_eq!(no_secret.error(), "invalid_client");
        let both = world
            .post_form("/token", Some((&client.id, &secret)), &in_form(&secret))
            .await;
        assert_eq!(both.error(), "invalid_request");

        let first = world
            .post_form("/token", Some((&client.id, &secret)), &form)
            .await;
        assert_eq!(first.status, StatusCode::OK, "{method}: {}", first.body);
        let refresh = first.text("refresh_token");
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &refresh),
            ("client_id", &client.id),
            ("client_secret", &secret),
        ];
        let second = world.post_form("/token", None, &refresh).await;
        assert_eq!(second.status, StatusCode::OK, "{method}: {}", second.body);
        let revoke = [
            ("token", second.text("refresh_token")),
            ("client_id", client.id.clone()),
            ("client_secret", secret),
        ];
        let revoke = revoke
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let revoked = world.post_form("/revoke", None, &revoke).await;
        assert_eq!(revoked.status, StatusCode::OK, "{method}");
    }
}

#[tokio::test]
async fn a_malformed_basic_header_is_refused() {
    let world = World::new().await;
    for value in [
        "Basic !!!",
        "Basic",
        "Bearer abc",
        "Basic YQ==",
        "Basic /w==",
    ] {
        let request = Request::post("/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, value);
        let answer = world
            .send(request.body("grant_type=refresh_token".into()).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value}");
        assert_eq!(answer.error(), "invalid_client");
    }
}
