//! What somebody else writes on the server that the replicas share. `.ci/interop replicas` forges on a
//! real one.

use std::{io::ErrorKind, net::TcpListener, time::Duration};

use axum::{Router, body::Body};
use futures_util::StreamExt;
use http::{HeaderValue, Method, Request, StatusCode, uri::Authority};
use portcullis_transport::replica::{
    Directory, EventBus, Replica, ReplicaKeys, ReplicaName, ReplicaService, Valkey,
};
use rstest::rstest;
use tokio::{
    io::AsyncReadExt,
    time::{advance, pause, resume, timeout},
};
use tower::ServiceExt;
use tower_layer::Layer;

use super::{
    resp::{FakeValkey, keys},
    world::*,
};
use crate::{
    refusals::Log,
    sessions::{call, ping, text},
};

const OWNERS: &str = "owner.AAAA";
const OWNER: &str = "portcullis:replica:owner";
const TOKEN: &str = "Bearer secret-of-alice";
const TOOLS: &str = "portcullis:events:tools";

fn named(name: &str) -> ReplicaName {
    ReplicaName::new(name).unwrap()
}

async fn connect(server: &FakeValkey, keys: ReplicaKeys) -> Valkey {
    Valkey::connect(&server.url, keys).await.unwrap()
}

/// A replica that has no session of its own.
async fn front(server: &FakeValkey) -> (Replica, ReplicaService<Router>) {
    let directory = connect(server, keys()).await;
    let replica = Replica::new(named("front"), directory);
    let app = Router::new().fallback(async || StatusCode::NOT_FOUND);
    let front = replica.layer(["/mcp"]).layer(app);
    (replica, front)
}

fn with_token(session: &str) -> Request<Body> {
    let mut request = request(Method::POST, session, ping(1).to_string());
    let token = HeaderValue::from_static(TOKEN);
    request.headers_mut().insert("authorization", token);
    request
}

async fn status(front: &ReplicaService<Router>, session: &str) -> StatusCode {
    let answer = front.clone().oneshot(with_token(session));
    answer.await.unwrap().status()
}

/// Somebody who would like to have tokens.
struct Thief {
    listener: TcpListener,
    address: Authority,
}

impl Thief {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        Self { listener, address }
    }

    fn was_left_alone(&self) -> bool {
        let accepted = self.listener.accept();
        accepted.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// What the first who connects sends first.
    async fn hears(self) -> String {
        let listener = tokio::net::TcpListener::from_std(self.listener).unwrap();
        let (mut client, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4_096];
        let length = client.read(&mut head).await.unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    }
}

#[derive(Debug)]
enum Forgery {
    Unsealed,
    OtherKey,
    /// Of a replica that lived where the thief lives now.
    OtherReplica,
    ChangedAddress,
}

#[rstest]
#[case(Forgery::Unsealed)]
#[case(Forgery::OtherKey)]
#[case(Forgery::OtherReplica)]
#[case(Forgery::ChangedAddress)]
#[tokio::test]
async fn t30_no_token_goes_where_a_forged_entry_says(#[case] forgery: Forgery) {
    let server = FakeValkey::start().await;
    let (replica, front) = front(&server).await;
    let _membership = replica.join("127.0.0.1:1".parse().unwrap()).await.unwrap();
    let thief = Thief::start();
    let own = connect(&server, keys()).await;
    let entry = match forgery {
        Forgery::Unsealed => thief.address.to_string(),
        Forgery::OtherKey => {
            let keys = ReplicaKeys::new(&[8; 32]);
            let other = connect(&server, keys).await;
            let owner = named("owner");
            other.register(&owner, &thief.address).await.unwrap();
            server.value(OWNER)
        }
        Forgery::OtherReplica => {
            let earlier = named("earlier");
            own.register(&earlier, &thief.address).await.unwrap();
            server.value("portcullis:replica:earlier")
        }
        Forgery::ChangedAddress => {
            let address = "10.0.0.7:8080".parse().unwrap();
            own.register(&named("owner"), &address).await.unwrap();
            let genuine = server.value(OWNER);
            genuine.replace("10.0.0.7:8080", thief.address.as_str())
        }
    };
    assert!(entry.ends_with(thief.address.as_str()), "{entry}");
    server.set(OWNER, &entry);
    let unknown = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(status(&front, OWNERS).await, unknown);
    assert!(thief.was_left_alone());
    assert_eq!(server.lookups(OWNER), 1);

    // Were it genuine, the token would go there.
    let owner = named("owner");
    own.register(&owner, &thief.address).await.unwrap();
    let passed_on = tokio::spawn(front.oneshot(with_token(OWNERS)));
    let heard = thief.hears().await;
    assert!(heard.contains(TOKEN), "{heard}");
    passed_on.abort();
}

