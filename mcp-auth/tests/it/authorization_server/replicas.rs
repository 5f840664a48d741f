//! Two replicas on one store: the compare-and-set decides, not a lock in a process.

use std::collections::HashSet;

use futures_util::future::join_all;
use http::StatusCode;
use portcullis_auth::{AuthorizationServerBuilder, MockEndpoint, RedbStore};

use super::world::*;
use crate::temp::Folder;

async fn replicas(folder: &Folder) -> [World; 2] {
    let store = RedbStore::open(folder.path("shared.redb")).unwrap();
    let (signing, sealing) = keys();
    let settings = |builder: portcullis_auth::AuthorizationServerBuilder| {
        builder
            .store(store.clone())
            .keys(signing.clone(), sealing.clone())
    };
    let first = World::with(settings).await;
    let second = World::around(first.mock().clone(), first.clock.clone(), settings);
    [first, second]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t17_a_code_redeemed_at_once_on_two_replicas_gives_one_success() {
    let folder = Folder::new();
    let worlds = replicas(&folder).await;
    let client = worlds[0].client().await;
    let code = client.code().await;
    let racers = (0..32).map(|n| {
        let (mut client, code) = (client.clone(), code.clone());
        client.world = worlds[n % 2].clone();
        tokio::spawn(async move { client.redeem(&code, &[]).await })
    });
    let answers = join_all(racers).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let winners: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .collect();
    assert_eq!(winners.len(), 1);
    let refresh = client.refresh(&winners[0].text("refresh_token"), &[]).await;
    assert_eq!(refresh.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t20_parallel_refreshes_on_two_replicas_give_one_result_and_ask_upstream_once() {
    let folder = Folder::new();
    let worlds = replicas(&folder).await;
    let client = worlds[0].client().await;
    let tokens = client.tokens().await;
    worlds[0]
        .clock
        .advance(std::time::Duration::from_secs(3600));
    let before = worlds[0].mock().requests(MockEndpoint::Token);
    let racers = (0..32).map(|n| {
        let (mut client, token) = (client.clone(), tokens.refresh.clone());
        client.world = worlds[n % 2].clone();
        tokio::spawn(async move { client.refresh(&token, &[]).await })
    });
    let answers = join_all(racers).await;
    let refresh: HashSet<_> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().text("refresh_token"))
        .collect();
    assert_eq!(refresh.len(), 1);
    let asked = worlds[0].mock().requests(MockEndpoint::Token) - before;
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn t21_a_revocation_on_one_replica_ends_the_grant_on_the_other() {
    let folder = Folder::new();
    let worlds = replicas(&folder).await;
    let mut client = worlds[0].client().await;
    let tokens = client.tokens().await;
    client.world = worlds[1].clone();
    assert_eq!(client.revoke(&tokens.refresh).await.status, StatusCode::OK);
    client.world = worlds[0].clone();
    let refresh = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refresh.error(), "invalid_grant");
}

/// A server that starts again with another configuration on the same store.
#[tokio::test]
async fn t20_a_refresh_gives_only_what_the_configuration_still_offers() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.path("shared.redb")).unwrap();
    let (signing, sealing) = keys();
    let again = |settings: AuthorizationServerBuilder| {
        let keys = (signing.clone(), sealing.clone());
        settings.store(store.clone()).keys(keys.0, keys.1)
    };
    let before = World::with(|builder| {
        again(builder)
            .resource(OTHER_RESOURCE, ["keep", "drop"])
            .scope_by_consent("keep")
            .scope_by_consent("drop")
    })
    .await;
    let restarted =
        |settings: &dyn Fn(AuthorizationServerBuilder) -> AuthorizationServerBuilder| {
            World::around(before.mock().clone(), before.clock.clone(), |builder| {
                settings(again(builder))
            })
        };
    let mut client = before.client().await;
    let both = [("resource", OTHER_RESOURCE), ("scope", "keep drop")];
    let answer = before.browser().sign_in(&client.authorize(&both)).await;
    let code = answer.redirected("code").unwrap();
    let tokens = client.redeem(&code, &[("resource", OTHER_RESOURCE)]).await;
    assert_eq!(tokens.text("scope"), "keep drop");

    client.world = restarted(&|builder| {
        let builder = builder.resource(OTHER_RESOURCE, ["keep"]);
        builder.scope_by_consent("keep")
    });
    let tokens = client.refresh(&tokens.text("refresh_token"), &[]).await;
    assert_eq!(tokens.text("scope"), "keep");

    client.world = restarted(&|builder| builder);
    let gone = client.refresh(&tokens.text("refresh_token"), &[]).await;
    assert_eq!(gone.error(), "invalid_grant");
}
