//! The consent page: asked for each client, by the right browser, and not to be tricked.

use axum::{body::Body, extract::ConnectInfo};
use http::{
    Request, StatusCode,
    header::{CONTENT_TYPE, COOKIE},
};
use portcullis_auth::{MemoryStore, PreregisteredClient};
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use url::form_urlencoded;

use super::world::*;

#[tokio::test]
async fn t14_a51_the_page_shows_who_asks_for_what_and_cannot_be_framed() {
    let world = World::offline();
    let client = world.client().await;
    let page = world.get(&client.authorize(&[])).await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in ["Test client", "127.0.0.1", RESOURCE, "mcp-server/read"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    let id = page.application_id();
    assert_eq!(id.len(), 16, "{id}: what logs say, too");
    let namesake = world.client().await;
    let other = world.get(&namesake.authorize(&[])).await;
    assert_ne!(other.application_id(), id);
    assert!(
        !page.body.contains("mcp-server/write"),
        "only what is asked for"
    );
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.body.contains("<script") && !page.body.contains("src="));
    assert_eq!(page.body.matches("<form method=\"post\"").count(), 2);
    let allow = page.body.find("value=\"allow\"").unwrap();
    assert!(
        allow < page.body.find("value=\"deny\"").unwrap(),
        "the first form goes forward"
    );
}

#[tokio::test]
async fn t14_the_style_is_the_one_that_the_policy_names() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let world = World::offline();
    let client = world.client().await;
    let page = world.get(&client.authorize(&[])).await;
    let (_, rest) = page.body.split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes());
    let source = format!("'sha256-{}'", STANDARD.encode(hash));
    assert!(page.header("content-security-policy").contains(&source));
}

#[tokio::test]
async fn t14_a_client_name_cannot_be_markup_nor_turn_the_text_around() {
    let world = World::offline();
    for (name, shown) in [
        ("<script>alert(1)</script>", "&#60;script&#62;"),
        ("\" onmouseover=\"x", "&#34; onmouseover"),
        ("safe\u{202e}evil\u{2066}\u{200b}\u{0}\n", "safeevil"),
        ("  Spaces   everywhere  ", "Spaces everywhere"),
    ] {
        let metadata = json!({ "client_name": name, "redirect_uris": [REDIRECT] });
        let client = world.register(&metadata).await;
        let page = world.get(&client.authorize(&[])).await;
        assert!(page.body.contains(shown), "{name:?}: {}", page.body);
        assert!(!page.body.contains("<script") && !page.body.contains("onmouseover=\"x"));
        for c in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{0}'] {
            assert!(!page.body.contains(c), "{c:?}");
        }
    }
    let metadata = json!({ "client_name": "x".repeat(10_000), "redirect_uris": [REDIRECT] });
    let client = world.register(&metadata).await;
    let page = world.get(&client.authorize(&[])).await;
    assert!(!page.body.contains(&"x".repeat(65)), "a long name is cut");
}

#[tokio::test]
async fn t14_a50_a_second_client_sees_consent_though_the_user_is_signed_in_upstream() {
    let world = World::new().await;
    let mut browser = world.browser();
    let first = world.client().await;
    assert!(
        browser
            .sign_in(&first.authorize(&[]))
            .await
            .redirected("code")
            .is_some()
    );
    let second = world.client().await;
    let page = browser.get(&second.authorize(&[])).await;
    assert_eq!(page.status, StatusCode::OK, "a page, not a redirect");
    assert!(page.body.contains("Allow “"));
    let more = browser
        .get(&first.authorize(&[("scope", "mcp-server/write")]))
        .await;
    assert!(
        more.body.contains("Allow “"),
        "more scopes are asked for again"
    );
}

#[tokio::test]
async fn t14_a_remembered_consent_is_one_click_and_counts_only_for_its_user() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    browser.sign_in(&client.authorize(&[])).await;
    let page = browser.get(&client.authorize(&[])).await;
    assert!(page.body.contains("Continue with"), "{}", page.body);
    let again = browser.sign_in(&client.authorize(&[])).await;
    assert!(again.redirected("code").is_some());

    // Somebody else signs in, in the same browser: they have not been asked yet.
    browser.forget_upstream_session();
    browser.user = OTHER_USER;
    let asked = browser.sign_in(&client.authorize(&[])).await;
    assert_eq!(asked.status, StatusCode::OK, "{asked:?}");
    assert!(asked.body.contains("Allow “"), "{}", asked.body);
    assert!(asked.location().is_none());
    let form = [("request", &*asked.form_request()), ("decision", "allow")];
    let to_upstream = browser.post("/consent", &form).await;
    let back = browser.log_in(&to_upstream).await;
    let done = browser.get(back.location().unwrap().as_str()).await;
    assert!(done.redirected("code").is_some(), "{done:?}");
}

