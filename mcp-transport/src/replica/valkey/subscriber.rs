//! One connection to hear on, for all who listen in this process.

use std::collections::{HashMap, hash_map::Entry};

use bytes::Bytes;
use futures_util::StreamExt;
use redis::{
    Client, Msg, RedisResult, Value,
    aio::{PubSubSink, PubSubStream},
};
use thiserror::Error;
use tokio::{
    sync::{
        broadcast,
        mpsc::{self, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
    time::{Duration, MissedTickBehavior, error::Elapsed, interval, timeout},
};

use super::{ReplicaKeys, seals::About};
use crate::replica::{
    EventBusError, Events,
    events::{WAITING, heard},
    quiet::Quiet,
};

const TOPIC: &str = "portcullis:events:";

/// How long the server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server that is gone says nothing, and nor does one without events: so it is asked.
const ASK: Duration = Duration::from_secs(10);

/// The channel of a topic.
pub(super) fn channel(topic: &str) -> String {
    format!("{TOPIC}{topic}")
}

/// A handle on the connection. It is closed when nobody holds one any more, and nobody listens.
#[derive(Clone)]
pub(super) struct Subscriber(UnboundedSender<Order>);

enum Order {
    Listen {
        topic: Box<str>,
        reply: oneshot::Sender<RedisResult<broadcast::Receiver<Bytes>>>,
    },
    /// A listener has gone.
    Left { topic: Box<str> },
}

#[derive(Debug, Error)]
pub(super) enum NotSubscribed {
    #[error("there is no connection to the server")]
    Broken,
    #[error("the server does not answer")]
    Silent(#[from] Elapsed),
    #[error(transparent)]
    Refused(#[from] redis::RedisError),
}

impl From<NotSubscribed> for EventBusError {
    fn from(cause: NotSubscribed) -> Self {
        Self::new(cause)
    }
}

impl Subscriber {
    pub(super) async fn connect(client: &Client, keys: ReplicaKeys) -> Result<Self, NotSubscribed> {
        let connection = timeout(PATIENCE, client.get_async_pubsub()).await??;
        let (sink, messages) = connection.split();
        let (orders, received) = mpsc::unbounded_channel();
        let hub = Hub {
            sink,
            topics: HashMap::new(),
            keys,
            quiet: Quiet::default(),
        };
        tokio::spawn(hub.run(messages, received));
        Ok(Self(orders))
    }

    pub(super) fn is_broken(&self) -> bool {
        self.0.is_closed()
    }

    pub(super) async fn listen(&self, topic: &str) -> Result<Events, NotSubscribed> {
        // Made first, so that a caller who is cancelled while the server is asked has left, too.
        let leaving = Leaving {
            topic: topic.into(),
            orders: self.0.clone(),
        };
        let (reply, answer) = oneshot::channel();
        let order = Order::Listen {
            topic: topic.into(),
            reply,
        };
        let broken = || NotSubscribed::Broken;
        self.0.send(order).map_err(|_| broken())?;
        let receiver = answer.await.map_err(|_| broken())??;
        let events = heard(receiver).map(move |event| {
            let _ = &leaving;
            event
        });
        Ok(events.boxed())
    }
}

/// Says so when a listener goes.
struct Leaving {
    topic: Box<str>,
    orders: UnboundedSender<Order>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let topic = std::mem::take(&mut self.topic);
        // Without a connection there is nothing left to leave.
        let _ = self.orders.send(Order::Left { topic });
    }
}

/// The connection, and who listens to what.
struct Hub {
    sink: PubSubSink,
    topics: HashMap<Box<str>, broadcast::Sender<Bytes>>,
    keys: ReplicaKeys,
    quiet: Quiet,
}

impl Hub {
    /// Runs until the connection breaks, or nobody needs it. All streams end then, since what they
    /// would have missed is unknown.
    async fn run(mut self, mut messages: PubSubStream, mut orders: UnboundedReceiver<Order>) {
        let mut ask = interval(ASK);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let lasts = tokio::select! {
                message = messages.next() => self.tell(message),
                order = orders.recv() => match order {
                    Some(order) => self.follow(order).await,
                    None => return,
                },
                _ = ask.tick() => self.is_answered().await,
            };
            if lasts.is_err() {
                tracing::warn!("the event bus has broken off; whoever listens must begin anew");
                return;
            }
        }
    }

    fn tell(&self, message: Option<Msg>) -> Result<(), NotSubscribed> {
        let message = message.ok_or(NotSubscribed::Broken)?;
        let topic = message.get_channel_name().strip_prefix(TOPIC);
        let Some((topic, listeners)) = topic.and_then(|topic| self.topics.get_key_value(topic))
        else {
            return Ok(());
        };
        match self
            .keys
            .open(About::Topic(topic), message.get_payload_bytes())
        {
            // Nobody may be listening any more, which is no error.
            Ok(event) => drop(listeners.send(Bytes::copy_from_slice(event))),
            Err(error) if self.quiet.is_over() => {
                tracing::warn!(error = error.to_string(), "an event is not believed");
            }
            Err(_) => {}
        }
        Ok(())
    }

    async fn follow(&mut self, order: Order) -> Result<(), NotSubscribed> {
        match order {
            Order::Listen { topic, reply } => {
                let receiver = match self.topics.get(&topic) {
                    Some(events) => Ok(events.subscribe()),
                    None => timeout(PATIENCE, self.subscribe(topic)).await?,
                };
                // A listener that no longer waits has left.
                let _ = reply.send(receiver);
            }
            Order::Left { topic } => {
                if let Entry::Occupied(events) = self.topics.entry(topic)
                    && events.get().receiver_count() == 0
                {
                    let channel = channel(events.key());
                    events.remove();
                    timeout(PATIENCE, self.sink.unsubscribe(channel)).await??;
                }
            }
        }
        Ok(())
    }

    async fn subscribe(&mut self, topic: Box<str>) -> RedisResult<broadcast::Receiver<Bytes>> {
        self.sink.subscribe(channel(&topic)).await?;
        let (events, receiver) = broadcast::channel(WAITING);
        self.topics.insert(topic, events);
        Ok(receiver)
    }

    async fn is_answered(&mut self) -> Result<(), NotSubscribed> {
        timeout(PATIENCE, self.sink.ping::<Value>()).await??;
        Ok(())
    }
}
