//! An authorization server in front of a mock user pool, a client of it, and browsers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE},
};
use http_body_util::BodyExt as _;
use portcullis_auth::{
    AuthorizationServer, AuthorizationServerBuilder, ManualClock, MemoryStore, MockAppClient,
    MockCognito, MockUser, SealingKeys, SigningKeys, Timestamp, Upstream,
};
use serde_json::Value;
use tower::ServiceExt as _;
use url::{Url, form_urlencoded};

pub(crate) const ISSUER: &str = "http://localhost:8080";
pub(crate) const RESOURCE: &str = "http://localhost:8080/weather/mcp";
pub(crate) const OTHER_RESOURCE: &str = "http://localhost:8080/other/mcp";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:33418/callback";
pub(crate) const USER: &str = "test@example.com";
pub(crate) const OTHER_USER: &str = "other@example.com";
pub(crate) const PASSWORD: &str = "TestPass123!";
pub(crate) const NOW: u64 = 1_800_000_000;
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Everything on one manual clock.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) oauth: AuthorizationServer,
    pub(crate) router: Router,
    mock: Option<MockCognito>,
    pub(crate) clock: ManualClock,
    /// Every secret that went by, for the tests that search logs for them.
    pub(crate) secrets: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn keys() -> (SigningKeys, SealingKeys) {
    let signing = SigningKeys::generate("s1").unwrap();
    let sealing = SealingKeys::generate("e1").unwrap();
    (
        SigningKeys::parse(&signing).unwrap(),
        SealingKeys::parse(&sealing).unwrap(),
    )
}

