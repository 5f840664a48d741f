//! A grant against a model of it: whatever a client does, in whatever order, at whatever times.

use std::time::Duration;

use http::StatusCode;
use proptest::{prelude::*, test_runner::TestRunner};

use super::world::*;

#[derive(Debug, Clone)]
enum Step {
    /// Presents the refresh token of this generation, counted back from the newest.
    Refresh {
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
    prop_oneof![
        6 => (0usize..3).prop_map(|back| Step::Refresh { back }),
        4 => prop_oneof![Just(1u64), Just(119), Just(120), Just(121), Just(700)]
            .prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::RedeemAgain),
        1 => (0usize..3).prop_map(|back| Step::Revoke { back }),
    ]
}

/// What rule 7 of the architecture says.
struct Model {
    tokens: Vec<String>,
    now: u64,
    rotated_at: u64,
    is_over: bool,
}

impl Model {
    /// The token at `back`, clamped to the oldest.
    fn token(&self, back: usize) -> (usize, String) {
        let newest = self.tokens.len() - 1;
        let index = newest.saturating_sub(back);
        (newest - index, self.tokens[index].clone())
    }

    /// Whether a refresh succeeds, and whether it makes a new generation.
    fn refresh(&mut self, back: usize) -> (bool, bool) {
        if self.is_over {
            return (false, false);
        }
        match back {
            0 => {
                self.rotated_at = self.now;
                (true, true)
            }
            1 if self.now - self.rotated_at <= 120 => (true, false),
            _ => {
                self.is_over = true;
                (false, false)
            }
        }
    }
}

async fn play(world: &World, client: &Client, steps: Vec<Step>) {
    let code = client.code().await;
    let mut model = Model {
        tokens: vec![client.redeem(&code, &[]).await.text("refresh_token")],
        now: 0,
        rotated_at: 0,
        is_over: false,
    };
    for step in steps {
        match step {
            Step::Wait { seconds } => {
                world.clock.advance(Duration::from_secs(seconds));
                model.now += seconds;
            }
            Step::RedeemAgain => {
                let answer = client.redeem(&code, &[]).await;
                assert_eq!(answer.error(), "invalid_grant");
                model.is_over = true;
            }
            Step::Revoke { back } => {
                let (_, token) = model.token(back);
                assert_eq!(client.revoke(&token).await.status, StatusCode::OK);
                model.is_over = true;
            }
            Step::Refresh { back } => {
                let (back, token) = model.token(back);
                let (succeeds, rotates) = model.refresh(back);
                let answer = client.refresh(&token, &[]).await;
                if !succeeds {
                    assert_eq!(answer.error(), "invalid_grant");
                    continue;
                }
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                let given = answer.text("refresh_token");
                if rotates {
                    assert!(!model.tokens.contains(&given));
                    model.tokens.push(given);
                } else {
                    assert_eq!(Some(&given), model.tokens.last());
                }
            }
        }
    }
}

#[test]
fn t17_t20_a_grant_does_what_its_model_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let client = runtime.block_on(world.client());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let steps = prop::collection::vec(step(), 1..16);
    let result = runner.run(&steps, |steps| {
        runtime.block_on(play(&world, &client, steps));
        Ok(())
    });
    result.unwrap();
}
