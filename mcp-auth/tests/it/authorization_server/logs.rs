//! T31: what the logs must not hold, and of what not too much.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use portcullis_auth::{
    Entropy, EntropyError, MemoryStore, MockEndpoint, MockFault, OsEntropy, RecordKey,
    RefreshTokenReuse, StoreError, StoredRecord, Timestamp, TokenStore, Version,
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    provider::{Provider, UPSTREAM_ACCESS, UPSTREAM_REFRESH},
    verifier::{door, knock},
    world::*,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The machine's randomness, of which it notes what is long enough to be a secret, as it is written.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Entropy for Notes {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        OsEntropy.fill(bytes)?;
        if bytes.len() >= 32 {
            let mut noted = self.0.lock().unwrap();
            noted.push(URL_SAFE_NO_PAD.encode(bytes));
        }
        Ok(())
    }
}

/// The subscriber is the whole process's: one of this thread alone would miss what is logged at places
/// that another test has passed before.
#[tokio::test]
async fn t31_s15_no_secret_is_logged_at_any_level() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let world = World::new().await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    let next = Tokens::of(&client.refresh(&tokens.refresh, &[]).await);

    // The unhappy ways log most.
    let code = client.code().await;
    client.redeem(&code, &[("code_verifier", CHALLENGE)]).await;
    client.redeem(&code, &[]).await;
    client.redeem(&code, &[]).await;
    world.clock.advance(Duration::from_secs(3600));
    world
        .mock()
        .fail_next(MockEndpoint::Token, MockFault::Status(503), 2);
    world
        .mock()
        .fail_next(MockEndpoint::Revoke, MockFault::Status(500), 1);
    client.refresh(&next.refresh, &[]).await;
    let mut browser = world.browser();
    let callback = browser.walk_to_callback(&client.authorize(&[])).await;
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    client.revoke(&next.refresh).await;
    let confidential = world
        .register(&json!({
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "client_secret_post",
        }))
        .await;
    let secret = confidential.secret.clone().unwrap();
    confidential.refresh(&tokens.refresh, &[]).await;

    let provider = Provider::start(json!({})).await;
    let entropy = Notes::default();
    let behind = provider.world(|builder| builder.entropy(entropy.clone()));
    let client = behind.client().await;
    let mut browser = behind.browser();
    let authorize = client.authorize(&[]);
    let callback = provider.sign_in(&behind, &mut browser, &authorize, json!({}));
    let callback = callback.await;
    let code = browser.get(&callback).await.redirected("code").unwrap();
    let tokens = Tokens::of(&client.redeem(&code, &[]).await);
    behind.clock.advance(Duration::from_secs(3600));
    let next = Tokens::of(&client.refresh(&tokens.refresh, &[]).await);
    provider.answers(json!({ "id_token": "not-an-id-token", "scope": "\"malformed" }));
    behind.clock.advance(Duration::from_secs(3600));
    let refused = client.refresh(&next.refresh, &[]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for line in [
        "the authorization server refused a request",
        "used a second time",
    ] {
        assert!(log.contains(line), "an operator reads: {line}");
    }
    let mut secrets = world.secrets.lock().unwrap().clone();
    secrets.extend([
        secret,
        VERIFIER.to_owned(),
        PASSWORD.to_owned(),
        "app-secret".to_owned(),
    ]);
    secrets.push("client-state".to_owned());
    secrets.extend(behind.secrets.lock().unwrap().clone());
    secrets.extend([UPSTREAM_ACCESS, UPSTREAM_REFRESH, &code].map(str::to_owned));
    // State, nonce and verifier of the sign-in at the provider, and the cookie.
    let random = entropy.0.lock().unwrap().clone();
    assert!(random.len() >= 4);
    secrets.extend(random);
    assert!(secrets.len() > 30);
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
}

impl Log {
    /// The lines with this text.
    fn lines(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = log.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }
}

/// What this thread logs from INFO on.
fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

/// A store that goes away.
#[derive(Clone, Default)]
struct Away {
    store: Arc<MemoryStore>,
    is_away: Arc<AtomicBool>,
}

impl Away {
    fn reach(&self) -> Result<&MemoryStore, StoreError> {
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable("connection refused".into())),
            false => Ok(&self.store),
        }
    }
}

impl TokenStore for Away {
    async fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.reach()?.create(key, record, now).await
    }

    async fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> Result<Option<StoredRecord>, StoreError> {
        self.reach()?.read(key, now).await
    }

    async fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.reach()?.replace(key, expected, record, now).await
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        self.reach()?.delete(key, expected).await
    }
}

#[tokio::test]
async fn nobody_fills_the_log_while_the_store_is_away() {
    let (log, _listening) = listen();
    let store = Away::default();
    let world = World::with(|builder| builder.store(store.clone())).await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    let resource = door(&world, RESOURCE);
    let mut browser = world.browser();
    let form = browser.get(&client.authorize(&[])).await.form_request();

    let allow = [("request", form.as_str()), ("decision", "allow")];

    store.is_away.store(true, Ordering::SeqCst);
    for _ in 0..20 {
        for answer in [
            world.get(&client.authorize(&[])).await.status,
            browser.post("/consent", &allow).await.status,
            world.get("/callback?state=s&code=c").await.status,
            client.refresh(&tokens.refresh, &[]).await.status,
            client.revoke(&tokens.refresh).await.status,
            knock(&resource, &tokens.access).await,
        ] {
            assert_eq!(answer, StatusCode::SERVICE_UNAVAILABLE);
        }
    }
    let faults = [
        "an authorization request could not be handled",
        "a consent could not be followed",
        "a sign-in could not be kept",
        "tokens could not be issued",
        "a grant could not be revoked",
        "a grant cannot be read",
    ];
    for fault in faults {
        let lines = log.lines(fault);
        assert_eq!(lines.len(), 1, "{fault}: {lines:?}");
        assert!(lines[0].contains("connection refused"), "{lines:?}");
    }

    world.clock.advance(Duration::from_secs(10));
    client.refresh(&tokens.refresh, &[]).await;
    let lines = log.lines("tokens could not be issued");
    assert!(lines[1].contains("unlogged=19"), "{lines:?}");
}

#[tokio::test]
async fn nobody_fills_the_log_with_an_old_token() {
    let (log, _listening) = listen();
    let world = World::with(|builder| {
        let builder = builder.refresh_token_reuse(RefreshTokenReuse::Refuse);
        builder.store(MemoryStore::new())
    });
    let world = world.await;
    let client = world.client().await;
    let code = client.code().await;
    let old = Tokens::of(&client.redeem(&code, &[]).await);
    world.clock.advance(Duration::from_secs(60));
    client.refresh(&old.refresh, &[]).await;
    world.clock.advance(Duration::from_secs(300));
    for _ in 0..20 {
        let refused = client.refresh(&old.refresh, &[]).await;
        assert_eq!(refused.error(), "invalid_grant");
    }
    for _ in 0..20 {
        let refused = client.redeem(&code, &[]).await;
        assert_eq!(refused.error(), "invalid_grant");
    }
    let lines = log.lines("used a second time");
    assert_eq!(lines.len(), 2, "one of each kind of token: {lines:?}");
}
