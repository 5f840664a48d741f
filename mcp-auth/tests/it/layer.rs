//! The doorman's answers.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Response, StatusCode},
};
use bytes::Bytes;
use http_body_util::Full;
use portcullis_auth::{
    ApiKeys, AuthLayer, AuthScheme, Bearer, BearerToken, Issuer, Oidc, Principal, PrincipalKind,
    Subject, TokenVerifier, VerifyError, danger,
};
use proptest::prelude::*;
use rstest::rstest;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{
    door::{Door, resource},
    issuer::{Signer, Site},
};

const METADATA: &str = r#"resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/weather/mcp""#;

/// Knows `good`; cannot tell about `later`; counts.
#[derive(Clone, Default)]
struct Words(Arc<AtomicUsize>);

impl TokenVerifier for Words {
    async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match token.expose() {
            "good" => {
                let issuer = Issuer::new("https://me.example").unwrap();
                let subject = Subject::new("alice").unwrap();
                Ok(Principal::new(issuer, subject, PrincipalKind::User))
            }
            "later" => Err(VerifyError::Unavailable {
                reason: "the database sleeps",
                retry_after: Duration::ZERO,
            }),
            _ => Err(VerifyError::Invalid("not the word s3cr3t")),
        }
    }
}

fn door() -> Door {
    Door::new(Bearer(Words::default()))
}

