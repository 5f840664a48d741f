//! T31: what the logs must not hold.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::StatusCode;
use portcullis_auth::{MockEndpoint, MockFault};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::world::*;

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
    assert!(secrets.len() > 20);
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
}
