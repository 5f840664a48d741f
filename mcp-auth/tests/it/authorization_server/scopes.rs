//! Who decides which scopes are granted.

use http::StatusCode;
use portcullis_auth::{MemoryStore, MockAppClient};

use super::world::*;

async fn granted(world: &World, user: &'static str, scope: &str) -> Result<String, String> {
    let client = world.client().await;
    let mut browser = world.browser();
    browser.user = user;
    let answer = browser
        .sign_in(&client.authorize(&[("scope", scope)]))
        .await;
    match answer.redirected("code") {
        Some(code) => Ok(client.redeem(&code, &[]).await.text("scope")),
        None => Err(answer.redirected("error").unwrap()),
    }
}

#[tokio::test]
async fn s11_only_what_the_upstream_token_says_is_granted() {
    let world = World::new().await;
    let both = granted(&world, USER, "mcp-server/write mcp-server/read").await;
    assert_eq!(both.unwrap(), "mcp-server/write mcp-server/read");
    let one = granted(&world, USER, "mcp-server/read").await;
    assert_eq!(one.unwrap(), "mcp-server/read");
}

#[tokio::test]
async fn s11_a_scope_that_upstream_does_not_grant_is_an_error_for_the_client() {
    let app = MockAppClient::new("app")
        .secret("app-secret")
        .callback(format!("{ISSUER}/callback"))
        .scopes(["openid", "mcp-server/read"]);
    let world = World::with_app(app, |builder| builder.store(MemoryStore::new())).await;
    let client = world.client().await;
    let scope = "mcp-server/read mcp-server/write";
    let mut browser = world.browser();
    let to_upstream = browser
        .consent(&client.authorize(&[("scope", scope)]))
        .await;
    let back = browser.get(to_upstream.location().unwrap().as_str()).await;
    let answer = browser.get(back.location().unwrap().as_str()).await;
    assert!(answer.redirected("code").is_none());
    assert_eq!(answer.redirected("error").as_deref(), Some("server_error"));
}

#[tokio::test]
async fn openid_and_offline_access_are_swallowed() {
    let world = World::new().await;
    for (scope, expected) in [
        ("openid offline_access mcp-server/read", "mcp-server/read"),
        ("openid profile email", "mcp-server/read mcp-server/write"),
        ("offline_access", "mcp-server/read mcp-server/write"),
    ] {
        assert_eq!(
            granted(&world, USER, scope).await.unwrap(),
            expected,
            "{scope}"
        );
    }
}

#[tokio::test]
async fn s24_a_group_scope_is_for_its_members() {
    let world = World::with(|builder| {
        builder
            .store(MemoryStore::new())
            .resource(OTHER_RESOURCE, ["publish", "local"])
            .scope_for_group("publish", "publishers")
            .scope_by_consent("local")
    })
    .await;
    let client = world.client().await;
    for (user, scope, expected) in [
        (USER, "publish local", Ok("publish local")),
        (OTHER_USER, "publish local", Ok("local")),
        (OTHER_USER, "publish", Err("access_denied")),
    ] {
        let mut browser = world.browser();
        browser.user = user;
        let uri = client.authorize(&[("scope", scope), ("resource", OTHER_RESOURCE)]);
        let to_upstream = browser.consent(&uri).await;
        assert_eq!(
            to_upstream.redirected("scope").as_deref(),
            Some("openid"),
            "local scopes stay here"
        );
        let back = browser.log_in(&to_upstream).await;
        let answer = browser.get(back.location().unwrap().as_str()).await;
        let granted = match answer.redirected("code") {
            Some(code) => {
                let tokens = client.redeem(&code, &[("resource", OTHER_RESOURCE)]).await;
                assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
                Ok(tokens.text("scope"))
            }
            None => Err(answer.redirected("error").unwrap()),
        };
        assert_eq!(
            granted,
            expected.map(str::to_owned).map_err(str::to_owned),
            "{user} {scope}"
        );
    }
}
