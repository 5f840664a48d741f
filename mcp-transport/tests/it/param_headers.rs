//! `Mcp-Param-*` against the arguments (SEP-2243).

use axum::Router;
use http::StatusCode;
use portcullis_transport::{ParamHeaders, Stock, StreamableHttp};
use rmcp::{
    ServerHandler, handler::server::wrapper::Parameters, schemars, tool, tool_handler, tool_router,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::fixture::*;

#[derive(Clone)]
struct Store;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Query {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: Option<String>,
    #[schemars(extend("x-mcp-header" = "Shard"))]
    shard: Option<f64>,
    #[schemars(extend("x-mcp-header" = "Fresh"))]
    fresh: Option<bool>,
}

#[tool_router]
impl Store {
    #[tool(description = "Looks something up")]
    fn look_up(&self, Parameters(query): Parameters<Query>) -> String {
        format!("{:?} {:?} {:?}", query.region, query.shard, query.fresh)
    }
}

#[tool_handler(name = "store", version = "1.0.0")]
impl ServerHandler for Store {}

async fn look_up(params: &[(&str, &str)], arguments: Value) -> Answer {
    let mcp = StreamableHttp::new(Stock(Store)).into_service();
    let mut headers = modern("tools/call", Some("look_up"));
    headers.extend(params);
    let call = json!({"name": "look_up", "arguments": arguments});
    let app = Router::new().route_service("/mcp", mcp);
    post(&app, &headers, modern_body("tools/call", call)).await
}

#[rstest]
#[case::text(&[("mcp-param-region", "eu")], json!({"region": "eu"}))]
#[case::spaces(&[("mcp-param-region", "  eu ")], json!({"region": "eu"}))]
#[case::base64(&[("mcp-param-region", "=?base64?TcO8bmNoZW4=?=")], json!({"region": "München"}))]
#[case::half_a_marker(&[("mcp-param-region", "=?base64?ZXU=")], json!({"region": "=?base64?ZXU="}))]
#[case::number(&[("mcp-param-shard", "42")], json!({"shard": 42.0}))]
#[case::boolean(&[("mcp-param-fresh", "true")], json!({"fresh": true}))]
#[case::null(&[], json!({"region": null}))]
#[case::absent(&[], json!({}))]
#[case::not_declared(&[("mcp-param-other", "x")], json!({}))]
#[tokio::test]
async fn mcp_t18_headers_that_say_what_the_arguments_say_pass(
    #[case] params: &[(&str, &str)],
    #[case] arguments: Value,
) {
    let answer = look_up(params, arguments).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.json()["result"]["content"][0]["text"].is_string());
}

#[rstest]
#[case::missing(&[], json!({"region": "eu"}))]
#[case::other(&[("mcp-param-region", "us")], json!({"region": "eu"}))]
#[case::case_of_value(&[("mcp-param-region", "EU")], json!({"region": "eu"}))]
#[case::without_argument(&[("mcp-param-region", "eu")], json!({}))]
#[case::null_argument(&[("mcp-param-region", "null")], json!({"region": null}))]
#[case::twice(&[("mcp-param-region", "eu"), ("mcp-param-region", "eu")], json!({"region": "eu"}))]
#[case::bad_padding(&[("mcp-param-region", "=?base64?ZXU?=")], json!({"region": "eu"}))]
#[case::bad_base64(&[("mcp-param-region", "=?base64?Z!!U=?=")], json!({"region": "eu"}))]
#[case::not_ascii(&[("mcp-param-region", "München")], json!({"region": "München"}))]
#[case::number(&[("mcp-param-shard", "43")], json!({"shard": 42}))]
#[case::large_integers(
    &[("mcp-param-shard", "9007199254740993")],
    json!({"shard": 9_007_199_254_740_992_i64}),
)]
#[case::number_in_words(&[("mcp-param-shard", "+42")], json!({"shard": 42}))]
#[case::boolean(&[("mcp-param-fresh", "1")], json!({"fresh": true}))]
#[tokio::test]
async fn mcp_t18_a_header_that_contradicts_its_argument_is_refused(
    #[case] params: &[(&str, &str)],
    #[case] arguments: Value,
) {
    let answer = look_up(params, arguments).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(answer.code(), -32020);
}

