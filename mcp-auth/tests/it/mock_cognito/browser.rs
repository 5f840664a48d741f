//! A browser and an app's back end in one, without sockets.

use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use http_body_util::BodyExt as _;
use portcullis_auth::{ManualClock, MockAppClient, MockCognito, MockUser, Timestamp};
use serde_json::{Map, Value};
use tower::ServiceExt as _;
use url::form_urlencoded;

pub(crate) const USER: &str = "test@example.com";
pub(crate) const PASSWORD: &str = "TestPass123!";
pub(crate) const CALLBACK: &str = "http://localhost:8080/callback";
pub(crate) const RESOURCE: &str = "http://localhost:8080/weather-nodejs/mcp";
pub(crate) const NOW: u64 = 1_800_000_000;
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The seed system's pool: app client with a secret, resource server `mcp-server`.
pub(crate) fn pool(
    change: impl FnOnce(MockAppClient) -> MockAppClient,
) -> (MockCognito, ManualClock) {
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let app = MockAppClient::new("app")
        .secret("app-secret")
        .callback(CALLBACK)
        .logout_url("http://localhost:8080/")
        .scopes([
            "openid",
            "email",
            "profile",
            "mcp-server/read",
            "mcp-server/write",
        ]);
    let mock = MockCognito::builder()
        .pool_id("us-west-2_AbC123")
        .resource_server("mcp-server", ["read", "write"])
        .user(MockUser::new(USER, PASSWORD).group("publishers"))
        .client(change(app))
        .client(
            MockAppClient::new("public")
                .callback(CALLBACK)
                .scopes(["mcp-server/read"]),
        )
        .client(MockAppClient::machine("robot", "robot-secret").scopes(["mcp-server/read"]))
        .clock(clock.clone())
        .build("http://localhost:9229")
        .unwrap();
    (mock, clock)
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap().to_owned()
    }

    /// A query parameter of the redirect.
    pub(crate) fn redirected(&self, name: &str) -> Option<String> {
        let (_, query) = self.location.as_deref()?.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.into_owned())
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = |name| Some(parts.headers.get(name)?.to_str().unwrap().to_owned());
    Answer {
        status: parts.status,
        location: text(LOCATION),
        cookie: text(SET_COOKIE).map(|c| c.split(';').next().unwrap().to_owned()),
        headers: parts.headers.clone(),
        body: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
    }
}

pub(crate) async fn get(router: &Router, uri: &str, cookie: Option<&str>) -> Answer {
    let mut request = Request::get(uri);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    send(router, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(
    router: &Router,
    uri: &str,
    basic: Option<&str>,
    form: &[(&str, &str)],
) -> Answer {
    let mut request = Request::post(uri).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        let encoded = base64::engine::general_purpose::STANDARD.encode(basic);
        request = request.header(AUTHORIZATION, format!("Basic {encoded}"));
    }
    send(router, request.body(Body::from(encode(form))).unwrap()).await
}

pub(crate) async fn user_info(router: &Router, token: &str) -> Answer {
    let request = Request::get("/oauth2/userInfo").header(AUTHORIZATION, format!("Bearer {token}"));
    send(router, request.body(Body::empty()).unwrap()).await
}

/// The usual authorization request, with some parameters changed (`""` leaves one out) or added.
pub(crate) fn authorize_uri(changes: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid mcp-server/read"),
        ("state", "a-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for change in changes {
        pairs.retain(|(name, _)| *name != change.0);
        pairs.push(*change);
    }
    pairs.retain(|(_, value)| !value.is_empty());
    format!("/oauth2/authorize?{}", encode(&pairs))
}

/// Signs in with the password; gives the redirect to the app.
pub(crate) async fn sign_in(router: &Router, changes: &[(&str, &str)]) -> Answer {
    let to_login = get(router, &authorize_uri(changes), None).await;
    assert_eq!(to_login.status, StatusCode::FOUND, "{}", to_login.body);
    let login = to_login.location.unwrap();
    assert!(login.starts_with("/login?"), "{login}");
    post(
        router,
        &login,
        None,
        &[("username", USER), ("password", PASSWORD)],
    )
    .await
}

/// Redeems a code for the confidential client.
pub(crate) async fn redeem(router: &Router, code: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for change in changes {
        form.retain(|(name, _)| *name != change.0);
        form.push(*change);
    }
    form.retain(|(_, value)| !value.is_empty());
    post(router, "/oauth2/token", Some("app:app-secret"), &form).await
}

pub(crate) async fn refresh(router: &Router, token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post(router, "/oauth2/token", Some("app:app-secret"), &form).await
}

/// The tokens of one whole sign-in.
pub(crate) async fn tokens(router: &Router, changes: &[(&str, &str)]) -> Answer {
    let code = sign_in(router, changes).await.redirected("code").unwrap();
    let answer = redeem(router, &code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer
}

/// Part 0 is the header, part 1 the claims.
pub(crate) fn part(token: &str, index: usize) -> Map<String, Value> {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
