//! The server's keys change; nobody is signed out while the old ones are listed.

use std::time::Duration;

use axum::{Router, body::Body, routing::get};
use http::{Request, StatusCode};
use portcullis_auth::{
    AuthLayer, AuthScheme as _, PreregisteredClient, RedbStore, ResourceIdentifier, SealingKeys,
    SigningKeys,
};
use serde_json::json;
use tower::ServiceExt as _;

use super::world::*;
use crate::temp::Folder;

struct Keys {
    signing: Vec<String>,
    sealing: Vec<String>,
}

impl Keys {
    fn new() -> Self {
        let signing = ["s1", "s2"].map(|kid| SigningKeys::generate(kid).unwrap().to_string());
        let sealing = ["e1", "e2"].map(|kid| SealingKeys::generate(kid).unwrap().to_string());
        Self {
            signing: signing.into(),
            sealing: sealing.into(),
        }
    }

    /// A server with the keys of these numbers, on the same store.
    fn server(&self, world: &World, store: &RedbStore, order: &[usize]) -> World {
        let pick = |all: &[String]| order.iter().map(|n| all[*n].clone()).collect::<Vec<_>>();
        let signing = SigningKeys::parse(&pick(&self.signing).join(",")).unwrap();
        let sealing = SealingKeys::parse(&pick(&self.sealing).join(",")).unwrap();
        World::around(world.mock().clone(), world.clock.clone(), |builder| {
            builder.store(store.clone()).keys(signing, sealing)
        })
    }
}

async fn knock(world: &World, token: &str) -> StatusCode {
    let resource = ResourceIdentifier::new(RESOURCE).unwrap();
    let auth = world.oauth.verifier().for_resource(&resource).unwrap();
    let layer = AuthLayer::new(auth, &resource, "mcp-server/read".parse().unwrap());
    let door = Router::new().route("/", get(async || "in")).layer(layer);
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).unwrap();
    door.oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_rotation_signs_nobody_out_and_a_dropped_key_does() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.path("store.redb")).unwrap();
    let keys = Keys::new();
    let old = keys.server(&World::new().await, &store, &[0]);
    let mut client = old.client().await;
    let first = client.tokens().await;

    let rotated = keys.server(&old, &store, &[1, 0]);
    assert_eq!(knock(&rotated, &first.access).await, StatusCode::OK);
    client.world = rotated.clone();
    rotated.clock.advance(Duration::from_secs(10));
    let second = client.refresh(&first.refresh, &[]).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);

    let dropped = keys.server(&old, &store, &[1]);
    assert_eq!(
        knock(&dropped, &first.access).await,
        StatusCode::UNAUTHORIZED
    );
    let access = second.text("access_token");
    assert_eq!(knock(&dropped, &access).await, StatusCode::OK);
    client.world = dropped.clone();
    // The client's id was sealed by the old key.
    let third = client.refresh(&second.text("refresh_token"), &[]).await;
    assert_eq!(third.error(), "invalid_client");
}

#[tokio::test]
async fn preregistered_clients_need_not_register() {
    let world = World::with(|builder| {
        builder
            .store(portcullis_auth::MemoryStore::new())
            .client(PreregisteredClient::public(
                "desk",
                ["http://127.0.0.1/callback"],
            ))
            .client(
                PreregisteredClient::confidential(
                    "portal",
                    "a long s3cr3t: +%&=",
                    ["https://portal.example/cb"],
                )
                .name("The portal"),
            )
    })
    .await;
    let desk = Client {
        world: world.clone(),
        id: "desk".to_owned(),
        secret: None,
        redirect_uri: REDIRECT.to_owned(),
    };
    desk.tokens().await;

    let portal = Client {
        id: "portal".to_owned(),
        redirect_uri: "https://portal.example/cb".to_owned(),
        // As RFC 6749 §2.3.1 wants it inside of Basic.
        secret: Some("a+long+s3cr3t%3A+%2B%25%26%3D".to_owned()),
        ..desk
    };
    let page = world.get(&portal.authorize(&[])).await;
    assert!(page.body.contains("The portal"));
    assert!(!page.body.contains("on the computer that you are using"));
    portal.tokens().await;

    let metadata = json!({ "client_id": "desk", "redirect_uris": [REDIRECT] });
    let registered = world.register(&metadata).await;
    assert_ne!(registered.id, "desk");
}
