//! What the body of a request takes in memory, counted by the allocator; a program of its own, since
//! it counts for all threads. The figures of `Limits::max_decoded_bytes` are proved here.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may say what they know to be true; clippy exempts test functions only"
)]

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body};
use bytes::Bytes;
use futures_util::{future::join_all, stream};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use portcullis_transport::{DecodingBudget, Limits, Stock, StreamableHttp};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest,
        CustomResult,
    },
    service::RequestContext,
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::ServiceExt;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const MIB: usize = 1024 * 1024;
/// `Limits::max_body_bytes` of these tests, as it is by default.
const BODY: usize = 4 * MIB;

/// Tools: `quick` answers, `slow` waits until it may go on.
#[derive(Clone)]
struct Tools {
    started: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl ServerHandler for Tools {
    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if params.name == "slow" {
            self.started.add_permits(1);
            let _go = self.go.acquire().await;
        }
        Ok(CallToolResult::success(vec![ContentBlock::text("done")]).into())
    }

    async fn on_custom_request(
        &self,
        _: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Ok(CustomResult::new(json!({})))
    }
}

fn tools() -> (Tools, Router) {
    let tools = Tools {
        started: Arc::new(Semaphore::new(0)),
        go: Arc::new(Semaphore::new(0)),
    };
    let mut limits = Limits::default();
    limits.decoding_budget = DecodingBudget::new(256 * MIB);
    assert_eq!(limits.max_body_bytes, BODY);
    let mcp = StreamableHttp::new(Stock(tools.clone())).limits(limits);
    let app = Router::new().route_service("/mcp", mcp.into_service());
    (tools, app)
}

/// Counts what all threads allocate.
fn counting() -> dhat::Profiler {
    let profiler = dhat::Profiler::builder().testing();
    profiler.trim_backtraces(Some(1)).build()
}

fn peak() -> usize {
    dhat::HeapStats::get().max_bytes
}

fn held() -> usize {
    dhat::HeapStats::get().curr_bytes
}

/// Runs a test by itself: another one's allocations would be counted, too.
fn alone(test: impl Future<Output = ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(test);
}

/// An array of this value, so often.
fn array_of(value: &str, count: usize) -> String {
    format!("[{}]", vec![value; count].join(","))
}

fn call(tool: &str, data: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{{"data":{data}}}}}}}"#
    )
}

/// Sends it in pieces, as it comes from a network; the pieces have been there before.
async fn post(app: &Router, body: &Bytes) -> (StatusCode, Value) {
    const PIECE: usize = 64 * 1024;
    let body = body.clone();
    let pieces = (0..body.len())
        .step_by(PIECE)
        .map(move |at| Ok::<_, std::io::Error>(body.slice(at..body.len().min(at + PIECE))));
    let request = Request::post("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .body(Body::from_stream(stream::iter(pieces)))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// A value, and how many of them are the most that is decoded.
const VALUES: [(&str, usize); 7] = [
    (r#"{"":0}"#, 33_000),
    (r#"{"a":{"b":[1]}}"#, 15_900),
    ("{}", 33_300),
    ("[0]", 100_000),
    ("0", 220_000),
    (r#""""#, 216_000),
    (
        r#"{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0}"#,
        12_000,
    ),
];

/// The reported attack, which took 399 MiB, and all that looks like it.
#[test]
fn t29_a_body_takes_at_most_eight_times_its_bytes() {
    alone(async {
        let (_, app) = tools();
        for (value, _) in VALUES {
            let count = (BODY - 200) / (value.len() + 1);
            for batch in [false, true] {
                let call = call("quick", &array_of(value, count));
                let body = if batch { format!("[{call}]") } else { call };
                let body = Bytes::from(body);
                let _profiler = counting();
                let (status, answer) = post(&app, &body).await;
                assert_eq!(
                    (status, &answer["error"]["code"]),
                    (StatusCode::BAD_REQUEST, &json!(-32600)),
                    "{value}"
                );
                let peak = peak();
                assert!(peak <= 8 * body.len(), "{value}: {peak} of {}", body.len());
            }
        }
    });
}

/// What is let through stays within the same bound, which is eight times the largest body.
#[rstest]
#[case::call("tools/call")]
#[case::custom_method("test/method")]
#[test]
fn t29_what_is_decoded_takes_at_most_eight_times_the_largest_body(#[case] method: &str) {
    alone(async {
        let (_, app) = tools();
        for (value, count) in VALUES {
            let text = call("quick", &array_of(value, count)).replace("tools/call", method);
            for body in [format!("[{text}]"), text] {
                let body = Bytes::from(body);
                let profiler = counting();
                let (status, answer) = post(&app, &body).await;
                let peak = peak();
                drop(profiler);
                assert_eq!(status, StatusCode::OK, "{value}: {answer}");
                assert!(peak <= 8 * BODY, "{value}: {peak}");
                // Cautious, and not by far: the estimate is what refuses real calls.
                assert!(peak > 2 * MIB, "{value}: {peak}");
            }
        }
    });
}

/// One long text, with and without what must be undone.
#[rstest]
#[case::plain("a")]
#[case::escaped(r"\u00e4")]
#[test]
fn t29_a_long_text_takes_at_most_eight_times_its_bytes(#[case] letter: &str) {
    alone(async {
        let (_, app) = tools();
        let text = letter.repeat((BODY - 200) / letter.len());
        let body = Bytes::from(call("quick", &format!("\"{text}\"")));
        let _profiler = counting();
        let (status, _) = post(&app, &body).await;
        assert_eq!(status, StatusCode::OK);
        let peak = peak();
        assert!(peak <= 8 * body.len(), "{peak} of {}", body.len());
    });
}

/// Four batches of a slow call and a huge one held 1,561 MiB while the slow ones ran.
#[test]
fn t29_a_batch_keeps_text_until_the_turn_of_each_call() {
    alone(async {
        const BATCHES: usize = 4;
        let (tools, app) = tools();
        let huge = call("quick", &array_of(r#"{"":0}"#, 33_000));
        let body = Bytes::from(format!("[{},{huge}]", call("slow", "0")));
        let _profiler = counting();
        let batches = join_all((0..BATCHES).map(|_| post(&app, &body)));
        let running = async {
            let _ = tools.started.acquire_many(BATCHES as u32).await;
            let held = held();
            tools.go.add_permits(BATCHES);
            held
        };
        let (answers, held) = tokio::join!(batches, running);
        assert!(held <= 8 * BATCHES * body.len(), "{held} of {}", body.len());
        for (status, answer) in answers {
            assert_eq!(status, StatusCode::OK);
            let answered = answer.as_array().unwrap();
            assert_eq!(answered.len(), 2);
            assert!(answered.iter().all(|answer| answer["result"].is_object()));
        }
    });
}
