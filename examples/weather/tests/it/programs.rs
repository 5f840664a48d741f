//! The servers as an operator starts them.

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use portcullis::auth::{SealingKeys, SigningKeys};
use rstest::rstest;
use serde_json::Value;

fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied());
    command.output().unwrap()
}

pub(crate) const HTTP: &str = env!("CARGO_BIN_EXE_weather-http");
const SSE: &str = env!("CARGO_BIN_EXE_weather-sse");
const AUTH: &str = env!("CARGO_BIN_EXE_weather-auth");
const STDIO: &str = env!("CARGO_BIN_EXE_weather-stdio");

const AUTH_ENVIRONMENT: [(&str, &str); 6] = [
    ("PUBLIC_URL", "https://mcp.example.com"),
    (
        "AUTH_RESOURCES",
        "https://mcp.example.com/weather-nodejs/mcp",
    ),
    ("COGNITO_USER_POOL_ID", "us-west-2_AbC123"),
    (
        "COGNITO_DOMAIN",
        "https://weather.auth.us-west-2.amazoncognito.com",
    ),
    ("COGNITO_CLIENT_ID", "1a2b3c"),
    ("TOKEN_STORE", "memory"),
];

#[rstest]
#[case::http(HTTP, "PUBLIC_URL", &[])]
#[case::issuer(HTTP, "AUTH_ISSUER", &[("PUBLIC_URL", "https://mcp.example.com")])]
#[case::client(HTTP, "COGNITO_CLIENT_ID", &[("PUBLIC_URL", "https://mcp.example.com"), ("COGNITO_USER_POOL_ID", "us-west-2_AbC123")])]
#[case::sse(SSE, "AUTH_ISSUER", &[("PUBLIC_URL", "https://mcp.example.com")])]
#[case::auth(AUTH, "PUBLIC_URL", &[])]
#[case::store(AUTH, "TOKEN_STORE", &AUTH_ENVIRONMENT[..5])]
#[case::keys(AUTH, "PORTCULLIS_SIGNING_KEYS", &AUTH_ENVIRONMENT)]
fn a_missing_setting_is_named_and_exits_2(
    #[case] program: &str,
    #[case] setting: &str,
    #[case] environment: &[(&str, &str)],
) {
    let output = run(program, &[], environment);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(setting), "{message}");
}

#[rstest]
#[case::hops("TRUSTED_HOPS", "1")]
#[case::audit("AUDIT_LOG", "stdout")]
#[case::path("PUBLIC_URL", "https://mcp.example.com/mcp")]
#[case::clear_text("PUBLIC_URL", "http://mcp.example.com")]
#[case::port("PORT", "70000")]
#[case::bind("BIND", "everywhere")]
#[case::weather("WEATHER", "sunny")]
#[case::nws("NWS_BASE_URL", "ftp://weather.example")]
#[case::issuer("AUTH_ISSUER", "http://login.example.com")]
#[case::issuer_empty("AUTH_ISSUER", "")]
#[case::keys("AUTH_JWKS_URI", "keys")]
#[case::base_path("BASE_PATH", "weather")]
#[case::pattern("BASE_PATH", "/{x}")]
fn a_wrong_setting_is_named_and_exits_2(#[case] setting: &str, #[case] value: &str) {
    let environment = [
        ("AUTH_ISSUER", "https://login.example.com"),
        ("PUBLIC_URL", "https://mcp.example.com"),
        (setting, value),
    ];
    assert_named_and_2(HTTP, setting, &environment);
}

#[rstest]
#[case("AUTH_RESOURCES", "weather")]
#[case("COGNITO_DOMAIN", "weather")]
#[case("COGNITO_DOMAIN", "http://weather.example.com")]
#[case("COGNITO_ENDPOINT", "weather")]
#[case("COGNITO_ISSUER_TYPE", "new")]
#[case("COGNITO_REPLICA_REGIONS", "eu-west-1,Ireland")]
#[case("COGNITO_CLIENT_ID", "")]
#[case("COGNITO_USER_POOL_ID", "")]
#[case("COGNITO_USER_POOL_ID", "us-west-2")]
#[case("TOKEN_STORE", "disk")]
#[case("TRUSTED_HOPS", "all")]
#[case("MAX_GRANTS_PER_USER", "257")]
#[case("ACCESS_TOKEN_LIFETIME", "3601")]
#[case("CODE_LIFETIME", "601")]
#[case("SIGN_IN_LIFETIME", "1801")]
#[case("REFRESH_TOKEN_GRACE", "3601")]
#[case("REFRESH_TOKEN_REUSE", "ignore")]
#[case("REFRESH_TOKEN_IDLE_LIFETIME", "31536001")]
#[case("REFRESH_TOKEN_LIFETIME", "31536001")]
#[case("CLIENT_LIFETIME", "315360001")]
#[case("AUDIT_LOG", "stdout")]
fn a_wrong_setting_of_the_authorization_server_is_named_and_exits_2(
    #[case] setting: &str,
    #[case] value: &str,
) {
    let mut environment = AUTH_ENVIRONMENT.to_vec();
    environment.push((setting, value));
    assert_named_and_2(AUTH, setting, &environment);
}

