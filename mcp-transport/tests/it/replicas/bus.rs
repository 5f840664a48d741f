//! What all replicas hear.

use futures_util::StreamExt;
use portcullis_transport::replica::{EventBus, SharedEventBus};

#[tokio::test]
async fn everybody_hears_their_topic_in_order_and_no_other() {
    let bus = SharedEventBus::default();
    let mut first = bus.subscribe("tools").await.unwrap();
    let mut second = bus.subscribe("tools").await.unwrap();
    bus.publish("prompts", "not this".into()).await.unwrap();
    for event in ["one", "two"] {
        bus.publish("tools", event.into()).await.unwrap();
    }
    for heard in [&mut first, &mut second] {
        assert_eq!(heard.next().await.unwrap(), "one");
        assert_eq!(heard.next().await.unwrap(), "two");
    }
    drop(bus);
    assert_eq!(first.next().await, None);
}

#[tokio::test]
async fn an_event_that_nobody_waits_for_is_no_error() {
    let bus = SharedEventBus::default();
    bus.publish("tools", "one".into()).await.unwrap();
}
