use std::process::Output;

use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::run_portcullis;
use crate::site::{ForeignHost, Page, RESOURCE_METADATA, SERVER_METADATA, Site};

/// Breaks one thing, and returns the exit code with the findings of `level`.
async fn diagnose(level: &str, break_it: impl FnOnce(&mut Site)) -> (Option<i32>, Vec<Value>) {
    let mut site = Site::new().await;
    break_it(&mut site);
    let site = site.serve();
    let output = run_portcullis(&["doctor", "--json", &site.url]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["healthy"], output.status.success());
    let findings = report["findings"].as_array().unwrap();
    let chosen = findings
        .iter()
        .filter(|it| it["level"] == level)
        .cloned()
        .collect();
    (output.status.code(), chosen)
}

#[tokio::test]
async fn a_healthy_server_has_nothing_to_fix() {
    let (code, failures) = diagnose("fail", |_| ()).await;
    assert_eq!((code, failures), (Some(0), vec![]));
    let (_, warnings) = diagnose("warn", |_| ()).await;
    assert_eq!(warnings, Vec::<Value>::new());
}

#[rstest]
#[case::no_auth("challenge", |site: &mut Site| {
    site.pages.insert("/x/mcp".to_owned(), Page::Status(StatusCode::OK));
})]
#[case::wrong_path("challenge", |site: &mut Site| {
    site.pages.remove("/x/mcp");
})]
#[case::other_public_url("challenge", |site: &mut Site| {
    site.pages.insert("/x/mcp".to_owned(), Page::Status(StatusCode::FORBIDDEN));
})]
#[case::no_mcp_server("challenge", |site: &mut Site| {
    site.pages.insert("/x/mcp".to_owned(), Page::Status(StatusCode::METHOD_NOT_ALLOWED));
})]
#[case::in_trouble("challenge", |site: &mut Site| {
    site.pages.insert("/x/mcp".to_owned(), Page::Status(StatusCode::BAD_GATEWAY));
})]
#[case::no_challenge("challenge", |site: &mut Site| {
    site.pages.insert("/x/mcp".to_owned(), Page::Challenge("Basic realm=\"x\""));
})]
#[case::pointer_elsewhere("resource metadata", |site: &mut Site| {
    site.pages.insert(
        "/x/mcp".to_owned(),
        Page::Challenge("Bearer resource_metadata=\"https://other.example/prm\", scope=\"x\""),
    );
})]
#[case::no_metadata("resource metadata", |site: &mut Site| {
    site.pages.remove(RESOURCE_METADATA);
})]
#[case::other_resource("resource metadata", |site: &mut Site| {
    site.set(RESOURCE_METADATA, "resource", json!("https://mcp.example.com/x/mcp"));
})]
#[case::no_authorization_server("resource metadata", |site: &mut Site| {
    site.set(RESOURCE_METADATA, "authorization_servers", json!([]));
})]
#[case::clear_text_issuer("authorization server", |site: &mut Site| {
    site.set(RESOURCE_METADATA, "authorization_servers", json!(["http://login.example.com"]));
})]
#[case::no_server_metadata("server metadata", |site: &mut Site| {
    site.pages.remove(SERVER_METADATA);
})]
#[case::issuer_with_a_slash("server metadata", |site: &mut Site| {
    let issuer = format!("{}/", site.origin);
    site.set(SERVER_METADATA, "issuer", json!(issuer));
})]
#[case::no_pkce("PKCE", |site: &mut Site| {
    site.set(SERVER_METADATA, "code_challenge_methods_supported", Value::Null);
})]
#[case::a_script_for_a_token_endpoint("token_endpoint", |site: &mut Site| {
    site.set(SERVER_METADATA, "token_endpoint", json!("javascript://localhost/%0aalert(1)"));
})]
#[case::an_issuer_that_is_no_web_server("authorization server", |site: &mut Site| {
    site.set(RESOURCE_METADATA, "authorization_servers", json!(["ftp://localhost"]));
})]
#[case::keys_in_the_clear("keys", |site: &mut Site| {
    site.set(SERVER_METADATA, "jwks_uri", json!("http://login.example.com/jwks.json"));
})]
#[case::another_issuer_below_the_endpoint("server metadata", |site: &mut Site| {
    let document = json!({ "issuer": "https://evil.example" });
    site.pages.insert("/x/mcp/.well-known/openid-configuration".to_owned(), Page::Document(document));
})]
#[case::odd_token_endpoint("token_endpoint", |site: &mut Site| {
    site.set(SERVER_METADATA, "token_endpoint", json!("javascript:alert(1)"));
})]
#[case::keys_missing("keys", |site: &mut Site| {
    site.pages.remove("/jwks.json");
})]
#[case::private_key_published("keys", |site: &mut Site| {
    site.set("/jwks.json", "keys", json!([{ "kty": "EC", "x": "AA", "y": "AA", "d": "AA" }]));
})]
#[case::rebinding("foreign Host", |site: &mut Site| {
    site.foreign_host = ForeignHost::Answered;
})]
#[case::issuer_from_host("foreign Host", |site: &mut Site| {
    site.foreign_host = ForeignHost::Repeated;
})]
#[tokio::test]
async fn what_is_broken_is_found_and_exits_1(#[case] check: &str, #[case] break_it: fn(&mut Site)) {
    let (code, failures) = diagnose("fail", break_it).await;
    assert_eq!(code, Some(1));
    let named: Vec<_> = failures.iter().filter(|it| it["check"] == check).collect();
    assert!(!named.is_empty(), "{failures:#?}");
    assert!(
        named
            .iter()
            .all(|it| it["change"].as_str().is_some_and(|text| !text.is_empty()))
    );
}

