//! Answers for load balancers and orchestrators.

use axum::{Json, Router, routing::get};
use serde::Serialize;

/// `GET /healthz` and `GET /readyz`: 200 and `{"status":"ok","service":"…"}`.
///
/// Both say only that the process answers. A server that drains accepts no connections any more, so
/// a prober sees it as gone. Guards exempt these paths (see [`Guard`](crate::Guard)).
///
/// ```
/// use axum::Router;
///
/// let app: Router = Router::new().merge(portcullis_transport::health("weather"));
/// ```
pub fn health(service: impl Into<String>) -> Router {
    #[derive(Clone, Serialize)]
    struct Health {
        status: &'static str,
        service: String,
    }
    let health = Health {
        status: "ok",
        service: service.into(),
    };
    let answer = move || {
        let health = health.clone();
        async move { Json(health) }
    };
    Router::new()
        .route("/healthz", get(answer.clone()))
        .route("/readyz", get(answer))
}
