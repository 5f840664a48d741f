//! Whether every server of every workload answers rightly: the harness fails by itself if not.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_server_answers_every_workload_rightly() {
    let run = bench(&["run", "--quick"]);

    assert!(run.status.success(), "{}", text(&run.stderr));
    let table = text(&run.stdout);
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.contains(" µs/") || line.contains(" KiB/"))
        .collect();
    let workloads = [
        "call",
        "call-with-token",
        "call-2025-06-18",
        "tools",
        "nested",
        "list",
        "progress",
        "sse",
        "idle-listen",
        "idle-sse",
        "idle-session",
        "fan-out",
    ];
    for workload in workloads {
        let row = |server: &str| format!("| {workload} | {server}");
        let has = |server: &str| rows.iter().any(|line| line.starts_with(&row(server)));
        assert!(has("axum") && has("portcullis"), "{workload} in\n{table}");
    }
    assert!(!table.contains("NaN"), "{table}");
}

#[test]
fn only_the_named_workloads_are_measured() {
    let run = bench(&["run", "--quick", "sse"]);

    assert!(run.status.success(), "{}", text(&run.stderr));
    let table = text(&run.stdout);
    assert!(
        table.contains("| sse |") && !table.contains("| call |"),
        "{table}"
    );
}

#[test]
fn instructions_are_counted_of_single_requests_only() {
    let run = bench(&["instructions", "idle-sse"]);

    assert!(!run.status.success());
    let said = text(&run.stderr);
    assert!(
        said.contains("idle-sse does not consist of single requests"),
        "{said}"
    );
}

#[test]
fn too_few_open_files_are_a_sentence() {
    let run = Command::new("sh")
        .args([
            "-c",
            "ulimit -n 256 && exec \"$0\" run idle-sse --streams 5000 --rounds 1",
        ])
        .arg(env!("CARGO_BIN_EXE_bench"))
        .output()
        .unwrap();

    assert!(!run.status.success());
    let said = text(&run.stderr);
    assert!(
        said.contains("raise it") && said.contains("--streams 156"),
        "{said}"
    );
}
