//! An axum application behind an `AuthLayer`, asked without a network.

use std::sync::Arc;

use axum::{Extension, Json, Router, body::Body, extract::Request, http::StatusCode};
use http_body_util::BodyExt as _;
use portcullis_auth::{AuthLayer, AuthScheme, Principal, ResourceIdentifier};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const RESOURCE: &str = "https://mcp.example.com/weather/mcp";

pub(crate) fn resource() -> ResourceIdentifier {
    ResourceIdentifier::new(RESOURCE).unwrap()
}

#[derive(Clone)]
pub(crate) struct Door(Router);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) challenge: Option<String>,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Door {
    pub(crate) fn new(scheme: impl AuthScheme) -> Self {
        Self::of(scheme, &resource())
    }

    pub(crate) fn of(scheme: impl AuthScheme, resource: &ResourceIdentifier) -> Self {
        let auth = scheme.for_resource(resource).unwrap();
        let layer = AuthLayer::new(auth, resource, "weather/read".parse().unwrap());
        Self(Router::new().fallback(whoami).layer(layer))
    }

    /// Asks with a bearer token.
    pub(crate) async fn knock(&self, token: &str) -> Answer {
        self.knock_with(&[&format!("Bearer {token}")]).await
    }

    /// Asks with these `Authorization` headers.
    pub(crate) async fn knock_with(&self, credentials: &[&str]) -> Answer {
        let mut request = Request::post("/weather/mcp");
        for credential in credentials {
            request = request.header("authorization", *credential);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let challenge = parts.headers.get("www-authenticate");
        Answer {
            status: parts.status,
            challenge: challenge.map(|value| value.to_str().unwrap().to_owned()),
            headers: parts.headers.clone(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }
}

impl Answer {
    /// In, as this subject.
    #[track_caller]
    pub(crate) fn is(&self, subject: &str) {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert_eq!(self.body["sub"], subject, "{self:?}");
    }

    /// 401 `invalid_token`.
    #[track_caller]
    pub(crate) fn is_refused(&self) {
        assert_eq!(self.status, StatusCode::UNAUTHORIZED, "{self:?}");
        let challenge = self.challenge.as_deref().unwrap();
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{challenge}"
        );
        assert_eq!(self.body["error"], "invalid_token");
    }

    /// 503; says when to come back.
    #[track_caller]
    pub(crate) fn retry_after(&self) -> u64 {
        assert_eq!(self.status, StatusCode::SERVICE_UNAVAILABLE, "{self:?}");
        assert!(self.challenge.is_none());
        self.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }
}

async fn whoami(caller: Option<Extension<Arc<Principal>>>, request: Request) -> Json<Value> {
    let Some(Extension(caller)) = caller else {
        return Json(
            json!({ "sub": null, "authorization": request.headers().contains_key("authorization") }),
        );
    };
    Json(json!({
        "sub": caller.subject().as_str(),
        "iss": caller.issuer().as_str(),
        "kind": format!("{:?}", caller.kind()),
        "client": caller.client_id().map(|client| client.as_str().to_owned()),
        "username": caller.username(),
        "groups": caller.groups(),
        "scopes": caller.scopes().to_string(),
        "authorization": request.headers().contains_key("authorization"),
    }))
}
