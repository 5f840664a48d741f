//! An issuer's published keys, kept as long as they may be believed.
//!
//! | the keys are | a token with a known `kid` | a token with an unknown `kid` |
//! |---|---|---|
//! | not here yet | waits for the one fetch | waits for the one fetch |
//! | fresh (5 min) | verified | one fetch per 10 s; between two of them see below |
//! | stale, up to 1 h | verified; a fetch runs beside it | the same |
//! | older | waits for a fetch, or is told to come back | the same |
//!
//! Between two fetches an unknown `kid` is *invalid* only if the last fetch was made for it. Otherwise
//! it may be a new key, and the answer is "come back in a few seconds": a flood of invented names
//! costs the issuer one request per 10 s, and a rotation signs nobody out (T2, T8).

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};

use tokio::task::AbortHandle;

use super::{
    key::VerifyingKey,
    location::{FetchError, JwksLocation},
    set::{KeySet, Lookup},
};
use crate::{
    clock::{Clock, Timestamp},
    http_client::HttpClient,
    verify::{VerifyError, jwt::Algorithm},
};

const FRESH: Duration = Duration::from_secs(5 * 60);
const MAX_STALE: Duration = Duration::from_secs(60 * 60);
const COOLDOWN: Duration = Duration::from_secs(10);

/// How many unknown `kid`s are kept in mind between two fetches, and how long each may be.
const MAX_UNKNOWN: usize = 256;
const MAX_KID: usize = 256;

/// A cache of one issuer's keys; clones share it.
#[derive(Clone)]
pub(crate) struct JwksCache(Arc<Inner>);

struct Inner {
    location: JwksLocation,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Copies of what `state` holds, for readers that must not wait.
    epoch: AtomicU64,
    fresh_until: AtomicU64,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    tried_at: Option<Timestamp>,
    fetching: Option<Fetching>,
    /// Names that wait for the fetch under way.
    asked: HashSet<Box<str>>,
    /// Names that the last fetch was made for; those still unknown are not worth another.
    absent: HashSet<Box<str>>,
}

struct Held {
    set: Arc<KeySet>,
    document: Bytes,
    fetched_at: Timestamp,
    epoch: u64,
}

/// A fetch that any number of requests wait for, or none. It runs in a task of its own, so that a
/// client which hangs up stops nobody else.
struct Fetching {
    task: AbortHandle,
    done: Done,
}

type Done = Shared<BoxFuture<'static, ()>>;

enum Step {
    Found(Arc<VerifyingKey>, u64),
    Wait(Done),
}

impl JwksCache {
    /// Fetches nothing before the first token asks for a key.
    pub(crate) fn new(location: JwksLocation, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            location,
            http: HttpClient::default(),
            clock,
            state: Mutex::default(),
            epoch: AtomicU64::new(0),
            fresh_until: AtomicU64::new(0),
        }))
    }

    /// The key for a token, and the epoch of the set that it is from.
    pub(super) async fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<(Arc<VerifyingKey>, u64), VerifyError> {
        if kid.is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(VerifyError::Invalid("the key's name is too long (kid)"));
        }
        // A fetch can be waited for once as one that was under way, and once as one's own.
        for _ in 0..3 {
            match self.0.step(kid, algorithm)? {
                Step::Found(key, epoch) => return Ok((key, epoch)),
                Step::Wait(done) => done.await,
            }
        }
        Err(unavailable(COOLDOWN))
    }

    /// A number that changes with the keys; `None` while they are not fresh.
    pub(super) fn epoch(&self, now: Timestamp) -> Option<u64> {
        if now.as_secs() >= self.0.fresh_until.load(Ordering::Acquire) {
            return None;
        }
        Some(self.0.epoch.load(Ordering::Acquire))
    }
}