/// The mock's app client, as an operator would set it up.
pub(crate) fn app_client() -> MockAppClient {
    MockAppClient::new("app")
        .secret("app-secret")
        .callback(format!("{ISSUER}/callback"))
        .scopes(["openid", "mcp-server/read", "mcp-server/write"])
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder.store(MemoryStore::new())).await
    }

    pub(crate) async fn with(
        settings: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        Self::with_app(app_client(), settings).await
    }

    pub(crate) async fn with_app(
        app: MockAppClient,
        settings: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(NOW));
        let mock = MockCognito::builder()
            .pool_id("us-west-2_AbC123")
            .resource_server("mcp-server", ["read", "write"])
            .user(MockUser::new(USER, PASSWORD).group("publishers"))
            .user(MockUser::new(OTHER_USER, PASSWORD))
            .client(app)
            .clock(clock.clone())
            .start()
            .await
            .unwrap();
        Self::around(mock, clock, settings)
    }

    /// A server whose provider is never asked: for what happens before a sign-in.
    pub(crate) fn offline() -> Self {
        Self::offline_with(|builder| builder.store(MemoryStore::new()))
    }

    pub(crate) fn offline_with(
        settings: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(NOW));
        let upstream = Upstream::cognito("us-west-2_AbC123", "http://127.0.0.1:9", "app", None);
        Self::of(None, upstream, clock, settings)
    }

    /// A server beside a pool that is there already.
    pub(crate) fn around(
        mock: MockCognito,
        clock: ManualClock,
        settings: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        let secret = "app-secret".to_owned();
        let upstream = Upstream::cognito("us-west-2_AbC123", mock.origin(), "app", secret)
            .endpoint(mock.origin())
            .issuer(mock.issuer().as_str());
        Self::of(Some(mock), upstream, clock, settings)
    }

    fn of(
        mock: Option<MockCognito>,
        upstream: Upstream,
        clock: ManualClock,
        settings: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        let (signing, sealing) = keys();
        let builder = AuthorizationServer::builder(ISSUER)
            .upstream(upstream)
            .resource(RESOURCE, ["mcp-server/read", "mcp-server/write"])
            .keys(signing, sealing)
            .clock(clock.clone());
        let oauth = settings(builder).build().unwrap();
        Self {
            router: oauth.router(),
            oauth,
            mock,
            clock,
            secrets: Arc::default(),
        }
    }

    pub(crate) fn mock(&self) -> &MockCognito {
        self.mock.as_ref().unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            world: self.clone(),
            cookies: HashMap::new(),
            user: USER,
        }
    }

    /// A public client that has registered itself.
    pub(crate) async fn client(&self) -> Client {
        let metadata = serde_json::json!({
            "client_name": "Test client",
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "none",
        });
        self.register(&metadata).await
    }

    pub(crate) async fn register(&self, metadata: &Value) -> Client {
        let answer = self.post_json("/register", metadata).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        let registration = answer.json();
        let text = |name: &str| registration[name].as_str().map(str::to_owned);
        Client {
            world: self.clone(),
            id: text("client_id").unwrap(),
            secret: text("client_secret"),
            redirect_uri: metadata["redirect_uris"][0].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post_form(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        form: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some((user, password)) = basic {
            let encoded = STANDARD.encode(format!("{user}:{password}"));
            request = request.header(AUTHORIZATION, format!("Basic {encoded}"));
        }
        self.send(request.body(Body::from(encode(form))).unwrap())
            .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    pub(crate) fn note(&self, secret: &str) {
        self.secrets.lock().unwrap().push(secret.to_owned());
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn error(&self) -> String {
        let error = &self.json()["error"];
        error.as_str().unwrap().to_owned()
    }

    pub(crate) fn text(&self, member: &str) -> String {
        let json = self.json();
        let text = json[member].as_str();
        text.unwrap_or_else(|| panic!("no {member}: {json}"))
            .to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> Option<Url> {
        let location = self.headers.get(LOCATION)?;
        Some(Url::parse(location.to_str().unwrap()).unwrap())
    }

    /// A parameter of the redirect's query.
    pub(crate) fn redirected(&self, name: &str) -> Option<String> {
        let url = self.location()?;
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// How the consent page names the client, and logs do.
    pub(crate) fn application_id(&self) -> String {
        let field = "<dt>Application id</dt><dd><code class=\"note\">";
        let start = self.body.find(field).unwrap() + field.len();
        self.body[start..].split('<').next().unwrap().to_owned()
    }

    /// The hidden field of the page's first form.
    pub(crate) fn form_request(&self) -> String {
        let field = "name=\"request\" value=\"";
        let start = self.body.find(field).unwrap() + field.len();
        let end = self.body[start..].find('"').unwrap();
        self.body[start..start + end].to_owned()
    }
}

/// A client, as a program on the user's machine.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) world: World,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uri: String,
}

impl Client {
    /// The path of an authorization request, with parameters changed (`""` leaves one out) or added.
    pub(crate) fn authorize(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", "mcp-server/read"),
            ("state", "client-state"),
            ("resource", RESOURCE),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        change(&mut pairs, changes);
        format!("/authorize?{}", encode(&pairs))
    }

    /// A code, by a sign-in in a fresh browser.
    pub(crate) async fn code(&self) -> String {
        let answer = self.world.browser().sign_in(&self.authorize(&[])).await;
        let code = answer.redirected("code");
        let code = code.unwrap_or_else(|| panic!("no code: {answer:?}"));
        self.world.note(&code);
        code
    }

    pub(crate) async fn redeem(&self, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
            ("resource", RESOURCE),
        ];
        change(&mut form, changes);
        self.post("/token", form).await
    }

    pub(crate) async fn refresh(&self, token: &str, changes: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        change(&mut form, changes);
        self.post("/token", form).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        self.post("/revoke", vec![("token", token)]).await
    }

    /// The tokens of a whole sign-in.
    pub(crate) async fn tokens(&self) -> Tokens {
        let code = self.code().await;
        let answer = self.redeem(&code, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        Tokens::of(&answer)
    }

    async fn post(&self, path: &str, mut form: Vec<(&str, &str)>) -> Answer {
        let basic = match &self.secret {
            Some(secret) => Some((self.id.as_str(), secret.as_str())),
            None => {
                if !form.iter().any(|(name, _)| *name == "client_id") {
                    form.push(("client_id", &self.id));
                }
                None
            }
        };
        let answer = self.world.post_form(path, basic, &form).await;
        if answer.status == StatusCode::OK && path == "/token" {
            let tokens = Tokens::of(&answer);
            self.world.note(&tokens.access);
            self.world.note(&tokens.refresh);
        }
        answer
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            access: answer.text("access_token"),
            refresh: answer.text("refresh_token"),
        }
    }
}

/// A browser that keeps cookies per host and walks between the two servers.
#[derive(Clone)]
pub(crate) struct Browser {
    world: World,
    cookies: HashMap<String, HashMap<String, String>>,
    pub(crate) user: &'static str,
}

impl Browser {
    pub(crate) async fn get(&mut self, target: &str) -> Answer {
        self.send(target, Request::get(path_of(target)), Body::empty())
            .await
    }

    pub(crate) async fn post(&mut self, target: &str, form: &[(&str, &str)]) -> Answer {
        let request = Request::post(path_of(target))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(target, request, Body::from(encode(form))).await
    }

    /// Sees the consent page, allows, and ends at the upstream provider.
    pub(crate) async fn consent(&mut self, authorize: &str) -> Answer {
        let page = self.get(authorize).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        let request = page.form_request();
        self.world.note(&request);
        self.post("/consent", &[("request", &request), ("decision", "allow")])
            .await
    }

    /// As when the user clicks on "sign out" at the provider.
    pub(crate) fn forget_upstream_session(&mut self) {
        self.cookies.remove(self.world.mock().origin());
    }

    /// Signs in at the upstream provider; ends at the redirect back to the callback.
    pub(crate) async fn log_in(&mut self, to_upstream: &Answer) -> Answer {
        let mut answer = self.get(to_upstream.location().unwrap().as_str()).await;
        if let Some(login) = answer.headers.get(LOCATION)
            && login.to_str().unwrap().starts_with("/login")
        {
            let login = format!("{}{}", self.world.mock().origin(), login.to_str().unwrap());
            let form = [("username", self.user), ("password", PASSWORD)];
            answer = self.post(&login, &form).await;
        }
        answer
    }

    /// The whole way; ends at the redirect to the client.
    pub(crate) async fn sign_in(&mut self, authorize: &str) -> Answer {
        let callback = self.walk_to_callback(authorize).await;
        self.get(&callback).await
    }

    /// The whole way but the last step; gives the callback's URL.
    pub(crate) async fn walk_to_callback(&mut self, authorize: &str) -> String {
        let to_upstream = self.consent(authorize).await;
        assert_eq!(to_upstream.status, StatusCode::FOUND, "{to_upstream:?}");
        let back = self.log_in(&to_upstream).await;
        let callback = back.location().unwrap_or_else(|| panic!("{back:?}"));
        assert!(callback.as_str().starts_with(ISSUER), "{callback}");
        for (name, value) in callback.query_pairs() {
            if name == "code" || name == "state" {
                self.world.note(&value);
            }
        }
        callback.into()
    }

    async fn send(&mut self, target: &str, request: http::request::Builder, body: Body) -> Answer {
        let origin = origin_of(target);
        let router = match &self.world.mock {
            Some(mock) if mock.origin() == origin => mock.router(),
            _ => self.world.router.clone(),
        };
        let jar = self.cookies.entry(origin.clone()).or_default();
        let cookies: Vec<_> = jar.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = request.header(HOST, origin.split_once("://").unwrap().1);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let answer = send(&router, request.body(body).unwrap()).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            jar.insert(name.to_owned(), value.to_owned());
            self.world.secrets.lock().unwrap().push(value.to_owned());
        }
        answer
    }
}

fn origin_of(target: &str) -> String {
    match Url::parse(target) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => ISSUER.to_owned(),
    }
}

fn path_of(target: &str) -> String {
    match Url::parse(target) {
        Ok(url) => url[url::Position::BeforePath..].to_owned(),
        Err(_) => target.to_owned(),
    }
}

fn change<'a>(pairs: &mut Vec<(&'a str, &'a str)>, changes: &[(&'a str, &'a str)]) {
    for change in changes {
        pairs.retain(|(name, _)| *name != change.0);
    }
    pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
