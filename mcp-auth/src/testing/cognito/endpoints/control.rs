//! What a test in another process steers the mock by; the real Cognito has none of it.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Pool;
use crate::testing::{MockEndpoint, MockFault};

/// `GET /_mock/stats`: requests per endpoint since the start.
pub(super) async fn stats(State(pool): State<Arc<Pool>>) -> Json<Map<String, Value>> {
    Json(pool.monitor.stats())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultPlan {
    endpoint: MockEndpoint,
    fault: MockFault,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// `POST /_mock/faults`: `{"endpoint": "token", "fault": {"status": 503}, "times": 2}`; the other
/// faults are `"disconnect"`, `"garbage"` and `"hang"`.
pub(super) async fn faults(
    State(pool): State<Arc<Pool>>,
    Json(plan): Json<FaultPlan>,
) -> StatusCode {
    pool.monitor.plan(plan.endpoint, plan.fault, plan.times);
    StatusCode::NO_CONTENT
}
