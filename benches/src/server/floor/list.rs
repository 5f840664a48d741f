//! `tools/list`: the very bytes of this SDK's server, ready-made.

use axum::{Json, Router, http::header, routing::post};
use serde::de::IgnoredAny;

use crate::{
    request,
    server::{App, Launch, ours},
    workload::{Problem, Target},
};

/// The list of fifty tools.
pub(crate) fn list(launch: &Launch<'_>) -> Result<App, Problem> {
    let request = request::list(&Target::mcp(launch.port));
    let list = ours::fifty(launch)?.answer(request);
    let list = launch.runtime.block_on(list)?;
    let answer = move |_: Json<IgnoredAny>| {
        let list = list.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], list) }
    };
    Ok(App::new(Router::new().route("/mcp", post(answer))))
}
