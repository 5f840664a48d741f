//! An issuer for tests: keys, tokens of every badness, and a loopback server that publishes keys.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A private key with its name.
pub(crate) struct Signer {
    pub(crate) kid: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    pub(crate) fn rsa(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Self::new(kid, Pair::Rsa(Box::new(pair)))
    }

    pub(crate) fn ec(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self::new(kid, Pair::Ec(pair))
    }

    pub(crate) fn ed(kid: &str) -> Self {
        Self::new(kid, Pair::Ed(Ed25519KeyPair::generate().unwrap()))
    }

    fn new(kid: &str, pair: Pair) -> Self {
        let kid = kid.to_owned();
        Self { kid, pair }
    }

    pub(crate) fn alg(&self) -> &'static str {
        match &self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
            Pair::Ed(_) => "EdDSA",
        }
    }

    /// The public half, with `kid`, `alg` and `use`.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encode(&public.n), "e": encode(&public.e) })
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.alg());
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token as RFC 9068 wants it.
    pub(crate) fn access_token(&self, claims: &Value) -> String {
        self.token(
            &json!({ "alg": self.alg(), "kid": self.kid, "typ": "at+jwt" }),
            claims,
        )
    }

    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        self.raw(&header.to_string(), &claims.to_string())
    }

    /// Signs whatever stands there; an `RS384` in the header is honoured.
    pub(crate) fn raw(&self, header: &str, claims: &str) -> String {
        let input = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        );
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let sha384 = header.contains("RS384");
                let padding = if sha384 {
                    &RSA_PKCS1_SHA384
                } else {
                    &RSA_PKCS1_SHA256
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, input.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
            Pair::Ec(pair) => pair
                .sign(&random, input.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            Pair::Ed(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
        };
        format!("{input}.{}", encode(&signature))
    }

    /// The public key in its standard encoding.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed(pair) => pair.public_key().as_ref().to_vec(),
        }
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn jwks(keys: impl IntoIterator<Item = Value>) -> String {
    json!({ "keys": keys.into_iter().collect::<Vec<_>>() }).to_string()
}

/// A server on loopback that answers what it was told, and counts.
pub(crate) struct Site {
    pub(crate) origin: String,
    pages: Pages,
}

type Pages = Arc<Mutex<HashMap<String, Page>>>;

#[derive(Clone)]
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    hits: usize,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let pages = Pages::default();
        let app = Router::new().fallback(answer).with_state(pages.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { origin, pages }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn set(&self, path: &str, status: u16, body: impl Into<String>) {
        self.set_page(path, status, HeaderMap::new(), body.into());
    }

    pub(crate) fn redirect(&self, path: &str, to: &str) {
        let headers = HeaderMap::from_iter([(http::header::LOCATION, to.parse().unwrap())]);
        self.set_page(path, 302, headers, String::new());
    }

    fn set_page(&self, path: &str, status: u16, headers: HeaderMap, body: String) {
        let mut pages = self.pages.lock().unwrap();
        let hits = pages.get(path).map_or(0, |page| page.hits);
        let status = StatusCode::from_u16(status).unwrap();
        let page = Page {
            status,
            headers,
            body,
            hits,
        };
        pages.insert(path.to_owned(), page);
    }

    pub(crate) fn hits(&self, path: &str) -> usize {
        self.pages
            .lock()
            .unwrap()
            .get(path)
            .map_or(0, |page| page.hits)
    }
}

async fn answer(State(pages): State<Pages>, uri: Uri) -> impl IntoResponse {
    let mut pages = pages.lock().unwrap();
    let Some(page) = pages.get_mut(uri.path()) else {
        return (StatusCode::NOT_FOUND, HeaderMap::new(), String::new());
    };
    page.hits += 1;
    (page.status, page.headers.clone(), page.body.clone())
}
