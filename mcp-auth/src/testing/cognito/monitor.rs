//! Counts the requests and plays the faults.

use std::sync::{Mutex, PoisonError};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An endpoint of [`MockCognito`](super::MockCognito).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MockEndpoint {
    /// `/{pool}/.well-known/openid-configuration`
    #[serde(rename = "openid-configuration")]
    Discovery,
    /// `/{pool}/.well-known/jwks.json`
    #[serde(rename = "jwks")]
    Jwks,
    /// `/oauth2/authorize`
    #[serde(rename = "authorize")]
    Authorize,
    /// `/login`, both methods
    #[serde(rename = "login")]
    Login,
    /// `/logout`
    #[serde(rename = "logout")]
    Logout,
    /// `/oauth2/token`
    #[serde(rename = "token")]
    Token,
    /// `/oauth2/revoke`
    #[serde(rename = "revoke")]
    Revoke,
    /// `/oauth2/userInfo`
    #[serde(rename = "userInfo")]
    UserInfo,
}

impl MockEndpoint {
    const ALL: [Self; 8] = [
        Self::Discovery,
        Self::Jwks,
        Self::Authorize,
        Self::Login,
        Self::Logout,
        Self::Token,
        Self::Revoke,
        Self::UserInfo,
    ];

    /// The name in `/_mock/stats` and `/_mock/faults`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "openid-configuration",
            Self::Jwks => "jwks",
            Self::Authorize => "authorize",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Token => "token",
            Self::Revoke => "revoke",
            Self::UserInfo => "userInfo",
        }
    }
}

/// What an endpoint does instead of its job. The job is not done: a code stays unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MockFault {
    /// Answers with this status code (200 to 999; 503 stands in for any other) and a JSON body
    /// without an OAuth error.
    Status(u16),
    /// Breaks the connection before the answer is complete.
    Disconnect,
    /// Answers 200 with bytes that are neither JSON nor a page.
    Garbage,
    /// Never answers; ends when the client goes away.
    Hang,
}

impl MockFault {
    async fn play(self) -> Response {
        match self {
            Self::Status(code) => {
                let status = StatusCode::from_u16(code)
                    .ok()
                    .filter(|status| !status.is_informational())
                    .unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                (
                    status,
                    axum::Json(serde_json::json!({ "message": "fault" })),
                )
                    .into_response()
            }
            Self::Disconnect => {
                let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                let body = stream::iter([Err::<bytes::Bytes, _>(broken)]);
                Response::new(Body::from_stream(body))
            }
            Self::Hang => std::future::pending().await,
            Self::Garbage => Response::new(Body::from("\u{0}{\"access_token\":")),
        }
    }
}

#[derive(Default)]
struct Watch {
    requests: u64,
    fault: Option<(MockFault, u32)>,
}

/// One watch per endpoint.
#[derive(Default)]
pub(super) struct Monitor([Mutex<Watch>; MockEndpoint::ALL.len()]);

impl Monitor {
    /// Counts a request and takes the fault that is due.
    fn arrive(&self, endpoint: MockEndpoint) -> Option<MockFault> {
        self.with(endpoint, |watch| {
            watch.requests += 1;
            let (fault, times) = watch.fault?;
            watch.fault = (times > 1).then(|| (fault, times - 1));
            Some(fault)
        })
    }

    pub(super) fn requests(&self, endpoint: MockEndpoint) -> u64 {
        self.with(endpoint, |watch| watch.requests)
    }

    pub(super) fn plan(&self, endpoint: MockEndpoint, fault: MockFault, times: u32) {
        self.with(endpoint, |watch| {
            watch.fault = (times > 0).then_some((fault, times));
        });
    }

    pub(super) fn stats(&self) -> Map<String, Value> {
        let count = |e: MockEndpoint| (e.as_str().to_owned(), self.requests(e).into());
        MockEndpoint::ALL.map(count).into_iter().collect()
    }

    fn with<T>(&self, endpoint: MockEndpoint, f: impl FnOnce(&mut Watch) -> T) -> T {
        f(&mut self.0[endpoint as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

/// The middleware in front of each endpoint.
pub(super) async fn watch(
    State((pool, endpoint)): State<(std::sync::Arc<super::Pool>, MockEndpoint)>,
    request: Request,
    next: Next,
) -> Response {
    match pool.monitor.arrive(endpoint) {
        Some(fault) => fault.play().await,
        None => next.run(request).await,
    }
}
