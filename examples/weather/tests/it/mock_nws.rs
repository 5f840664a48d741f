//! A stand-in for api.weather.gov on a loopback port that remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;
use weather::nws::{Nws, NwsLimits, NwsSettings};

/// What was asked: path with query, and one header.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) target: String,
    pub(crate) user_agent: String,
    pub(crate) accept: String,
}

pub(crate) struct MockNws {
    pub(crate) base: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: JoinHandle<()>,
}

impl MockNws {
    /// `answer` gets the path with query, how often anything was asked before, and the base URL
    /// without a slash at its end.
    pub(crate) async fn start<A>(answer: A) -> Self
    where
        A: Fn(&str, usize, &str) -> Response + Clone + Send + Sync + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, origin) = (Arc::clone(&asked), base.clone());
        let app = Router::new().fallback(move |request: Request| {
            let header = |name: &str| {
                request
                    .headers()
                    .get(name)
                    .map_or(String::new(), |it| it.to_str().unwrap().to_owned())
            };
            let target = request.uri().path_and_query().unwrap().to_string();
            let mut log = log.lock().unwrap();
            let before = log.len();
            let (user_agent, accept) = (header("user-agent"), header("accept"));
            log.push(Asked {
                target: target.clone(),
                user_agent,
                accept,
            });
            let response = answer(&target, before, &origin);
            async move {
                if response.extensions().get::<Never>().is_some() {
                    std::future::pending::<()>().await;
                }
                if let Some(Held(mut released)) = response.extensions().get().cloned() {
                    released.wait_for(|released| *released).await.unwrap();
                }
                response
            }
        });
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            base: Url::parse(&base).unwrap(),
            asked,
            server,
        }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|it| it.target).collect()
    }

    pub(crate) fn settings(&self) -> NwsSettings {
        NwsSettings {
            base_url: self.base.clone(),
            contact: "ops@example.com".to_owned(),
        }
    }

    /// A client with patience for a loaded machine, and small bounds otherwise.
    pub(crate) fn client(&self) -> Nws {
        self.client_with(Duration::from_secs(20))
    }

    pub(crate) fn client_with(&self, timeout: Duration) -> Nws {
        let limits = NwsLimits {
            timeout,
            backoff: Duration::from_millis(1),
            max_body: 64 * 1024,
        };
        Nws::live(&self.settings(), limits).unwrap()
    }
}

impl Drop for MockNws {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Clone)]
struct Never;

/// A request that is taken and never answered.
pub(crate) fn never() -> Response {
    let mut response = ().into_response();
    response.extensions_mut().insert(Never);
    response
}

#[derive(Clone)]
struct Held(watch::Receiver<bool>);

/// A response that is given when it is released.
pub(crate) fn held(mut response: Response, released: &watch::Receiver<bool>) -> Response {
    response.extensions_mut().insert(Held(released.clone()));
    response
}

pub(crate) fn geo_json(body: String) -> Response {
    ([("content-type", "application/geo+json")], body).into_response()
}

/// The point of `/points/…`, whose forecast is at `forecast`.
pub(crate) fn point(forecast: &str) -> Response {
    geo_json(format!(
        r#"{{"properties":{{"forecast":"{forecast}","timeZone":"America/Denver"}}}}"#
    ))
}

/// A forecast with the periods given as JSON.
pub(crate) fn periods(periods: &str) -> Response {
    geo_json(format!(r#"{{"properties":{{"periods":[{periods}]}}}}"#))
}

/// A service on which every point has the one forecast.
pub(crate) fn everywhere(target: &str, base: &str, forecast: &str) -> Response {
    if target.starts_with("/points/") {
        point(&format!("{base}/forecast"))
    } else {
        periods(forecast)
    }
}
