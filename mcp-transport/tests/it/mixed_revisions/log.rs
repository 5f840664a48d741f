//! One WARN for each client, however often it calls, and no more than some for all of them.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::fixture::{app, post};

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

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The subscriber is the whole process's: one of this thread alone would miss what is logged at places
/// that another test has passed before.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_ansi(false)
        .with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    log
});

/// The lines that hold `part`.
fn lines(part: &str) -> Vec<String> {
    let log = String::from_utf8(LOG.0.lock().unwrap().clone()).unwrap();
    let lines = log.lines().filter(|line| line.contains(part));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_client_that_mixes_revisions_is_named_once() {
    let _ = &*LOG;
    let revisions = [("2025-11-25", "2026-07-28"), ("2026-07-28", "none")];
    for (at, ((headers, body), (header, named))) in
        mixtures().into_iter().zip(revisions).enumerate()
    {
        for (app, fate) in [
            (app(&Fixture::default()), "is refused"),
            (tolerant(&Fixture::default()), "the body counts"),
        ] {
            let client = format!("connector-{at}-{}", fate.replace(' ', "-"));
            let mut headers = headers.clone();
            headers.push(("user-agent", &client));
            for _ in 0..3 {
                post(&app, &headers, body.clone()).await;
            }
            let [line] = &lines(&client)[..] else {
                panic!("{:?}", lines(&client));
            };
            assert!(line.contains("WARN"), "{line}");
            assert!(line.contains(&format!(r#"header="{header}""#)), "{line}");
            assert!(line.contains(&format!(r#"body="{named}""#)), "{line}");
            assert!(line.contains(fate), "{line}");
            assert!(line.contains("MixedRevisions::FollowBody"), "{line}");
        }
    }
}

/// A client of an older revision with a session sends these before its first call.
#[tokio::test]
async fn notifications_and_answers_tell_as_well() {
    let _ = &*LOG;
    for (client, body) in [
        (
            "notifying",
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        ),
        ("answering", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
    ] {
        let headers = [
            ("mcp-protocol-version", "2026-07-28"),
            ("user-agent", client),
        ];
        post(&app(&Fixture::default()), &headers, body).await;
        assert_eq!(lines(client).len(), 1, "{client}");
    }
}

#[tokio::test]
async fn who_does_not_mix_revisions_is_not_named() {
    let _ = &*LOG;
    let agent = ("user-agent", "of-one-revision");
    for app in [app(&Fixture::default()), tolerant(&Fixture::default())] {
        let mut headers = crate::fixture::modern("tools/call", Some("echo"));
        headers.push(agent);
        post(&app, &headers, modern_call("echo")).await;
        // Wrong, but of one revision.
        let discover = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#;
        post(&app, &[agent], discover).await;
        let mut headers = V2025_11_25.to_vec();
        headers.push(agent);
        post(&app, &headers, legacy_call("echo")).await;
    }
    assert_eq!(lines("of-one-revision"), Vec::<String>::new());
}

#[tokio::test]
async fn t31_what_a_client_sends_forges_no_line_and_is_cut() {
    let _ = &*LOG;
    let client = format!("forger\t\"{}", "x".repeat(5000));
    let version = format!("2026\t\"{}", "y".repeat(5000));
    let headers = [("mcp-protocol-version", &*version), ("user-agent", &client)];
    let body = modern_call("echo").replace("2026-07-28", r"\n2099 WARN all is well\u001b[2J");
    post(&app(&Fixture::default()), &headers, body).await;
    let [line] = &lines("forger")[..] else {
        panic!("{:?}", lines("forger"));
    };
    assert!(line.contains(r#"client="forger\t\""#), "{line}");
    assert!(line.contains(r#"body="\n2099"#), "{line}");
    assert!(!line.contains('\u{1b}'), "{line}");
    assert!(line.len() < 700, "{}", line.len());
    assert!(!line.contains(&"x".repeat(100)), "{line}");
}

/// Who invents a name for each request must not fill the log.
#[tokio::test]
async fn t31_no_more_than_32_clients_are_named() {
    let _ = &*LOG;
    let app = app(&Fixture::default());
    for number in 0..100 {
        let agent = format!("inventor-{number}.");
        let mut headers = V2025_11_25.to_vec();
        headers.push(("user-agent", &agent));
        post(&app, &headers, modern_call("echo")).await;
    }
    assert_eq!(lines("inventor-").len(), 32);
}