#[rstest]
#[case::early_error("challenge", |site: &mut Site| {
    site.pages.insert(
        "/x/mcp".to_owned(),
        Page::Challenge("Bearer error=\"invalid_token\", resource_metadata=\"META\", scope=\"x\""),
    );
})]
#[case::no_document_to_ask_a_foreign_host_for("foreign Host", |site: &mut Site| {
    let document = site.pages.remove(RESOURCE_METADATA).unwrap();
    site.pages.insert("/.well-known/oauth-protected-resource".to_owned(), document);
    site.pages.insert("/x/mcp".to_owned(), Page::Challenge("Bearer scope=\"x/read\""));
    site.foreign_host = ForeignHost::Answered;
})]
#[case::another_resource_in_the_folder("resource metadata", |site: &mut Site| {
    let document = json!({ "resource": "https://mcp.example.com/x/other" });
    site.pages.insert("/x/.well-known/oauth-protected-resource".to_owned(), Page::Document(document));
})]
#[case::no_registration("registration", |site: &mut Site| {
    site.set(SERVER_METADATA, "registration_endpoint", Value::Null);
})]
#[case::no_refresh("refresh", |site: &mut Site| {
    site.set(SERVER_METADATA, "grant_types_supported", json!(["authorization_code"]));
})]
#[tokio::test]
async fn what_only_some_clients_mind_is_a_warning(
    #[case] check: &str,
    #[case] break_it: fn(&mut Site),
) {
    let (code, warnings) = diagnose("warn", break_it).await;
    assert_eq!(code, Some(0));
    assert!(
        warnings.iter().any(|it| it["check"] == check),
        "{warnings:#?}"
    );
}

/// The server is right, so "send WWW-Authenticate" would be the wrong advice.
#[tokio::test]
async fn a_challenge_that_api_gateway_has_renamed_is_named() {
    let (code, failures) = diagnose("fail", |site| {
        let challenge = "Bearer resource_metadata=\"https://mcp.example.com/prm\", scope=\"x\"";
        site.pages
            .insert("/x/mcp".to_owned(), Page::Remapped(challenge));
    })
    .await;
    assert_eq!(code, Some(1));
    let found = failures.iter().find(|it| it["check"] == "challenge");
    let found = found.unwrap();
    let seen = found["seen"].as_str().unwrap();
    assert!(seen.contains("API Gateway has renamed"), "{seen}");
    let change = found["change"].as_str().unwrap();
    assert!(change.contains("Application Load Balancer"), "{change}");
    assert!(!change.contains("send WWW-Authenticate"), "{change}");
}

/// One header for each scheme, and the one that counts is not the first.
#[tokio::test]
async fn every_challenge_is_read() {
    let (_, failures) = diagnose("fail", |site| {
        site.other_challenge = Some("Basic realm=\"x\"");
    })
    .await;
    assert_eq!(failures, Vec::<Value>::new());
}

/// An answer that does not come is no refusal.
#[tokio::test]
async fn no_answer_is_no_refusal() {
    let (_, fine) = diagnose("ok", |site| site.hangs_up = true).await;
    assert!(
        !fine.iter().any(|it| it["check"] == "foreign Origin"),
        "{fine:#?}"
    );
    assert!(
        !fine.iter().any(|it| it["check"] == "foreign Host"),
        "{fine:#?}"
    );
}

#[tokio::test]
async fn half_a_url_is_asked_for_whole() {
    let output = run_portcullis(&["doctor", "mcp.example.com"]).await;
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("write the whole URL"), "{message}");
}

#[tokio::test]
async fn text_names_the_callback_and_what_to_change() {
    let mut site = Site::new().await;
    site.set(
        SERVER_METADATA,
        "code_challenge_methods_supported",
        json!(["plain"]),
    );
    let callback = format!("{}/callback", site.origin);
    let site = site.serve();
    let text = text(run_portcullis(&["doctor", &site.url]).await);
    assert!(text.contains(&callback), "{text}");
    assert!(text.contains("FAIL  PKCE"), "{text}");
    assert!(
        text.contains("-> advertise code_challenge_methods_supported"),
        "{text}"
    );
    assert!(text.ends_with("1 to fix, 0 to consider\n"), "{text}");
}

#[tokio::test]
async fn what_a_server_sends_cannot_drive_the_terminal() {
    let mut site = Site::new().await;
    site.set(RESOURCE_METADATA, "resource", json!("\u{1b}]0;owned\u{7}"));
    let site = site.serve();
    let text = text(run_portcullis(&["doctor", &site.url]).await);
    assert!(!text.contains('\u{1b}') && text.contains("owned"), "{text}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_finding() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    let output = run_portcullis(&["doctor", &url]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(output).contains("cannot connect"));
}

#[tokio::test]
async fn plain_http_in_the_open_is_not_even_tried() {
    let output = run_portcullis(&["doctor", "http://mcp.example.com/mcp"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(output).contains("over https"));
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).unwrap()
}

/// The name is enough to find it, and a value may be a secret.
#[tokio::test]
async fn a_query_of_the_url_is_named_without_its_values() {
    let site = Site::new().await.serve();
    let url = format!("{}?api_key=s3cr3t&profile=work", site.url);
    let output = run_portcullis(&["doctor", "--json", &url]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(!report.to_string().contains("s3cr3t"), "{report}");
    let findings = report["findings"].as_array().unwrap();
    let warnings: Vec<_> = findings.iter().filter(|it| it["level"] == "warn").collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["check"], "url");
    let seen = warnings[0]["seen"].as_str().unwrap();
    assert!(seen.contains("api_key, profile"), "{seen}");
}
