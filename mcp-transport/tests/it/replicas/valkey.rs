//! The directory and the bus on a server. `.ci/interop replicas` asks a real one.

use std::time::Duration;

use futures_util::StreamExt;
use portcullis_transport::replica::{Directory, EventBus, ReplicaName, Valkey};
use tokio::time::{Instant, advance, pause, resume};

use super::resp::{FakeValkey, keys};

const TOOLS: &str = "portcullis:events:tools";
const PROMPTS: &str = "portcullis:events:prompts";

#[tokio::test]
async fn all_listeners_of_a_process_share_one_connection() {
    let server = FakeValkey::start().await;
    let here = Valkey::connect(&server.url, keys()).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..100 {
        heard.push(here.clone().subscribe("tools").await.unwrap());
    }
    let mut prompts = here.subscribe("prompts").await.unwrap();
    assert_eq!(server.subscribers(), [[PROMPTS, TOOLS]]);

    let there = Valkey::connect(&server.url, keys()).await.unwrap();
    there.publish("prompts", "not this".into()).await.unwrap();
    for event in ["one", "two"] {
        there.publish("tools", event.into()).await.unwrap();
    }
    for events in &mut heard {
        assert_eq!(events.next().await.unwrap(), "one");
        assert_eq!(events.next().await.unwrap(), "two");
    }
    assert_eq!(prompts.next().await.unwrap(), "not this");
}

#[tokio::test]
async fn a_topic_is_left_with_its_last_listener() {
    let server = FakeValkey::start().await;
    let bus = Valkey::connect(&server.url, keys()).await.unwrap();
    let first = bus.subscribe("tools").await.unwrap();
    let mut second = bus.subscribe("tools").await.unwrap();
    let _prompts = bus.subscribe("prompts").await.unwrap();
    drop(first);
    bus.publish("tools", "one".into()).await.unwrap();
    assert_eq!(second.next().await.unwrap(), "one");
    assert_eq!(server.subscribers(), [[PROMPTS, TOOLS]]);

    drop(second);
    server.until(|it| it.subscribers() == [[PROMPTS]]).await;
    let mut again = bus.subscribe("tools").await.unwrap();
    bus.publish("tools", "two".into()).await.unwrap();
    assert_eq!(again.next().await.unwrap(), "two");
}

#[tokio::test]
async fn a_broken_connection_ends_what_is_heard_and_is_made_again() {
    let server = FakeValkey::start().await;
    let bus = Valkey::connect(&server.url, keys()).await.unwrap();
    let mut tools = bus.subscribe("tools").await.unwrap();
    let mut prompts = bus.subscribe("prompts").await.unwrap();
    server.cut();
    assert_eq!(tools.next().await, None);
    assert_eq!(prompts.next().await, None);
    assert!(server.subscribers().is_empty());

    let mut again = bus.subscribe("tools").await.unwrap();
    bus.publish("tools", "one".into()).await.unwrap();
    assert_eq!(again.next().await.unwrap(), "one");
    // The ends of the old streams are no news for the new connection.
    drop((tools, prompts));
    bus.publish("tools", "two".into()).await.unwrap();
    assert_eq!(again.next().await.unwrap(), "two");
}

#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_noticed() {
    let server = FakeValkey::start().await;
    let bus = Valkey::connect(&server.url, keys()).await.unwrap();
    let mut tools = bus.subscribe("tools").await.unwrap();
    server.mute();
    pause();
    let before = Instant::now();
    assert_eq!(tools.next().await, None);
    assert!(before.elapsed() <= Duration::from_secs(15));
}

/// It would hear nothing, and could not know whether there was nothing.
#[tokio::test]
async fn nobody_listens_to_a_bus_that_cannot_be_reached() {
    let server = FakeValkey::start().await;
    let bus = Valkey::connect(&server.url, keys()).await.unwrap();
    server.mute();
    pause();
    let before = Instant::now();
    assert!(bus.subscribe("tools").await.is_err());
    let waited = before.elapsed();
    // Whoever comes next is told at once, until it is worth another attempt.
    assert!(bus.subscribe("tools").await.is_err());
    assert_eq!(before.elapsed(), waited);
    advance(Duration::from_secs(1)).await;
    assert!(bus.subscribe("tools").await.is_err());
    assert!(before.elapsed() > waited + Duration::from_secs(1));
}

#[tokio::test]
async fn the_directory_knows_who_has_registered() {
    let server = FakeValkey::start().await;
    let here = Valkey::connect(&server.url, keys()).await.unwrap();
    let there = Valkey::connect(&server.url, keys()).await.unwrap();
    let [a, b] = ["a", "b"].map(|name| ReplicaName::new(name).unwrap());
    let address = "10.0.0.7:8080".parse().unwrap();
    here.register(&a, &address).await.unwrap();
    assert_eq!(there.locate(&a).await.unwrap(), Some(address));
    assert_eq!(there.locate(&b).await.unwrap(), None);
}

/// Nothing would ever break a connection to a host that is gone but the kernel, in a quarter of an hour.
#[tokio::test]
async fn what_is_not_answered_is_the_last_command_on_its_connection() {
    let server = FakeValkey::start().await;
    let valkey = Valkey::connect(&server.url, keys()).await.unwrap();
    let replica = ReplicaName::new("a").unwrap();
    let address = "10.0.0.7:8080".parse().unwrap();
    valkey.register(&replica, &address).await.unwrap();

    server.take_over();
    pause();
    let (located, published) = tokio::join!(
        valkey.locate(&replica),
        valkey.publish("tools", "lost".into())
    );
    assert!(located.is_err() && published.is_err());
    resume();
    assert_eq!(valkey.locate(&replica).await.unwrap(), Some(address));
    valkey.publish("tools", "heard".into()).await.unwrap();
}