/// A gateway finds these without evaluating the schema.
#[rstest]
#[case::nested(json!({"properties": {"at": {"properties": {"x": {"x-mcp-header": "X"}}}}}), true)]
#[case::in_items(json!({"properties": {"at": {"items": {"x-mcp-header": "X"}}}}), false)]
#[case::in_composition(json!({"anyOf": [{"properties": {"x": {"x-mcp-header": "X"}}}]}), false)]
#[case::no_header_name(json!({"properties": {"x": {"x-mcp-header": "a b"}}}), false)]
#[case::no_name(json!({"properties": {"x": {"x-mcp-header": ""}}}), false)]
#[case::no_text(json!({"properties": {"x": {"x-mcp-header": 1}}}), false)]
fn mcp_t19_annotations_count_on_properties_only(#[case] schema: Value, #[case] found: bool) {
    let headers = ParamHeaders::of(schema.as_object().unwrap());
    assert_eq!(!headers.is_empty(), found);
}

fn argument(schema: Value) -> Value {
    json!({"type": "object", "properties": {"x": schema}})
}

#[rstest]
#[case::text(argument(json!({"type": "string", "x-mcp-header": "X"})))]
#[case::integer(argument(json!({"type": "integer", "x-mcp-header": "X"})))]
#[case::nested(argument(json!({"type": "object", "properties": {"y": {"type": "boolean", "x-mcp-header": "Y"}}})))]
#[case::a_value_that_looks_like_one(argument(json!({"default": {"x-mcp-header": "X"}})))]
#[case::a_property_of_that_name(json!({"properties": {"x-mcp-header": {"type": "string"}}}))]
fn mcp_t19_annotations_that_clients_take(#[case] schema: Value) {
    assert_eq!(placed(&schema), Ok(()));
}

#[rstest]
#[case::root(json!({"x-mcp-header": "X"}), "``", "out of a client's reach")]
#[case::items(argument(json!({"items": {"type": "string", "x-mcp-header": "X"}})), "properties/x/items", "out of")]
#[case::choice(argument(json!({"anyOf": [{"properties": {"y": {"x-mcp-header": "X"}}}]})), "x/anyOf/properties/y", "out of")]
#[case::definition(json!({"$defs": {"At": {"properties": {"y": {"type": "string", "x-mcp-header": "Y"}}}}}), "$defs/At/properties/y", "schemars(inline)")]
#[case::number(argument(json!({"type": "number", "x-mcp-header": "X"})), "properties/x", "exactly one type")]
#[case::nullable(argument(json!({"type": ["string", "null"], "x-mcp-header": "X"})), "properties/x", "#[serde(default)]")]
#[case::no_type(argument(json!({"x-mcp-header": "X"})), "properties/x", "exactly one type")]
#[case::spaces(argument(json!({"type": "string", "x-mcp-header": "a b"})), "properties/x", "no header name")]
#[case::empty(argument(json!({"type": "string", "x-mcp-header": ""})), "properties/x", "no header name")]
#[case::no_text(argument(json!({"type": "string", "x-mcp-header": 1})), "properties/x", "no header name")]
#[case::repeated(json!({"properties": {
    "x": {"type": "string", "x-mcp-header": "Same"},
    "y": {"type": "string", "x-mcp-header": "same"},
}}), "properties/y", "rename one")]
fn mcp_t19_annotations_for_which_clients_leave_the_tool_out(
    #[case] schema: Value,
    #[case] place: &str,
    #[case] what: &str,
) {
    let problem = placed(&schema).unwrap_err();
    assert!(problem.contains(place), "{problem}");
    assert!(problem.contains(what), "{problem}");
}

fn placed(schema: &Value) -> Result<(), String> {
    let headers = ParamHeaders::checked(schema.as_object().unwrap());
    headers.map(|_| ()).map_err(|error| error.to_string())
}
