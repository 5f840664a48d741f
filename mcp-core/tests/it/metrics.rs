//! What a recorder hears of refusals: one name, and nobody's identity.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{body::Body, http::Request};
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use serde_json::json;

use crate::support::{app, call, rpc, send};

/// Counters by name and labels.
#[derive(Default)]
struct Counts(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Counts {
    fn all(&self) -> Vec<(String, u64)> {
        let counts = self.0.lock().unwrap();
        let read =
            |(key, count): (&String, &Arc<AtomicU64>)| (key.clone(), count.load(Ordering::Relaxed));
        counts.iter().map(read).collect()
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key
            .labels()
            .map(|it| format!(" {}={}", it.key(), it.value()));
        let key = key.name().to_owned() + &labels.collect::<String>();
        Counter::from_arc(self.0.lock().unwrap().entry(key).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test]
async fn every_refusal_is_counted_by_layer_and_status() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let app = app();

    let foreign = Request::post("/desk/mcp").header("host", "evil.example");
    send(&app, foreign.body(Body::empty()).unwrap()).await;
    rpc(&app, None, json!({})).await;
    rpc(&app, Some("stranger"), json!({})).await;
    call(&app, "alice.desk_read", "write", json!({"text": "hi"})).await;
    call(&app, "alice.desk_read", "whoami", json!({})).await;

    let expected = [
        ("portcullis_refusals_total layer=auth status=401", 2),
        ("portcullis_refusals_total layer=scopes status=403", 1),
        ("portcullis_refusals_total layer=transport status=403", 1),
    ];
    assert_eq!(
        counts.all(),
        expected.map(|(key, count)| (key.to_owned(), count))
    );
}
