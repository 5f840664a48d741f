use std::collections::HashMap;

use portcullis::auth::{SealingKeys, SigningKeys};

use crate::run_portcullis;

#[tokio::test]
async fn keygen_prints_lines_that_a_server_reads() {
    let output = run_portcullis(&["keygen", "--kid", "2026-11"]).await;
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: HashMap<_, _> = text
        .lines()
        .map(|line| line.split_once('=').unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let lookup = |name: &str| lines.get(name).map(|value| (*value).to_owned());
    SigningKeys::from_lookup(lookup).unwrap();
    SealingKeys::from_lookup(lookup).unwrap();
    assert!(lines["PORTCULLIS_SIGNING_KEYS"].starts_with("2026-11:"));
}

#[tokio::test]
async fn keygen_refuses_a_name_that_no_server_reads() {
    let output = run_portcullis(&["keygen", "--kid", "a,b:c"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