#[tokio::test]
async fn t30_a_session_outlives_a_forged_entry() {
    let server = FakeValkey::start().await;
    let a = connect(&server, keys()).await;
    let b = connect(&server, keys()).await;
    let (a, b) = (Process::start("a", &a).await, Process::start("b", &b).await);
    let session = Balanced::new(&[&a]).open().await;
    let elsewhere = Balanced::new(&[&b]);
    let thief = Thief::start();
    for _ in 0..2 {
        let answer = json(elsewhere.post(&session, &call(1, "echo")).await).await;
        assert_eq!(text(&answer), r#"{"a":1}"#);
        // Where the replica was a moment ago is remembered.
        server.set("portcullis:replica:a", thief.address.as_str());
    }
    assert!(thief.was_left_alone());
}

#[tokio::test]
async fn t30_nobody_hears_a_forged_event() {
    let server = FakeValkey::start().await;
    let bus = connect(&server, keys()).await;
    let keys = ReplicaKeys::new(&[8; 32]);
    let other = connect(&server, keys).await;
    let mut heard = bus.subscribe("tools").await.unwrap();
    let mut prompts = bus.subscribe("prompts").await.unwrap();
    server.publish(TOOLS, "unsealed");
    other.publish("tools", "other key".into()).await.unwrap();
    // A genuine one, of another topic.
    bus.publish("prompts", "other topic".into()).await.unwrap();
    assert_eq!(prompts.next().await.unwrap(), "other topic");
    let sealed = server.published();
    assert!(sealed.ends_with("other topic"), "{sealed}");
    server.publish(TOOLS, &sealed);

    bus.publish("tools", "genuine".into()).await.unwrap();
    assert_eq!(heard.next().await.unwrap(), "genuine");
}

/// Whoever writes there may do so as often as they like, and must not fill the log.
#[tokio::test]
async fn t30_one_line_in_ten_seconds_says_what_is_not_believed() {
    let log = Log::default();
    let _logging = log.begin();
    let server = FakeValkey::start().await;
    let (_, front) = front(&server).await;
    server.set(OWNER, "10.0.0.7:8080\nforged line");
    let bus = connect(&server, keys()).await;
    let mut heard = bus.subscribe("tools").await.unwrap();
    for _ in 0..20 {
        status(&front, OWNERS).await;
        server.publish(TOOLS, "unsealed");
    }
    bus.publish("tools", "genuine".into()).await.unwrap();
    assert_eq!(heard.next().await.unwrap(), "genuine");
    let lines = log.lines_with("PORTCULLIS_SEALING_KEYS");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("WARN")), "{lines:?}");
    assert!(log.lines_with("forged line").is_empty());
}

/// One replica has the new keys, and the other has not yet.
#[tokio::test]
async fn t30_keys_of_replicas_rotate() {
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
        from.register(&named(replica), &address).await.unwrap();
        from.publish("tools", "news".into()).await.unwrap();
        for at in [&before, &after] {
            let located = at.locate(&named(replica)).await.unwrap();
            assert_eq!(located.as_ref(), Some(&address));
        }
        for events in &mut heard {
            let event = timeout(Duration::from_secs(10), events.next()).await;
            assert_eq!(event.unwrap().unwrap(), "news");
        }
    }

    let only_old = connect(&server, ReplicaKeys::new(&old)).await;
    assert!(only_old.locate(&named("other")).await.is_err());
}

/// Clients of a replica that has died ask again and again, and so can anybody without a credential.
#[tokio::test]
async fn t30_a_replica_that_is_missing_is_looked_up_once_a_second() {
    let server = FakeValkey::start().await;
    let (replica, front) = front(&server).await;
    let _membership = replica.join("127.0.0.1:1".parse().unwrap()).await.unwrap();
    let missing = StatusCode::NOT_FOUND;
    assert_eq!(status(&front, OWNERS).await, missing);
    pause();
    for number in 0..100 {
        let session = format!("owner.{number:032}");
        assert_eq!(status(&front, &session).await, missing);
    }
    resume();
    assert_eq!(server.lookups(OWNER), 1);
    assert_eq!(server.lookups("portcullis:replica:front"), 1);

    // One of that name joins, and is soon found.
    let owner = connect(&server, keys()).await;
    let owner = Process::start("owner", &owner).await;
    let session = Balanced::new(&[&owner]).open().await;
    pause();
    advance(Duration::from_secs(1)).await;
    resume();
    assert_eq!(status(&front, &session).await, StatusCode::OK);
}
