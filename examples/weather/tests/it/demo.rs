//! The demo as a newcomer and a program meet it.

use std::path::Path;

use portcullis::testing::HeadlessClient;
use rstest::rstest;
use serde_json::json;

use crate::running_demo::{RunningDemo, refused};
use crate::sign_in::Coded;

/// A folder of its own for one test, under the folder that cargo gives for that.
fn data_file(test: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    // Left over from the last run, if there was one.
    let _ = std::fs::remove_dir_all(&folder);
    folder.join("demo.redb").to_str().unwrap().to_owned()
}

async fn sign_in(demo: &RunningDemo) -> portcullis::testing::Session {
    let mut user = HeadlessClient::new(demo.text("user"), demo.text("password")).unwrap();
    user.sign_in(demo.mcp()).await.unwrap()
}

#[tokio::test]
async fn the_ready_line_is_all_that_a_program_needs() {
    let demo = RunningDemo::start("memory").await;
    assert_eq!(demo.mcp(), format!("{}/weather-nodejs/mcp", demo.origin()));
    assert_eq!(demo.text("issuer"), demo.origin());
    assert!(demo.text("cognito").starts_with("http://127.0.0.1:"));

    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "get_alerts", "arguments": { "state": "CA" } },
    });
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(demo.mcp())
        .bearer_auth(demo.text("bearer"))
        .header("accept", "application/json, text/event-stream")
        .json(&call);
    let answer: serde_json::Value = answer.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer["result"]["structuredContent"]["source"], "recorded",
        "{answer}"
    );
    assert_eq!(demo.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_restart_keeps_clients_signed_in() {
    let data = data_file("a_restart_keeps_clients_signed_in");
    let demo = RunningDemo::start(&data).await;
    let mut session = sign_in(&demo).await;
    let demo = demo.crash_and_restart(&data).await;
    let denver = json!({ "latitude": 39.7392, "longitude": -104.9903 });
    session
        .call_tool("get_forecast", denver.clone())
        .await
        .unwrap();
    let before = session.access_token().to_owned();
    session.refresh().await.unwrap();
    assert_ne!(session.access_token(), before);
    session.call_tool("get_forecast", denver).await.unwrap();
    assert_eq!(demo.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn t17_a_code_outlives_a_crash_and_works_once() {
    let data = data_file("t17_a_code_outlives_a_crash_and_works_once");
    let demo = RunningDemo::start(&data).await;
    let coded = Coded::obtain(&demo).await;
    let demo = demo.crash_and_restart(&data).await;

    let (status, tokens) = coded.redeem().await;
    assert_eq!(status, 200, "{tokens}");
    let (status, error) = coded.redeem().await;
    assert_eq!(
        (status, &error["error"]),
        (400, &json!("invalid_grant")),
        "{error}"
    );
    let (status, error) = coded
        .refresh(tokens["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(
        (status, &error["error"]),
        (400, &json!("invalid_grant")),
        "{error}"
    );
    drop(demo);
}

#[tokio::test]
async fn another_name_of_this_machine_is_told_the_right_url() {
    let demo = RunningDemo::start("memory").await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        let response = http
            .get(format!("http://127.0.0.1:{}{path}", demo.port()))
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, text) = get("/weather-nodejs/mcp").await;
    assert_eq!(status, 421);
    assert!(text.contains(demo.origin()), "{text}");
    assert_eq!(get("/healthz").await.0, 200);
    assert_eq!(get("/weather-nodejs/").await.0, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn the_demos_keys_and_state_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let data = data_file("the_demos_keys_and_state_are_for_their_owner_only");
    let demo = RunningDemo::start(&data).await;
    let keys = format!("{data}.keys");
    for file in [&data, &keys] {
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let keys = std::fs::read_to_string(keys).unwrap();
    assert!(keys.lines().all(|line| line.starts_with("demo-")));
    drop(demo);
}

#[tokio::test]
async fn a_file_in_use_is_a_sentence_and_exits_2() {
    let data = data_file("a_file_in_use_is_a_sentence_and_exits_2");
    let demo = RunningDemo::start(&data).await;
    let output = refused(&["--listen", "127.0.0.1:0", "--data", &data]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(
        message.contains("demo.redb") && !message.contains("panicked"),
        "{message}"
    );
    drop(demo);
}

#[rstest]
#[case::public(&["--listen", "0.0.0.0:0"], "loopback only")]
#[case::public_pool(&["--cognito-listen", "0.0.0.0:0"], "loopback only")]
#[case::no_port(&["--listen", "localhost"], "127.0.0.1:8080")]
#[case::weather(&["--weather", "sunny"], "recorded")]
#[case::format(&["--ready", "xml"], "json")]
fn a_wrong_flag_is_explained_and_exits_2(#[case] flags: &[&str], #[case] sentence: &str) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_weather-demo"))
        .args(flags)
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(sentence), "{message}");
}
