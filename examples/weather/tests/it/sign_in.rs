//! Consent and login, one request at a time: for tests that stop in the middle.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use url::Url;

use crate::running_demo::RunningDemo;

const REDIRECT: &str = "http://127.0.0.1:9/callback";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A client that has a code and has not redeemed it.
pub(crate) struct Coded {
    http: Client,
    client_id: String,
    code: String,
    token_endpoint: String,
}

impl Coded {
    /// Registers, consents and signs in, up to the redirect to the client.
    pub(crate) async fn obtain(demo: &RunningDemo) -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let origin = demo.origin();
        let metadata = json!({
            "client_name": "crash test",
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "none",
        });
        let registration = http
            .post(format!("{origin}/register"))
            .json(&metadata)
            .send()
            .await
            .unwrap();
        let registration: Value = registration.json().await.unwrap();
        let client_id = registration["client_id"].as_str().unwrap().to_owned();

        let authorize = Url::parse_with_params(
            &format!("{origin}/authorize"),
            [
                ("response_type", "code"),
                ("client_id", &client_id),
                ("redirect_uri", REDIRECT),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
                ("resource", demo.mcp()),
                ("state", "crash"),
            ],
        );
        let consent = http.get(authorize.unwrap()).send().await.unwrap();
        let ours = cookie(&consent);
        let request = hidden(&consent.text().await.unwrap(), "request");

        let form = [("request", request.as_str()), ("decision", "allow")];
        let allowed = http
            .post(format!("{origin}/consent"))
            .header(COOKIE, &ours)
            .form(&form);
        let upstream = location(&allowed.send().await.unwrap());
        let login = location(&http.get(upstream).send().await.unwrap());
        let form = [
            ("username", demo.text("user")),
            ("password", demo.text("password")),
        ];
        let callback = location(&http.post(login).form(&form).send().await.unwrap());
        let done = location(
            &http
                .get(callback)
                .header(COOKIE, &ours)
                .send()
                .await
                .unwrap(),
        );

        assert!(done.as_str().starts_with(REDIRECT), "{done}");
        let code = done
            .query_pairs()
            .find(|(name, _)| name == "code")
            .unwrap()
            .1
            .into_owned();
        Self {
            http,
            client_id,
            code,
            token_endpoint: format!("{origin}/token"),
        }
    }

    /// Status and document of a redemption of the code.
    pub(crate) async fn redeem(&self) -> (u16, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", &self.code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// Status and document of a refresh.
    pub(crate) async fn refresh(&self, refresh_token: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])
        .await
    }

    async fn token(&self, parameters: &[(&str, &str)]) -> (u16, Value) {
        let mut form = parameters.to_vec();
        form.push(("client_id", &self.client_id));
        let response = self
            .http
            .post(&self.token_endpoint)
            .form(&form)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

fn location(response: &Response) -> Url {
    let location = response.headers()[LOCATION].to_str().unwrap();
    response.url().join(location).unwrap()
}

fn cookie(response: &Response) -> String {
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}
