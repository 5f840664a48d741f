//! What others write on the server by which replicas find each other (T30).

use std::time::Duration;

use axum::Router;
use futures_util::StreamExt;
use http::{HeaderValue, Method, StatusCode};
use portcullis_transport::replica::{
    Directory, EventBus, Replica, ReplicaKeys, ReplicaName, Valkey,
};
use tokio::{net::TcpListener, time::timeout};
use tower::ServiceExt;
use tower_layer::Layer;

use super::{
    resp::{FakeValkey, keys},
    world::*,
};
use crate::sessions::ping;

const OWNER: &str = "portcullis:replica:owner";
const OTHER: &str = "portcullis:replica:other";
const TOOLS: &str = "portcullis:events:tools";

fn name(text: &str) -> ReplicaName {
    ReplicaName::new(text).unwrap()
}

async fn connect(server: &FakeValkey, keys: ReplicaKeys) -> Valkey {
    Valkey::connect(&server.url, keys).await.unwrap()
}

/// Sends a request, with a token, for a session of the replica `owner` to another one; says whether it came
/// to `listener`, or what the other one answered.
async fn reaches(listener: &TcpListener, server: &FakeValkey) -> Result<(), StatusCode> {
    let replica = Replica::new(name("front"), connect(server, keys()).await);
    let front = replica.layer(["/mcp"]).layer(Router::new());
    let mut request = request(Method::POST, "owner.AAAA", ping(1).to_string());
    let token = HeaderValue::from_static("Bearer precious");
    request.headers_mut().insert("authorization", token);
    tokio::select! {
        accepted = listener.accept() => accepted.map(drop).map_err(|_| StatusCode::IM_A_TEAPOT),
        answer = front.oneshot(request) => Err(answer.unwrap().status()),
    }
}

#[tokio::test]
async fn t30_no_request_goes_to_an_address_that_no_replica_has_written() {
    let server = FakeValkey::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let authority = address.parse().unwrap();

    server.set(OWNER, &address);
    let unsealed = reaches(&listener, &server).await;
    assert_eq!(unsealed, Err(StatusCode::NOT_FOUND));

    let stranger = connect(&server, ReplicaKeys::new(&[8; 32])).await;
    stranger.register(&name("owner"), &authority).await.unwrap();
    let by_another_key = reaches(&listener, &server).await;
    assert_eq!(by_another_key, Err(StatusCode::NOT_FOUND));

    let here = connect(&server, keys()).await;
    here.register(&name("other"), &authority).await.unwrap();
    server.set(OWNER, &server.value(OTHER));
    let of_another = reaches(&listener, &server).await;
    assert_eq!(of_another, Err(StatusCode::NOT_FOUND));

    here.register(&name("owner"), &authority).await.unwrap();
    assert_eq!(reaches(&listener, &server).await, Ok(()));
}

#[tokio::test]
async fn t30_an_event_that_no_replica_has_published_is_not_heard() {
    let server = FakeValkey::start().await;
    let here = connect(&server, keys()).await;
    let mut tools = here.subscribe("tools").await.unwrap();
    let mut prompts = here.subscribe("prompts").await.unwrap();
    let stranger = connect(&server, ReplicaKeys::new(&[8; 32])).await;

    server.publish(TOOLS, "forged");
    stranger.publish("tools", "forged".into()).await.unwrap();
    here.publish("tools", "true".into()).await.unwrap();
    here.publish("prompts", "true, too".into()).await.unwrap();

    assert_eq!(tools.next().await.unwrap(), "true");
    assert_eq!(prompts.next().await.unwrap(), "true, too");
}

/// One replica has the new keys, and the other has not yet.
#[tokio::test]
async fn keys_of_replicas_rotate() {
    let server = FakeValkey::start().await;
    let (old, new) = ([1; 32], [2; 32]);
    let before = connect(&server, ReplicaKeys::new(&old).accept(&new)).await;
    let after = connect(&server, ReplicaKeys::new(&new).accept(&old)).await;
    let mut heard = [
        before.subscribe("tools").await.unwrap(),
        after.subscribe("tools").await.unwrap(),
    ];
    let address = "10.0.0.7:8080".parse().unwrap();
    for (replica, from) in [("owner", &before), ("other", &after)] {
        from.register(&name(replica), &address).await.unwrap();
        from.publish("tools", "news".into()).await.unwrap();
        for at in [&before, &after] {
            let located = at.locate(&name(replica)).await.unwrap();
            assert_eq!(located.as_ref(), Some(&address));
        }
        for events in &mut heard {
            let event = timeout(Duration::from_secs(10), events.next()).await;
            assert_eq!(event.unwrap().unwrap(), "news");
        }
    }

    let only_old = connect(&server, ReplicaKeys::new(&old)).await;
    assert_eq!(only_old.locate(&name("other")).await.unwrap(), None);
}
