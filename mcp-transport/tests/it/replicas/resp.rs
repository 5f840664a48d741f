//! As much of a Valkey server as the directory and the bus need, and what it was asked.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use portcullis_transport::replica::ReplicaKeys;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::{Notify, mpsc},
};
use tokio_util::sync::CancellationToken;

/// The keys of all replicas of a test.
pub(super) fn keys() -> ReplicaKeys {
    ReplicaKeys::new(&[7; 32])
}

#[derive(Clone)]
pub(super) struct FakeValkey {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

#[derive(Default)]
struct State {
    values: HashMap<String, String>,
    /// How often each was looked up.
    lookups: HashMap<String, usize>,
    /// The newest event.
    published: String,
    /// Connections that have subscribed to something, with what they hear.
    subscribers: Vec<Subscriber>,
    mute: bool,
    /// Connections so far, and how many of them are never answered again.
    clients: usize,
    lost: usize,
}

struct Subscriber {
    channels: BTreeSet<String>,
    replies: mpsc::UnboundedSender<String>,
    cut: CancellationToken,
}

impl FakeValkey {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("redis://{}", listener.local_addr().unwrap()),
            state: Arc::default(),
            changed: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(client));
            }
        });
        server
    }

    /// What each connection hears that has ever subscribed to something.
    pub(super) fn subscribers(&self) -> Vec<Vec<String>> {
        let channels = |subscriber: &Subscriber| subscriber.channels.iter().cloned().collect();
        self.state().subscribers.iter().map(channels).collect()
    }

    pub(super) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        loop {
            let changed = self.changed.notified();
            if holds(self) {
                return;
            }
            changed.await;
        }
    }

    /// What is kept under a key.
    pub(super) fn value(&self, key: &str) -> String {
        self.state().values[key].clone()
    }

    /// Writes as anybody can who reaches the server.
    pub(super) fn set(&self, key: &str, value: &str) {
        self.state().values.insert(key.to_owned(), value.to_owned());
    }

    /// How often a key was looked up.
    pub(super) fn lookups(&self, key: &str) -> usize {
        self.state().lookups.get(key).copied().unwrap_or(0)
    }

    /// The newest event, as a replica has sealed it.
    pub(super) fn published(&self) -> String {
        self.state().published.clone()
    }

    /// Publishes as anybody can who reaches the server.
    pub(super) fn publish(&self, channel: &str, event: &str) {
        self.state().publish(channel, event);
    }

    /// Breaks the connections that have subscribed to something.
    pub(super) fn cut(&self) {
        let subscribers = std::mem::take(&mut self.state().subscribers);
        subscribers.iter().for_each(|it| it.cut.cancel());
    }

    /// Goes on reading, and says nothing any more.
    pub(super) fn mute(&self) {
        self.state().mute = true;
    }

    /// Answers new connections only, as the host that takes over from one that is gone.
    pub(super) fn take_over(&self) {
        let mut state = self.state();
        state.lost = state.clients;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn serve(self, client: TcpStream) {
        let (incoming, mut outgoing) = client.into_split();
        let (replies, mut queue) = mpsc::unbounded_channel::<String>();
        tokio::spawn(async move {
            while let Some(reply) = queue.recv().await {
                outgoing.write_all(reply.as_bytes()).await.unwrap();
            }
        });
        let client = {
            let mut state = self.state();
            state.clients += 1;
            state.clients
        };
        let cut = CancellationToken::new();
        let mut incoming = BufReader::new(incoming);
        while let Some(Some(command)) = cut.run_until_cancelled(command(&mut incoming)).await {
            let words: Vec<_> = command.iter().map(String::as_str).collect();
            let mut state = self.state();
            if !state.mute && client > state.lost {
                let _ = replies.send(state.answer(&words, &replies, &cut));
            }
            drop(state);
            self.changed.notify_waiters();
        }
    }
}

impl State {
    fn answer(
        &mut self,
        words: &[&str],
        replies: &mpsc::UnboundedSender<String>,
        cut: &CancellationToken,
    ) -> String {
        match *words {
            ["SETEX", key, seconds, value] => {
                assert_eq!(seconds, "30");
                self.values.insert(key.to_owned(), value.to_owned());
                "+OK\r\n".to_owned()
            }
            ["GET", key] => {
                *self.lookups.entry(key.to_owned()).or_default() += 1;
                match self.values.get(key) {
                    Some(value) => bulk(value),
                    None => "$-1\r\n".to_owned(),
                }
            }
            ["PUBLISH", channel, event] => {
                self.published = event.to_owned();
                format!(":{}\r\n", self.publish(channel, event))
            }
            ["SUBSCRIBE", channel] => {
                let own = self.subscriber(replies, cut);
                own.channels.insert(channel.to_owned());
                ["*3\r\n", &bulk("subscribe"), &bulk(channel), ":1\r\n"].concat()
            }
            ["UNSUBSCRIBE", channel] => {
                let own = self.subscriber(replies, cut);
                own.channels.remove(channel);
                ["*3\r\n", &bulk("unsubscribe"), &bulk(channel), ":0\r\n"].concat()
            }
            ["PING"] => ["*2\r\n", &bulk("pong"), &bulk("")].concat(),
            _ => "+OK\r\n".to_owned(),
        }
    }

    /// Says how many hear it.
    fn publish(&self, channel: &str, event: &str) -> usize {
        let hears = |it: &&Subscriber| it.channels.contains(channel);
        let message = ["*3\r\n", &bulk("message"), &bulk(channel), &bulk(event)];
        let message = message.concat();
        let heard = self.subscribers.iter().filter(hears);
        // A connection that is gone hears nothing.
        let told = heard.map(|it| it.replies.send(message.clone()).is_ok());
        told.filter(|told| *told).count()
    }

    fn subscriber(
        &mut self,
        replies: &mpsc::UnboundedSender<String>,
        cut: &CancellationToken,
    ) -> &mut Subscriber {
        let known = |it: &Subscriber| it.replies.same_channel(replies);
        let index = self.subscribers.iter().position(known);
        let index = index.unwrap_or_else(|| {
            self.subscribers.push(Subscriber {
                channels: BTreeSet::new(),
                replies: replies.clone(),
                cut: cut.clone(),
            });
            self.subscribers.len() - 1
        });
        &mut self.subscribers[index]
    }
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

/// One command: an array of strings.
async fn command(incoming: &mut BufReader<OwnedReadHalf>) -> Option<Vec<String>> {
    let words = length(incoming, '*').await?;
    let mut command = Vec::new();
    for _ in 0..words {
        let mut word = vec![0; length(incoming, '$').await? + 2];
        incoming.read_exact(&mut word).await.ok()?;
        word.truncate(word.len() - 2);
        command.push(String::from_utf8(word).unwrap());
    }
    Some(command)
}

async fn length(incoming: &mut BufReader<OwnedReadHalf>, kind: char) -> Option<usize> {
    let mut line = String::new();
    incoming.read_line(&mut line).await.ok()?;
    line.trim_end().strip_prefix(kind)?.parse().ok()
}
