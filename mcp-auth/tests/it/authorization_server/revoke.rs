//! T21: revocation (RFC 7009).

use http::StatusCode;
use portcullis_auth::MockEndpoint;

use super::world::*;

#[tokio::test]
async fn t21_revoking_a_refresh_token_ends_the_grant_here_and_upstream() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    let answer = client.revoke(&tokens.refresh).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(world.mock().requests(MockEndpoint::Revoke), 1);
    let refresh = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refresh.error(), "invalid_grant");
    assert_eq!(
        client.revoke(&tokens.refresh).await.status,
        StatusCode::OK,
        "again: the same"
    );
    assert_eq!(world.mock().requests(MockEndpoint::Revoke), 1);
}

#[tokio::test]
async fn t21_an_access_token_and_an_old_refresh_token_revoke_too() {
    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    assert_eq!(client.revoke(&tokens.access).await.status, StatusCode::OK);
    assert_eq!(
        client.refresh(&tokens.refresh, &[]).await.error(),
        "invalid_grant"
    );

    let first = client.tokens().await;
    let second = Tokens::of(&client.refresh(&first.refresh, &[]).await);
    assert_eq!(client.revoke(&first.refresh).await.status, StatusCode::OK);
    assert_eq!(
        client.refresh(&second.refresh, &[]).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn t21_a_token_that_one_does_not_own_changes_nothing() {
    let world = World::new().await;
    let owner = world.client().await;
    let stranger = world.client().await;
    let tokens = owner.tokens().await;
    for token in [
        tokens.refresh.as_str(),
        &tokens.access,
        "made-up",
        "a.b.c",
        "x.1.y",
    ] {
        let answer = stranger.revoke(token).await;
        assert_eq!(answer.status, StatusCode::OK, "{token}");
    }
    let refresh = owner.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refresh.status, StatusCode::OK);
}

#[tokio::test]
async fn t21_the_client_authenticates_and_sends_one_token() {
    let world = World::new().await;
    let client = world.client().await;
    let unknown = [("token", "x"), ("client_id", "nobody")];
    let answer = world.post_form("/revoke", None, &unknown).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let none = [("client_id", client.id.as_str())];
    assert_eq!(
        world.post_form("/revoke", None, &none).await.error(),
        "invalid_request"
    );
    let two = [
        ("token", "x"),
        ("token", "y"),
        ("client_id", client.id.as_str()),
    ];
    assert_eq!(
        world.post_form("/revoke", None, &two).await.error(),
        "invalid_request"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t21_revoking_while_refreshing_leaves_nothing_alive() {
    let world = World::new().await;
    let client = world.client().await;
    for _ in 0..8 {
        let tokens = client.tokens().await;
        let (refreshing, token) = (client.clone(), tokens.refresh.clone());
        let refresh = tokio::spawn(async move { refreshing.refresh(&token, &[]).await });
        assert_eq!(client.revoke(&tokens.refresh).await.status, StatusCode::OK);
        let refreshed = refresh.await.unwrap();
        if refreshed.status == StatusCode::OK {
            let next = client.refresh(&refreshed.text("refresh_token"), &[]).await;
            assert_eq!(next.error(), "invalid_grant");
        }
    }
}
