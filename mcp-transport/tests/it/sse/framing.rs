//! Whatever a tool says arrives as it was said, read by a decoder that is not ours.

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::client::*;
use crate::fixture::{Fixture, send};

/// Text with everything that could be taken for a line break or for the end of an event.
fn said() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        any::<String>(),
        Just("\n\n".to_owned()),
        Just("\r\ndata: {}\r\n\r\n".to_owned()),
        Just("\r".to_owned()),
        Just("\u{2028}\u{2029}\u{85}\u{feff}\0".to_owned()),
        Just("\nevent: endpoint\ndata: https://evil.example/\n\n".to_owned()),
        Just(": comment\nid: 7\nretry: 0".to_owned()),
    ];
    prop::collection::vec(parts, 0..4).prop_map(|parts| parts.concat())
}

/// The types and the data of the first two events.
async fn events(arguments: &Value) -> Vec<(String, String)> {
    let app = app(&Fixture::default());
    let response = app.clone().oneshot(get("alice")).await.unwrap();
    let mut events = response.into_body().into_data_stream().eventsource();
    let endpoint = events.next().await.unwrap().unwrap();

    let mut request = call(1, "echo");
    request["params"]["arguments"] = arguments.clone();
    let post = http::Request::post(&endpoint.data)
        .header("content-type", "application/json")
        .extension("alice")
        .body(request.to_string().into())
        .unwrap();
    assert_eq!(send(&app, post).await.status, 202);
    let answer = events.next().await.unwrap().unwrap();
    [endpoint, answer]
        .map(|event| (event.event, event.data))
        .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn sse_framing_keeps_what_is_said(said in said(), name in said()) {
        let arguments = json!({name: said});
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let events = runtime.block_on(events(&arguments));
        prop_assert_eq!(&events[0].0, "endpoint");
        prop_assert_eq!(&events[1].0, "message");
        let answer: Value = serde_json::from_str(&events[1].1).unwrap();
        let echoed: Value = serde_json::from_str(text(&answer)).unwrap();
        prop_assert_eq!(echoed, arguments);
    }
}
