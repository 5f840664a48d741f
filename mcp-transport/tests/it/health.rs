use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::fixture::send;

#[tokio::test]
async fn health_says_the_service_and_nothing_else() {
    let app = portcullis_transport::health("weather");
    for path in ["/healthz", "/readyz"] {
        let answer = send(&app, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json(), json!({"status": "ok", "service": "weather"}));
    }
}
