//! The floor is one only if it answers the same.

use serde_json::Value;
use tokio::runtime::Builder;

use crate::{
    server::Launch,
    table,
    workload::{Kind, Target},
};

/// The JSON of a body, or of each event in it.
fn messages(body: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(body).unwrap();
    if text.starts_with('{') {
        return vec![serde_json::from_str(text).unwrap()];
    }
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|json| serde_json::from_str(json).unwrap())
        .collect()
}

fn answers_of(workload: &str, contender: &str) -> Vec<Value> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let launch = Launch {
        port: 80,
        runtime: &runtime,
    };
    let Kind::Answer(ask) = &table::workload(workload).unwrap().kind else {
        panic!("{workload} has no answers");
    };
    let contender = table::find(workload, contender).unwrap();
    let app = (contender.app)(&launch).unwrap();
    let body = runtime.block_on(app.answer((ask.request)(&Target::mcp(80))));
    messages(&body.unwrap())
}

#[test]
fn the_floors_answer_what_this_sdk_answers() {
    for (workload, floor) in [
        ("call", "axum"),
        ("call", "axum-value"),
        ("call-2025-06-18", "axum"),
        ("nested", "axum"),
        ("nested", "axum-value"),
        ("list", "axum-bytes"),
        ("progress", "axum"),
    ] {
        let ours = answers_of(workload, "portcullis");
        assert!(!ours.is_empty());
        assert_eq!(answers_of(workload, floor), ours, "{floor} at {workload}");
    }
}
