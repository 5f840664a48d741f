//! A grant against a model of it: whatever a client does, in whatever order, at whatever times.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use http::StatusCode;
use portcullis_auth::{Lifetimes, MemoryStore, MockEndpoint, MockFault};
use proptest::{prelude::*, test_runner::TestRunner};

use super::world::*;

const FRESH: u64 = 10;
const ACCESS: u64 = 600;
/// So long that access tokens end within it.
const GRACE: u64 = 900;
/// How long the provider's access tokens live.
const UPSTREAM: u64 = 3600;

#[derive(Debug, Clone)]
enum Step {
    /// Presents refresh tokens at the same time, by their generations, counted back from the newest.
    Refresh {
        backs: Vec<usize>,
    },
    /// The same with one token, while the provider does not work.
    RefreshWithoutUpstream {
        back: usize,
    },
    Wait {
        seconds: u64,
    },
    RedeemAgain,
    Revoke {
        back: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let seconds = prop::sample::select(vec![1, 9, 10, 11, 299, 300, 899, 900, 901, 3600]);
    prop_oneof![
        6 => (0usize..4).prop_map(|back| Step::Refresh { backs: vec![back] }),
        3 => prop::collection::vec(0usize..4, 2..6).prop_map(|backs| Step::Refresh { backs }),
        1 => (0usize..2).prop_map(|back| Step::RefreshWithoutUpstream { back }),
        6 => seconds.prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::RedeemAgain),
        1 => (0usize..4).prop_map(|back| Step::Revoke { back }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Refused,
    Repeats,
    Rotates,
}

/// What the architecture says of a grant.
struct Model {
    tokens: Vec<String>,
    /// When each generation was given out.
    given_at: Vec<u64>,
    now: u64,
    upstream_due_at: u64,
    upstream_asked: u64,
    is_over: bool,
}

impl Model {
    /// The token at `back`, clamped to the oldest.
    fn token(&self, back: usize) -> (usize, String) {
        let newest = self.tokens.len() - 1;
        let index = newest.saturating_sub(back);
        (newest - index, self.tokens[index].clone())
    }

    fn outcome(&self, back: usize) -> Outcome {
        let newest = self.tokens.len() - 1;
        let age = self.now - self.given_at[newest];
        if self.is_over {
            return Outcome::Refused;
        }
        // A generation is superseded when the next one is given out.
        let is_answered = match back {
            0 => {
                return if age < FRESH {
                    Outcome::Repeats
                } else {
                    Outcome::Rotates
                };
            }
            back => self.now - self.given_at[newest - back + 1] < GRACE,
        };
        match is_answered {
            false => Outcome::Refused,
            true if age < ACCESS / 2 => Outcome::Repeats,
            true => Outcome::Rotates,
        }
    }

    fn is_upstream_due(&self) -> bool {
        self.now >= self.upstream_due_at
    }

    fn rotated(&mut self, token: &str) {
        assert!(!self.tokens.iter().any(|known| known == token), "a new one");
        self.tokens.push(token.to_owned());
        self.given_at.push(self.now);
        if self.is_upstream_due() {
            self.upstream_asked += 1;
            self.upstream_due_at = self.now + UPSTREAM;
        }
    }
}

struct Play<'a> {
    world: &'a World,
    client: &'a Client,
    code: String,
    model: Model,
}

impl Play<'_> {
    async fn step(&mut self, step: Step) {
        match step {
            Step::Wait { seconds } => {
                self.world.clock.advance(Duration::from_secs(seconds));
                self.model.now += seconds;
            }
            Step::RedeemAgain => {
                let answer = self.client.redeem(&self.code, &[]).await;
                assert_eq!(answer.error(), "invalid_grant");
                self.model.is_over = true;
            }
            Step::Revoke { back } => {
                let (_, token) = self.model.token(back);
                assert_eq!(self.client.revoke(&token).await.status, StatusCode::OK);
                self.model.is_over = true;
            }
            Step::RefreshWithoutUpstream { back } => self.without_upstream(back).await,
            Step::Refresh { backs } => self.refresh(backs).await,
        }
        let asked = self.world.mock().requests(MockEndpoint::Token);
        assert_eq!(asked, self.model.upstream_asked, "the provider was asked");
    }

    /// A fault of the provider costs nobody a token, and is seen only by who asks it.
    async fn without_upstream(&mut self, back: usize) {
        let (back, token) = self.model.token(back);
        if self.model.outcome(back) != Outcome::Rotates || !self.model.is_upstream_due() {
            return self.refresh(vec![back]).await;
        }
        let fault = MockFault::Status(503);
        self.world.mock().fail_next(MockEndpoint::Token, fault, 1);
        let answer = self.client.refresh(&token, &[]).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        self.model.upstream_asked += 1;
    }

    /// Tokens that are presented at once, in whatever order they are looked at.
    async fn refresh(&mut self, backs: Vec<usize>) {
        let presented: Vec<_> = backs.iter().map(|back| self.model.token(*back)).collect();
        let outcomes: Vec<_> = presented
            .iter()
            .map(|(back, _)| self.model.outcome(*back))
            .collect();
        let requests = presented.into_iter().map(|(_, token)| {
            let client = self.client.clone();
            tokio::spawn(async move { client.refresh(&token, &[]).await })
        });
        let answers = join_all(requests).await;
        let before = self.model.tokens.last().unwrap().clone();
        let mut given = BTreeSet::new();
        for (answer, outcome) in answers.iter().zip(&outcomes) {
            let answer = answer.as_ref().unwrap();
            if answer.status == StatusCode::OK {
                assert_ne!(*outcome, Outcome::Refused);
                given.insert(answer.text("refresh_token"));
            } else {
                assert_eq!(answer.error(), "invalid_grant");
                assert!(outcomes.contains(&Outcome::Refused), "{}", answer.body);
            }
        }
        given.remove(&before);
        assert!(given.len() <= 1, "one rotation at most: {given:?}");
        if let Some(token) = given.first() {
            assert!(outcomes.contains(&Outcome::Rotates));
            self.model.rotated(token);
        }
        if outcomes.contains(&Outcome::Refused) {
            self.model.is_over = true;
            // The one that was refused may have ended the grant while the provider was asked.
            self.model.upstream_asked = self.world.mock().requests(MockEndpoint::Token);
        } else if outcomes.contains(&Outcome::Rotates) {
            assert_eq!(given.len(), 1, "a new generation");
        }
    }
}

async fn play(world: &World, client: &Client, steps: Vec<Step>) {
    let code = client.code().await;
    let first = client.redeem(&code, &[]).await.text("refresh_token");
    let mut play = Play {
        world,
        client,
        code,
        model: Model {
            tokens: vec![first],
            given_at: vec![0],
            now: 0,
            upstream_due_at: UPSTREAM,
            upstream_asked: world.mock().requests(MockEndpoint::Token),
            is_over: false,
        },
    };
    for step in steps {
        play.step(step).await;
    }
}

#[test]
fn t17_t20_a_grant_does_what_its_model_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::with(|builder| {
        let mut lifetimes = Lifetimes::default();
        lifetimes.grace = Duration::from_secs(GRACE);
        builder.store(MemoryStore::new()).lifetimes(lifetimes)
    }));
    let client = runtime.block_on(world.client());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let steps = prop::collection::vec(step(), 1..24);
    let result = runner.run(&steps, |steps| {
        runtime.block_on(play(&world, &client, steps));
        Ok(())
    });
    result.unwrap();
}