fn assert_named_and_2(program: &str, setting: &str, environment: &[(&str, &str)]) {
    let output = run(program, &[], environment);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    let flag = setting.to_lowercase().replace('_', "-");
    assert!(
        message.contains(setting) || message.contains(&flag),
        "{message}"
    );
}

#[test]
fn the_demos_keys_are_refused_elsewhere() {
    let mut environment = AUTH_ENVIRONMENT.to_vec();
    environment.push(("PORTCULLIS_SIGNING_KEYS", "demo-1:AAAA"));
    let output = run(AUTH, &[], &environment);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("demo"));
}

#[test]
fn config_shows_what_is_in_force_without_secrets() {
    let mut environment = AUTH_ENVIRONMENT.to_vec();
    environment.push(("COGNITO_CLIENT_SECRET", "s3cr3t"));
    let output = run(AUTH, &["config"], &environment);
    let text = String::from_utf8(output.stdout).unwrap();
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["PUBLIC_URL"], "https://mcp.example.com");
    assert_eq!(shown["PORT"], 8080);
    assert_eq!(shown["TOKEN_STORE"], "memory");
    assert_eq!(shown["ACCESS_TOKEN_LIFETIME"], 600);
    assert!(!text.contains("s3cr3t"), "{text}");
}

/// Templates and compose files leave them of what nobody filled in.
#[rstest]
#[case::http(HTTP, &[("PUBLIC_URL", "https://mcp.example.com"), ("AUTH_ISSUER", "https://login.example.com")])]
#[case::http_cognito(HTTP, &[("PUBLIC_URL", "https://mcp.example.com"), ("COGNITO_USER_POOL_ID", "us-west-2_AbC123"), ("COGNITO_CLIENT_ID", "1a2b3c")])]
#[case::sse(SSE, &[("PUBLIC_URL", "https://mcp.example.com"), ("AUTH_ISSUER", "https://login.example.com")])]
#[case::auth(AUTH, &AUTH_ENVIRONMENT)]
#[case::stdio(STDIO, &[])]
fn an_empty_variable_counts_as_unset(#[case] program: &str, #[case] environment: &[(&str, &str)]) {
    let schema = run(program, &["config", "--schema"], &[]);
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let names = schema["properties"].as_object().unwrap().keys();
    let is_given = |name: &&String| environment.iter().any(|(given, _)| given == name);
    let mut with_empty: Vec<_> = names
        .filter(|name| !is_given(name))
        .map(|name| (name.as_str(), ""))
        .collect();
    assert!(!with_empty.is_empty());
    with_empty.extend(environment);
    let expected = run(program, &["config"], environment);
    let shown = run(program, &["config"], &with_empty);
    let message = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{message}");
    assert_eq!(shown.stdout, expected.stdout);
}

#[rstest]
#[case(HTTP, "TRUSTED_HOPS")]
#[case(HTTP, "AUDIT_LOG")]
#[case(SSE, "VALKEY_URL")]
#[case(AUTH, "PORTCULLIS_SIGNING_KEYS_FILE")]
fn an_empty_variable_that_is_no_setting_keeps_no_server_from_starting(
    #[case] program: &str,
    #[case] name: &str,
) {
    let port = free_port();
    let public_url = format!("http://localhost:{port}");
    let is_auth = program == AUTH;
    let environment = match is_auth {
        true => AUTH_ENVIRONMENT.to_vec(),
        false => vec![("AUTH_ISSUER", "https://login.invalid")],
    };
    let mut server = Command::new(program)
        .env_clear()
        .envs(environment)
        .envs([("PORT", port.as_str()), ("PUBLIC_URL", &public_url)])
        .envs(is_auth.then(|| {
            (
                "PORTCULLIS_SIGNING_KEYS",
                SigningKeys::generate("s1").unwrap(),
            )
        }))
        .envs(is_auth.then(|| {
            (
                "PORTCULLIS_SEALING_KEYS",
                SealingKeys::generate("e1").unwrap(),
            )
        }))
        .envs([("WEATHER", "recorded"), (name, "")])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until_healthy(program, &port, &mut server);
    terminate(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[rstest]
#[case(HTTP, "PUBLIC_URL")]
#[case(SSE, "PUBLIC_URL")]
#[case(AUTH, "TOKEN_STORE")]
fn config_schema_needs_no_configuration(#[case] program: &str, #[case] required: &str) {
    let output = run(program, &["config", "--schema"], &[]);
    assert!(output.status.success());
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it == required),
        "{schema}"
    );
    assert!(schema["properties"]["PUBLIC_URL"]["description"].is_string());
    assert_eq!(schema["properties"]["PORT"]["default"], "8080");
}

