//! The program as a newcomer starts it.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use portcullis::testing::{HeadlessClient, Session};
use serde_json::{Value, json};

struct Program(Child);

impl Program {
    /// Starts it on a free port and waits for its first line.
    fn start() -> (Self, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quickstart"))
            .args(["--listen", "127.0.0.1:0", "--ready", "json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        (Self(child), serde_json::from_str(&line).unwrap())
    }

    /// Asks it to end, and returns its exit code.
    fn terminate(&mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn from_one_line_of_json_to_step_up() {
    let (mut program, ready) = Program::start();
    let text = |name: &str| ready[name].as_str().unwrap();
    let (mcp, hi) = (text("mcp"), json!({"text": "hi"}));
    assert_eq!(mcp, format!("{}/mcp", text("origin")));
    assert_eq!(text("issuer"), text("origin"));

    // The bearer is for `echo` alone.
    let bearer = Session::with_bearer(mcp, text("bearer")).unwrap();
    let said = bearer.call_tool("echo", hi.clone()).await.unwrap();
    assert_eq!(said["content"][0]["text"], "hi");
    let refused = bearer.call_tool_raw("publish", hi.clone()).await.unwrap();
    assert_eq!(refused.status(), 403);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains(r#"error="insufficient_scope""#),
        "{challenge}"
    );
    assert!(
        challenge.contains(r#"scope="echo:use echo:publish""#),
        "{challenge}"
    );

    // So is what a client asks for at first; then it steps up.
    let mut user = HeadlessClient::new(text("user"), text("password")).unwrap();
    let first = user.sign_in(mcp).await.unwrap();
    assert_eq!(first.scope(), Some("echo:use"));
    let refused = first.call_tool_raw("publish", hi.clone()).await.unwrap();
    assert_eq!(refused.status(), 403);
    let mut more = user
        .sign_in_for(mcp, "echo:use echo:publish")
        .await
        .unwrap();
    let published = more.call_tool("publish", hi.clone()).await.unwrap();
    assert_eq!(
        published["content"][0]["text"],
        "test@example.com published: hi"
    );
    let old = more.access_token().to_owned();
    more.refresh().await.unwrap();
    assert_ne!(more.access_token(), old);
    more.call_tool("publish", hi).await.unwrap();

    assert_eq!(program.terminate(), Some(0));
}

#[test]
fn wrong_arguments_end_it_with_2_and_a_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .arg("--port=80")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("--port") && message.contains("--listen"),
        "{message}"
    );
    assert!(output.stdout.is_empty());
}
