//! One request without a connection.

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use bytes::Bytes;
use tower::ServiceExt;

use super::App;
use crate::workload::Problem;

impl App {
    /// What it answers to the bytes of a request.
    pub(super) async fn answer(self, request: Vec<u8>) -> Result<Bytes, Problem> {
        let request = String::from_utf8(request)?;
        let (head, body) = request.split_once("\r\n\r\n").ok_or("no end of the head")?;
        let mut asked = Request::post("/mcp");
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").ok_or("no value of a header")?;
            asked = asked.header(name, value);
        }
        let asked = asked.body(Body::from(body.to_owned()))?;
        let response = self.router.oneshot(asked).await?;
        Ok(to_bytes(response.into_body(), usize::MAX).await?)
    }
}
