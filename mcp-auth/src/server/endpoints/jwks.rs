use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use http::header::CACHE_CONTROL;

use crate::server::{Server, endpoints::metadata::public_document};

/// `GET /jwks.json`: the public keys (RFC 7517), the next one included.
pub(super) async fn jwks(State(server): State<Arc<Server>>) -> impl IntoResponse {
    (
        [(CACHE_CONTROL, public_document())],
        Json(server.signing.jwk_set()),
    )
}
