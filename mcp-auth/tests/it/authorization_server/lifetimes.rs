//! How long things live is a setting, within bounds.

use std::time::Duration;

use http::StatusCode;
use portcullis_auth::{AuthorizationServer, Lifetimes, MemoryStore, Upstream};

use super::{flow::part, world::*};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const HOUR: Duration = seconds(3600);
const DAY: Duration = seconds(24 * 3600);

async fn world(change: impl FnOnce(&mut Lifetimes)) -> World {
    let mut lifetimes = Lifetimes::default();
    change(&mut lifetimes);
    let app = app_client().refresh_token_lifetime(365 * DAY);
    World::with_app(app, |builder| {
        builder.store(MemoryStore::new()).lifetimes(lifetimes)
    })
    .await
}

#[tokio::test]
async fn an_access_token_lives_for_as_long_as_is_set() {
    let world = world(|lifetimes| lifetimes.access = HOUR).await;
    let client = world.client().await;
    let code = client.code().await;
    let answer = client.redeem(&code, &[]).await;
    assert_eq!(answer.json()["expires_in"], 3600);
    let claims = part(&answer.text("access_token"), 1);
    assert_eq!(claims["exp"], NOW + 3600);
}

#[tokio::test]
async fn a_code_lives_for_as_long_as_is_set() {
    let world = world(|lifetimes| lifetimes.code = seconds(300)).await;
    let client = world.client().await;
    let (in_time, late) = (client.code().await, client.code().await);
    world.clock.advance(seconds(299));
    assert_eq!(client.redeem(&in_time, &[]).await.status, StatusCode::OK);
    world.clock.advance(seconds(1));
    assert_eq!(client.redeem(&late, &[]).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_sign_in_may_take_for_as_long_as_is_set() {
    let world = world(|lifetimes| lifetimes.pending = seconds(1200)).await;
    let client = world.client().await;
    let authorize = client.authorize(&[]);
    let (mut in_time, mut late) = (world.browser(), world.browser());
    let at_provider = in_time.consent(&authorize).await;
    let late_at_provider = late.consent(&authorize).await;
    world.clock.advance(seconds(1199));
    let back = in_time.log_in(&at_provider).await;
    let answer = in_time.get(back.location().unwrap().as_str()).await;
    assert!(answer.redirected("code").is_some(), "{answer:?}");
    world.clock.advance(seconds(1));
    let back = late.log_in(&late_at_provider).await;
    let answer = late.get(back.location().unwrap().as_str()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_grant_ends_after_the_idle_and_the_absolute_time_that_are_set() {
    let world = world(|lifetimes| {
        lifetimes.refresh_idle = HOUR;
        lifetimes.refresh_absolute = 3 * HOUR;
    })
    .await;
    let client = world.client().await;
    let idle = client.tokens().await.refresh;
    let mut busy = client.tokens().await.refresh;
    for _ in 0..3 {
        world.clock.advance(HOUR - seconds(1));
        busy = client.refresh(&busy, &[]).await.text("refresh_token");
    }
    assert_eq!(client.refresh(&idle, &[]).await.error(), "invalid_grant");
    world.clock.advance(seconds(3));
    assert_eq!(client.refresh(&busy, &[]).await.error(), "invalid_grant");
}

#[test]
fn each_lifetime_has_bounds_and_the_one_outside_is_named() {
    type Change = fn(&mut Lifetimes, Duration);
    let year = 365 * DAY;
    let fields: [(&str, Change, Duration, Duration); 7] = [
        ("access", |l, d| l.access = d, seconds(60), HOUR),
        ("code", |l, d| l.code = d, seconds(10), seconds(600)),
        ("pending", |l, d| l.pending = d, seconds(60), seconds(1800)),
        ("grace", |l, d| l.grace = d, Duration::ZERO, HOUR),
        ("refresh_idle", |l, d| l.refresh_idle = d, HOUR, 90 * DAY),
        (
            "refresh_absolute",
            |l, d| l.refresh_absolute = d,
            30 * DAY,
            year,
        ),
        ("client", |l, d| l.client = d, 30 * DAY, 10 * year),
    ];
    for (field, change, least, most) in fields {
        let build = |value| {
            let mut lifetimes = Lifetimes::default();
            change(&mut lifetimes, value);
            build(lifetimes)
        };
        assert!(build(least).is_ok(), "{field}: {least:?}");
        assert!(build(most).is_ok(), "{field}: {most:?}");
        let mut outside = vec![most + seconds(1), most - Duration::from_millis(1)];
        outside.extend(least.checked_sub(seconds(1)));
        for value in outside {
            let error = build(value).unwrap_err();
            // More idle than absolute time is told of the absolute one.
            let named = match field {
                "refresh_idle" if value > most => "lifetimes.refresh_absolute".to_owned(),
                _ => format!("lifetimes.{field}"),
            };
            assert_eq!(error.setting(), named, "{value:?}");
        }
    }
}

fn build(lifetimes: Lifetimes) -> Result<AuthorizationServer, portcullis_auth::ConfigError> {
    let (signing, sealing) = keys();
    AuthorizationServer::builder("https://mcp.example.com")
        .upstream(Upstream::cognito(
            "us-west-2_AbC123",
            "https://auth.example.com",
            "app",
            None,
        ))
        .resource("https://mcp.example.com/mcp", ["a"])
        .store(MemoryStore::new())
        .keys(signing, sealing)
        .lifetimes(lifetimes)
        .build()
}