impl Inner {
    fn step(
        self: &Arc<Self>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Step, VerifyError> {
        let now = self.clock.now();
        let mut state = self.lock();
        let believed = |held: &&Held| held.age(now) <= MAX_STALE;
        let Some(held) = state.held.as_ref().filter(believed) else {
            let step = self.wait(&mut state, now, kid);
            return step.ok_or_else(|| state.come_back(now));
        };
        let (epoch, is_stale) = (held.epoch, held.age(now) > FRESH);
        let lookup = held.set.find(kid, algorithm);
        if is_stale {
            // Nobody waits for this one: the keys are still good.
            let _ = self.fetching(&mut state, now);
        }
        match lookup {
            Lookup::Found(key) => Ok(Step::Found(key, epoch)),
            Lookup::Refused(reason) => Err(VerifyError::Invalid(reason)),
            Lookup::UnknownKid => match self.wait(&mut state, now, kid) {
                Some(step) => Ok(step),
                None if kid.is_some_and(|kid| state.absent.contains(kid)) => {
                    Err(VerifyError::Invalid("unknown key (kid)"))
                }
                None => Err(state.come_back(now)),
            },
        }
    }

    /// Waits for the fetch that may bring `kid`; `None` when none may be made now.
    fn wait(
        self: &Arc<Self>,
        state: &mut State,
        now: Timestamp,
        kid: Option<&str>,
    ) -> Option<Step> {
        let done = self.fetching(state, now)?;
        if let Some(kid) = kid
            && state.asked.len() < MAX_UNKNOWN
        {
            state.asked.insert(kid.into());
        }
        Some(Step::Wait(done))
    }

    /// The end of the fetch under way, or of a new one unless the last was less than 10 s ago.
    fn fetching(self: &Arc<Self>, state: &mut State, now: Timestamp) -> Option<Done> {
        if let Some(fetching) = &state.fetching
            && !fetching.task.is_finished()
        {
            return Some(fetching.done.clone());
        }
        let since_last = state.tried_at.map(|tried| now.since(tried));
        if since_last.is_some_and(|since| since < COOLDOWN) {
            return None;
        }
        state.tried_at = Some(now);
        let inner = self.clone();
        let task = tokio::spawn(async move { inner.fetch().await });
        let fetching = Fetching {
            task: task.abort_handle(),
            done: task.map(|_| ()).boxed().shared(),
        };
        let done = fetching.done.clone();
        state.fetching = Some(fetching);
        Some(done)
    }

    async fn fetch(&self) {
        let fetched = self.location.fetch(&self.http).await;
        let fetched = fetched.and_then(|document| self.accept(document));
        if let Err(error) = fetched {
            self.lock().asked.clear();
            tracing::warn!(location = %self.location, error = error.to_string(), "the issuer's keys cannot be had");
        }
    }

    fn accept(&self, document: Bytes) -> Result<(), FetchError> {
        let set = Arc::new(KeySet::from_json(&document)?);
        let mut state = self.lock();
        let now = self.clock.now();
        let epoch = match &state.held {
            Some(held) if held.document == document => held.epoch,
            Some(held) => held.epoch + 1,
            None => 1,
        };
        state.absent = std::mem::take(&mut state.asked);
        state.held = Some(Held {
            set,
            document,
            fetched_at: now,
            epoch,
        });
        self.epoch.store(epoch, Ordering::Release);
        let fresh_until = now.plus(FRESH).as_secs();
        self.fresh_until.store(fresh_until, Ordering::Release);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is a few assignments; none can be left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn age(&self, now: Timestamp) -> Duration {
        now.since(self.fetched_at)
    }
}

impl State {
    /// After the cooldown, a fetch may be made again.
    fn come_back(&self, now: Timestamp) -> VerifyError {
        let elapsed = self.tried_at.map_or(COOLDOWN, |tried| now.since(tried));
        unavailable(COOLDOWN.saturating_sub(elapsed))
    }
}

fn unavailable(retry_after: Duration) -> VerifyError {
    VerifyError::Unavailable {
        reason: "the issuer's keys cannot be had now",
        retry_after: retry_after.max(Duration::from_secs(1)),
    }
}