#[test]
fn a_health_check_fails_where_nothing_listens() {
    let port = free_port();
    assert_eq!(
        run(HTTP, &["healthcheck"], &[("PORT", &port)])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(run(STDIO, &["healthcheck"], &[]).status.code(), Some(0));
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

pub(crate) fn terminate(server: &Child) {
    let kill = format!("kill -TERM {}", server.id());
    let killed = Command::new("sh").args(["-c", &kill]).status();
    assert!(killed.unwrap().success());
}

/// Waits until the health check of a starting server succeeds.
pub(crate) fn wait_until_healthy(program: &str, port: &str, server: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !run(program, &["healthcheck"], &[("PORT", port)])
        .status
        .success()
    {
        assert!(server.try_wait().unwrap().is_none(), "{program} ended");
        assert!(Instant::now() < deadline, "{program} is not healthy");
    }
}

#[rstest]
#[case::http(HTTP, &[("AUTH_ISSUER", "https://login.invalid"), ("WEATHER", "recorded")])]
#[case::sse(SSE, &[("AUTH_ISSUER", "https://login.invalid"), ("WEATHER", "recorded")])]
#[case::http_cognito(HTTP, &[("COGNITO_USER_POOL_ID", "us-west-2_AbC123"), ("COGNITO_CLIENT_ID", "1a2b3c"), ("WEATHER", "recorded")])]
#[case::http_replicated_pool(HTTP, &[("COGNITO_USER_POOL_ID", "us-west-2_AbC123"), ("COGNITO_CLIENT_ID", "1a2b3c"), ("COGNITO_ISSUER_TYPE", "UPDATED"), ("COGNITO_REPLICA_REGIONS", "eu-west-1,ap-south-1"), ("WEATHER", "recorded")])]
fn a_server_starts_without_its_issuer_and_stops_with_0(
    #[case] program: &str,
    #[case] environment: &[(&str, &str)],
) {
    let port = free_port();
    let public_url = format!("http://localhost:{port}");
    let mut server = Command::new(program)
        .env_clear()
        .envs(environment.iter().copied())
        .envs([("PORT", port.as_str()), ("PUBLIC_URL", &public_url)])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until_healthy(program, &port, &mut server);
    terminate(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

/// `weather-auth` with some settings more, and where it is.
fn authorization_server(port: &str, environment: &[(&str, &str)]) -> Child {
    let public_url = format!("http://localhost:{port}");
    let mut server = Command::new(AUTH)
        .env_clear()
        .envs(AUTH_ENVIRONMENT)
        .envs([("PORT", port), ("PUBLIC_URL", &public_url)])
        .envs(environment.iter().copied())
        .env(
            "PORTCULLIS_SIGNING_KEYS",
            SigningKeys::generate("s1").unwrap(),
        )
        .env(
            "PORTCULLIS_SEALING_KEYS",
            SealingKeys::generate("e1").unwrap(),
        )
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_healthy(AUTH, port, &mut server);
    server
}

/// One address may register 20 times at once; these are many, as the proxy in front tells it.
#[tokio::test]
async fn behind_a_trusted_hop_the_authorization_server_counts_clients() {
    let port = free_port();
    let mut server = authorization_server(&port, &[("TRUSTED_HOPS", "1")]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut statuses = Vec::new();
    for client in 0..25 {
        let request = http
            .post(format!("http://localhost:{port}/register"))
            .header("x-forwarded-for", format!("192.0.2.{client}"))
            .json(&serde_json::json!({ "redirect_uris": ["http://127.0.0.1/cb"] }));
        statuses.push(request.send().await.unwrap().status());
    }
    terminate(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
}

#[rstest]
#[case::default(&[], &["cursor://a/cb"], "thunder://a/cb")]
#[case::set(&[("REDIRECT_SCHEMES", "thunder")], &["thunder://a/cb"], "cursor://a/cb")]
#[tokio::test]
async fn redirect_schemes_are_set_and_the_log_names_what_is_left_out(
    #[case] environment: &[(&str, &str)],
    #[case] registered: &[&str],
    #[case] left_out: &str,
) {
    let port = free_port();
    let server = authorization_server(&port, environment);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http
        .post(format!("http://localhost:{port}/register"))
        .json(&serde_json::json!({ "redirect_uris": ["cursor://a/cb", "thunder://a/cb"] }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["redirect_uris"], serde_json::json!(registered));
    terminate(&server);
    let log = server.wait_with_output().unwrap().stderr;
    let log = String::from_utf8(log).unwrap();
    let line = log.lines().find(|line| line.contains(left_out));
    let line = line.unwrap_or_else(|| panic!("not named: {log}"));
    assert!(
        line.contains("WARN") && line.contains("allow_redirect_scheme"),
        "{line}"
    );
}

/// What cannot be written to the log must not keep a server from ending.
#[test]
fn a_server_whose_log_nobody_reads_any_more_stops_with_0() {
    let port = free_port();
    let public_url = format!("http://localhost:{port}");
    let mut server = Command::new(HTTP)
        .env_clear()
        .envs([
            ("AUTH_ISSUER", "https://login.invalid"),
            ("WEATHER", "recorded"),
        ])
        .envs([("PORT", port.as_str()), ("PUBLIC_URL", &public_url)])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_healthy(HTTP, &port, &mut server);
    drop(server.stderr.take());
    terminate(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

/// Each would otherwise say that it is reached at its own loopback address.
#[cfg(feature = "valkey")]
#[rstest]
#[case("0.0.0.0")]
#[case("::")]
fn a_replica_that_listens_everywhere_must_say_where_it_is(#[case] bind: &str) {
    let environment = [
        ("AUTH_ISSUER", "https://login.example.com"),
        ("PUBLIC_URL", "https://mcp.example.com"),
        ("VALKEY_URL", "redis://valkey.internal"),
        ("BIND", bind),
    ];
    assert_named_and_2(SSE, "REPLICA_ADDRESS", &environment);
}

/// By them replicas know what one of them has written on the server.
#[cfg(feature = "valkey")]
#[test]
fn a_replica_needs_the_keys_that_all_of_them_have() {
    let environment = [
        ("AUTH_ISSUER", "https://login.example.com"),
        ("PUBLIC_URL", "https://mcp.example.com"),
        ("VALKEY_URL", "redis://valkey.internal"),
        ("BIND", "127.0.0.1"),
    ];
    assert_named_and_2(SSE, "PORTCULLIS_SEALING_KEYS", &environment);
}

#[cfg(not(feature = "valkey"))]
#[test]
fn replicas_are_not_ignored_by_a_build_without_them() {
    let environment = [
        ("AUTH_ISSUER", "https://login.example.com"),
        ("PUBLIC_URL", "https://mcp.example.com"),
        ("VALKEY_URL", "redis://valkey.internal"),
    ];
    assert_named_and_2(SSE, "VALKEY_URL", &environment);
}

/// What `weather-stdio` says to one message, after which its input ends.
fn stdio(message: &str) -> Output {
    let mut server = Command::new(STDIO)
        .env_clear()
        .env("WEATHER", "recorded")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(server.stdin.take().unwrap(), "{message}").unwrap();
    server.wait_with_output().unwrap()
}

#[test]
fn stdio_answers_on_stdout_and_ends_with_its_input() {
    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
    let answer: Value = serde_json::from_slice(&stdio(hello).stdout).unwrap();
    assert_eq!(
        answer["result"]["serverInfo"]["name"], "weather",
        "{answer}"
    );
}

/// A probe that hangs up has done nothing wrong.
#[test]
fn stdio_ends_with_0_after_a_discovery_alone() {
    let discover = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let output = stdio(discover);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["result"]["supportedVersions"].is_array(), "{answer}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{message}");
}

/// Nobody spoke MCP to it: somebody started it by hand, and is told what it is for.
#[test]
fn stdio_without_a_client_says_what_it_is_for_and_exits_2() {
    let output = run(STDIO, &[], &[("WEATHER", "recorded")]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("no client began"), "{message}");
}

#[cfg(feature = "lambda")]
#[test]
fn a_function_says_that_it_needs_lambda() {
    const LAMBDA: &str = env!("CARGO_BIN_EXE_weather-lambda");
    let environment = [
        ("PUBLIC_URL", "https://mcp.example.com"),
        ("AUTH_ISSUER", "https://login.example.com"),
        ("WEATHER", "recorded"),
    ];
    let output = run(LAMBDA, &[], &environment);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("AWS_LAMBDA_RUNTIME_API"), "{message}");

    let output = run(LAMBDA, &["config"], &environment);
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["BASE_PATH"], "/weather-nodejs-lambda");
    assert_eq!(shown["LAMBDA_INVOKE_MODE"], "BUFFERED");
}