#[tokio::test]
async fn no_credential_is_401_without_an_error() {
    for credentials in [
        &[][..],
        &["Basic dTpw"],
        &["Bearerish good"],
        &[""],
        &["Bearer"],
        &["Bearer "],
        &["bearer  "],
    ] {
        let answer = door().knock_with(credentials).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.challenge.unwrap(),
            format!(r#"Bearer {METADATA}, scope="weather/read""#)
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(answer.body["error"].is_string() && answer.body["error_description"].is_string());
    }
}

#[tokio::test]
async fn t31_a_bad_credential_is_401_and_the_reason_is_not_told() {
    let answer = door().knock("bad").await;
    answer.is_refused();
    assert_eq!(
        answer.challenge.as_deref().unwrap(),
        format!(r#"Bearer {METADATA}, scope="weather/read", error="invalid_token""#)
    );
    assert!(!format!("{answer:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn what_cannot_be_told_now_is_503_and_at_least_a_second() {
    let answer = door().knock("later").await;
    assert_eq!(answer.retry_after(), 1);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(!format!("{answer:?}").contains("database"));
}

#[rstest]
#[case::two(&["Bearer good", "Bearer good"])]
#[case::two_schemes(&["Bearer good", "Basic dTpw"])]
#[case::two_schemes(&["Basic dTpw", "Bearer good"])]
#[case::two_tokens(&["Bearer good good"])]
#[case::list(&["Bearer good, Bearer good"])]
#[case::quoted(&["Bearer \"good\""])]
#[case::not_ascii(&["Bearer gööd"])]
#[tokio::test]
async fn t10_malformed_credentials_are_400(#[case] credentials: &[&str]) {
    let answer = door().knock_with(credentials).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(answer.body["error"], "invalid_request");
    assert!(
        answer
            .challenge
            .unwrap()
            .contains(r#"error="invalid_request""#)
    );
}

#[rstest]
#[case("bearer good")]
#[case("BEARER good")]
#[case("Bearer   good")]
#[tokio::test]
async fn t10_the_scheme_is_compared_without_case(#[case] credential: &str) {
    let answer = door().knock_with(&[credential]).await;
    answer.is("alice");
    assert_eq!(answer.body["authorization"], false);
}

#[tokio::test]
async fn t10_a_token_in_query_or_body_is_no_credential() {
    let verifier = Words::default();
    let door = Door::new(Bearer(verifier.clone()));
    let in_query = Request::post("/weather/mcp?access_token=good").body(Body::empty());
    let in_form = Request::post("/weather/mcp")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("access_token=good"));
    for request in [in_query, in_form] {
        let answer = door.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(!answer.challenge.unwrap().contains("error="));
    }
    assert_eq!(verifier.0.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn every_method_and_path_is_guarded() {
    for method in ["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "BREW"] {
        for path in [
            "/",
            "/weather/mcp",
            "/weather/mcp/",
            "//weather/mcp",
            "/%2e%2e/x",
        ] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Body::empty());
            let answer = door().send(request.unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
}

/// Neither by the way that verifies nor by the one that recognises at once, which API keys take.
#[tokio::test]
async fn t25_a_service_behind_the_layer_sees_the_caller_and_not_the_token() {
    let key = format!("ci.{}", "0".repeat(64));
    let keys = "ci:f050e9058f34d6462375a4daa45f5ffc5ae76ed63b61a38468a985cc367736d6";
    let recognising = Door::new(ApiKeys::parse(keys).unwrap());
    for (door, token, caller) in [(door(), "good", "alice"), (recognising, &*key, "ci")] {
        let answer = door.knock(token).await;
        answer.is(caller);
        assert_eq!(answer.body["authorization"], false);
    }
}

#[tokio::test]
async fn anonymous_lets_in_without_a_principal_and_keeps_tokens_out() {
    let door = Door::new(danger::anonymous());
    for credentials in [&[][..], &["Bearer good"]] {
        let answer = door.knock_with(credentials).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body["sub"], serde_json::Value::Null);
        assert_eq!(answer.body["authorization"], false);
    }
}

/// A service as `rmcp` has it: no axum, its own body type.
async fn stock(request: Request) -> Result<Response<Full<Bytes>>, Infallible> {
    let caller = request.extensions().get::<Arc<Principal>>().unwrap();
    Ok(Response::new(Full::from(caller.subject().to_string())))
}

#[tokio::test]
async fn it_wraps_any_service_and_composes_with_axum() {
    let auth = Bearer(Words::default()).for_resource(&resource()).unwrap();
    let service = AuthLayer::new(auth, &resource(), Default::default()).layer(service_fn(stock));
    let router = Router::new().route_service("/weather/mcp", service);
    let request = |token: &str| {
        let request =
            Request::post("/weather/mcp").header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    let answer = router.clone().oneshot(request("good")).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
    assert_eq!(body, "alice");
    let answer = router.oneshot(request("bad")).await.unwrap();
    assert_eq!(
        answer.headers()["www-authenticate"],
        format!(r#"Bearer {METADATA}, error="invalid_token""#)
    );
}

/// What the log shows, at its most talkative.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn t31_credentials_are_not_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let site = Site::start().await;
    let signer = Signer::ec("k1");
    site.set("/jwks", 500, "");
    let oidc = Oidc::issuer("https://login.example.com").jwks_uri(site.url("/jwks"));
    let key = format!("ci.{}", "7".repeat(64));
    let keys = ApiKeys::from_pairs([("ci", "0".repeat(64))]).unwrap();
    let door = Door::new(keys.or(oidc));
    let token = signer.access_token(&serde_json::json!({ "sub": "alice" }));
    for credential in [&token, &key, "garbage-s3cr3t"] {
        door.knock(credential).await;
    }
    door.knock_with(&["Bearer s3cr3t s3cr3t"]).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("not authenticated"), "{log}");
    for secret in [
        &token,
        token.rsplit('.').next().unwrap(),
        &key[3..],
        "s3cr3t",
    ] {
        assert!(!log.contains(secret), "{log}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn t07_no_header_panics_or_gets_in(
        value in prop_oneof![
            "[bB]earer [\\x20-\\x7e]{0,60}",
            "Bearer [A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}",
            "Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiYXQrand0In0\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{86}",
            "\\PC{0,60}",
        ],
    ) {
        let answer = runtime().block_on(async {
            let keys = ApiKeys::from_pairs([("ci", "0".repeat(64))]).unwrap();
            // Nobody answers on port 1.
            let oidc = Oidc::issuer("https://login.example.com").jwks_uri("http://127.0.0.1:1/");
            Door::new(keys.or(oidc)).knock_with(&[&value]).await
        });
        prop_assert!(matches!(answer.status.as_u16(), 400 | 401 | 503), "{:?}", answer);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