#[tokio::test]
async fn t14_another_browser_sees_the_whole_question() {
    let world = World::new().await;
    let client = world.client().await;
    world.browser().sign_in(&client.authorize(&[])).await;
    let page = world.browser().get(&client.authorize(&[])).await;
    assert!(page.body.contains("Allow “"));
}

#[tokio::test]
async fn denying_goes_back_to_the_client() {
    let world = World::offline();
    let client = world.client().await;
    let mut browser = world.browser();
    let page = browser.get(&client.authorize(&[])).await;
    let form = [("request", &*page.form_request()), ("decision", "deny")];
    let answer = browser.post("/consent", &form).await;
    assert_eq!(answer.redirected("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.redirected("state").as_deref(), Some("client-state"));
    assert_eq!(answer.redirected("iss").as_deref(), Some(ISSUER));
}

#[tokio::test]
async fn t14_a_form_counts_only_in_the_browser_that_it_was_made_for() {
    let world = World::new().await;
    let client = world.client().await;
    let page = world.browser().get(&client.authorize(&[])).await;
    let form = [("request", &*page.form_request()), ("decision", "allow")];

    let no_cookie = world.browser().post("/consent", &form).await;
    assert_eq!(no_cookie.status, StatusCode::BAD_REQUEST);
    let mut other = world.browser();
    other.get(&client.authorize(&[])).await;
    let cross_site = other.post("/consent", &form).await;
    assert_eq!(cross_site.status, StatusCode::BAD_REQUEST);
    for answer in [no_cookie, cross_site] {
        assert!(answer.location().is_none());
    }
}

#[tokio::test]
async fn t14_a_form_is_not_changed_nor_old_nor_made_up() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let page = browser.get(&client.authorize(&[])).await;
    let request = page.form_request();
    let mut changed = request.clone().into_bytes();
    changed[60] = if changed[60] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for bad in ["", "AAAA", "not base64!", &changed] {
        let form = [("request", bad), ("decision", "allow")];
        let answer = browser.post("/consent", &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(answer.location().is_none());
    }
    for decision in ["", "maybe"] {
        let form = [("request", &*request), ("decision", decision)];
        let answer = browser.post("/consent", &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{decision}");
    }
    world.clock.advance(Duration::from_secs(600));
    let form = [("request", &*request), ("decision", "allow")];
    let answer = browser.post("/consent", &form).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "too old");
}

#[tokio::test]
async fn a53_nothing_is_stored_before_the_consent() {
    let desk = PreregisteredClient::public("desk", [REDIRECT]);
    let store = MemoryStore::with_capacity(0);
    let world = World::with(|builder| builder.store(store).client(desk)).await;
    let client = Client {
        world: world.clone(),
        id: "desk".to_owned(),
        secret: None,
        redirect_uri: REDIRECT.to_owned(),
    };
    let mut browser = world.browser();
    let page = browser.get(&client.authorize(&[])).await;
    assert_eq!(page.status, StatusCode::OK);
    let form = [("request", &*page.form_request()), ("decision", "allow")];
    let answer = browser.post("/consent", &form).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn a52_the_cookie_is_host_only_and_secure_on_https() {
    let store = MemoryStore::new();
    let (signing, sealing) = keys();
    let oauth = portcullis_auth::AuthorizationServer::builder("https://mcp.example.com")
        .upstream(portcullis_auth::Upstream::oidc(
            "https://login.example.com",
            "app",
            None,
        ))
        .resource("https://mcp.example.com/mcp", ["a"])
        .client(portcullis_auth::PreregisteredClient::public(
            "desk",
            [REDIRECT],
        ))
        .store(store)
        .keys(signing, sealing)
        .build()
        .unwrap();
    let query = format!(
        "/authorize?response_type=code&client_id=desk&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let request = http::Request::get(query)
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = send(&oauth.router(), request).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-portcullis="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(&format!("; {attribute}")), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
}

/// A click twice, or a form from the browser's history.
#[tokio::test]
async fn t14_a_consent_counts_for_one_sign_in() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let page = browser.get(&client.authorize(&[])).await;
    let form = [("request", &*page.form_request()), ("decision", "allow")];
    let first = browser.post("/consent", &form).await;
    let second = browser.post("/consent", &form).await;
    assert!(first.redirected("state").is_some());
    assert_eq!(first.location(), second.location(), "the same sign-in");

    let back = browser.log_in(&second).await;
    let callback = back.location().unwrap();
    let done = browser.get(callback.as_str()).await;
    assert!(done.redirected("code").is_some(), "{done:?}");
    let replayed = browser.post("/consent", &form).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST, "{replayed:?}");
    assert!(replayed.location().is_none());
    world.clock.advance(Duration::from_secs(599));
    let late = browser.post("/consent", &form).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST, "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t14_of_parallel_clicks_one_starts_the_sign_in() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browser = world.browser();
    let request = browser.get(&client.authorize(&[])).await.form_request();
    let clicks = (0..16).map(|_| {
        let (mut browser, request) = (browser.clone(), request.clone());
        tokio::spawn(async move {
            let form = [("request", &*request), ("decision", "allow")];
            browser.post("/consent", &form).await.location().unwrap()
        })
    });
    let locations = futures_util::future::join_all(clicks).await;
    let first = locations[0].as_ref().unwrap();
    assert!(locations.iter().all(|url| url.as_ref().unwrap() == first));
}

/// A user with as many browsers as they like leaves a bounded number of notes.
#[tokio::test]
async fn t18_the_oldest_remembered_consent_of_a_user_makes_way() {
    let world = World::new().await;
    let client = world.client().await;
    let mut browsers = Vec::new();
    for _ in 0..33 {
        let mut browser = world.browser();
        let answer = browser.sign_in(&client.authorize(&[])).await;
        assert!(answer.redirected("code").is_some(), "{answer:?}");
        browsers.push(browser);
    }
    let mut is_remembered = Vec::new();
    for browser in &mut browsers {
        let page = browser.get(&client.authorize(&[])).await;
        is_remembered.push(page.body.contains("Continue with"));
    }
    assert!(!is_remembered[0], "the oldest");
    assert!(is_remembered[1..].iter().all(|known| *known));
}

#[tokio::test]
async fn t18_where_no_consent_can_be_remembered_people_still_sign_in() {
    // Room for one user's note and their list.
    let store = MemoryStore::with_capacity(2);
    let world = World::with(|builder| builder.store(store)).await;
    let client = world.client().await;
    for user in [USER, OTHER_USER] {
        let mut browser = world.browser();
        browser.user = user;
        let answer = browser.sign_in(&client.authorize(&[])).await;
        assert!(answer.redirected("code").is_some(), "{user}: {answer:?}");
        let page = browser.get(&client.authorize(&[])).await;
        assert_eq!(page.body.contains("Continue with"), user == USER);
    }
}

/// One browser that asks for a sign-in from many places.
struct Crowd {
    world: World,
    client: Client,
    browser: Browser,
    cookie: String,
}

impl Crowd {
    async fn new(world: World) -> Self {
        let client = world.client().await;
        let mut browser = world.browser();
        let page = browser.get(&client.authorize(&[])).await;
        let cookie = page.header("set-cookie").split(';').next().unwrap();
        Self {
            cookie: cookie.to_owned(),
            world,
            client,
            browser,
        }
    }

    async fn form(&mut self) -> String {
        let page = self.browser.get(&self.client.authorize(&[])).await;
        page.form_request()
    }

    async fn post(&self, form: &str, ip: &str) -> Answer {
        let address: SocketAddr = ip.parse().unwrap();
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("request", form)
            .append_pair("decision", "allow")
            .finish();
        let request = Request::post("/consent")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, &self.cookie)
            .extension(ConnectInfo(address))
            .body(Body::from(body))
            .unwrap();
        self.world.send(request).await
    }

    async fn consent_from(&mut self, ip: &str) -> Answer {
        let form = self.form().await;
        self.post(&form, ip).await
    }
}

#[tokio::test]
async fn t18_sign_ins_are_limited_per_address() {
    let mut crowd = Crowd::new(World::offline()).await;
    for _ in 0..120 {
        let answer = crowd.consent_from("192.0.2.1:1").await;
        assert_eq!(answer.status, StatusCode::FOUND);
    }
    let limited = crowd.consent_from("192.0.2.1:2").await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.header("retry-after"), "1");
    assert!(limited.location().is_none());
    let other = crowd.consent_from("192.0.2.2:1").await;
    assert_eq!(other.status, StatusCode::FOUND);
    crowd.world.clock.advance(Duration::from_secs(1));
    let later = crowd.consent_from("192.0.2.1:1").await;
    assert_eq!(later.status, StatusCode::FOUND);
}

#[tokio::test]
async fn t18_a_form_that_is_posted_again_uses_nothing_up() {
    let mut crowd = Crowd::new(World::offline()).await;
    let form = crowd.form().await;
    for _ in 0..200 {
        let answer = crowd.post(&form, "192.0.2.1:1").await;
        assert_eq!(answer.status, StatusCode::FOUND);
    }
    let another = crowd.consent_from("192.0.2.1:1").await;
    assert_eq!(another.status, StatusCode::FOUND);
}
