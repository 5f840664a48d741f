//! The envelope decoder against serde_json and rmcp's own codec, on arbitrary JSON.

use http::StatusCode;
use proptest::prelude::*;
use rmcp::model::ClientJsonRpcMessage;
use rstest::rstest;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::fixture::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Numbers that survive serde_json's fast, inexact decoding of floats.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(".{0,6}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Something like a message: known members with mostly fitting values.
fn any_message() -> impl Strategy<Value = Value> {
    let method = prop_oneof![
        Just("tools/call"),
        Just("tools/list"),
        Just("ping"),
        Just("prompts/get"),
        Just("notifications/initialized"),
        Just("no/such"),
    ];
    let id = prop_oneof![
        3 => any::<i64>().prop_map(Value::from),
        2 => ".{0,8}".prop_map(Value::from),
        1 => any_json(),
    ];
    let params = prop_oneof![
        2 => any_json(),
        2 => any_json().prop_map(|arguments| json!({"name": "echo", "arguments": arguments})),
        1 => Just(json!({"name": 7})),
    ];
    (
        prop::option::weighted(0.9, Just("2.0")),
        prop::option::weighted(0.8, id),
        prop::option::weighted(0.9, method),
        prop::option::weighted(0.7, params),
        prop::option::weighted(0.1, any_json()),
        prop::option::weighted(0.1, Just(json!({"code": -1, "message": "no"}))),
        prop::option::weighted(0.1, prop_oneof![Just("Method"), Just("ID"), Just("other")]),
    )
        .prop_map(|(jsonrpc, id, method, params, result, error, other)| {
            let mut message = serde_json::Map::new();
            message.extend(jsonrpc.map(|value| ("jsonrpc".to_owned(), Value::from(value))));
            message.extend(id.map(|value| ("id".to_owned(), value)));
            message.extend(method.map(|value| ("method".to_owned(), Value::from(value))));
            message.extend(params.map(|value| ("params".to_owned(), value)));
            message.extend(result.map(|value| ("result".to_owned(), value)));
            message.extend(error.map(|value| ("error".to_owned(), value)));
            message.extend(other.map(|name| (name.to_owned(), Value::Null)));
            Value::Object(message)
        })
}

/// The members of a call, as text and in the usual order, and perhaps one that does not belong there.
fn any_call() -> impl Strategy<Value = Vec<String>> {
    let fitting = prop::collection::hash_map(".{0,6}", any_json(), 0..4)
        .prop_map(|arguments| json!({"name": "echo", "arguments": arguments}).to_string());
    let unfitting = prop_oneof![
        Just(r#"{"name":"echo","name":"other"}"#),
        Just(r#"{"name":"echo","_meta":{},"_meta":{}}"#),
        Just(r#"{"name":"echo","_meta":{"a":1,"a":2}}"#),
        Just(r#"{"name":"echo","_meta":{"a":1,"\u0061":2}}"#),
        Just(r#"{"name":"echo","_meta":{"a":{"b":1}}}"#),
        Just(r#"{"name":"echo","_meta":null}"#),
        Just(r#"{"name":"echo","_meta":7}"#),
        Just(r#"{"name":"echo","\u005fmeta":{}}"#),
        Just(r#"{"name":"echo","other":1,"other":2}"#),
        Just(r#"{"Name":"echo"}"#),
        Just(r#"{"name":7}"#),
        Just(r#"["echo"]"#),
        Just(r#"[null,"echo",{},null,null]"#),
        Just("null"),
        Just("7"),
    ];
    let params = prop_oneof![3 => fitting, 2 => unfitting.prop_map(str::to_owned)];
    let id = prop_oneof![
        "-?[0-9]{1,20}",
        Just("\"a\\nb\"".to_owned()),
        Just("1.0".to_owned())
    ];
    let method = prop_oneof![
        3 => Just(r#""tools/call""#),
        1 => Just(r#""tools\/call""#),
        1 => Just(r#"{"tools/call":null}"#),
    ];
    let extra = prop_oneof![
        4 => Just(None),
        1 => Just(Some(r#""method":"tools/list""#)),
        1 => Just(Some(r#""params":{"name":"other"}"#)),
        1 => Just(Some(r#""Params":{"name":"other"}"#)),
        1 => Just(Some(r#""id":1"#)),
        1 => Just(Some(r#""result":{}"#)),
        1 => Just(Some(r#""other":{}"#)),
    ];
    (id, method, params, extra).prop_map(|(id, method, params, extra)| {
        let mut members = vec![
            r#""jsonrpc":"2.0""#.to_owned(),
            format!(r#""id":{id}"#),
            format!(r#""method":{method}"#),
            format!(r#""params":{params}"#),
        ];
        members.extend(extra.map(str::to_owned));
        members
    })
}

/// Why we refuse a message that rmcp's codec takes. The list is that of ADR 21, but for repeated
/// members, which a `Value` cannot have.
fn stricter(message: &Value) -> Option<&'static str> {
    let id = message.get("id");
    if message.get("Method").or(message.get("ID")).is_some() {
        return Some("a known name in other letters");
    }
    if message.get("error").is_some() && id.is_none_or(Value::is_null) {
        return Some("an error that names no request");
    }
    if id.is_some_and(|id| !id.is_string() && !id.is_i64()) {
        return Some("an id that is not written as an integer");
    }
    None
}

/// -32700 and -32600 are the decoder's; every other answer means that the message was one.
fn decoded(answer: &Answer) -> bool {
    answer.status != StatusCode::BAD_REQUEST
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let valid = std::str::from_utf8(&bytes)
            .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        let answer = run(post(&app(&Fixture::default()), V2025_06_18, bytes));
        prop_assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        prop_assert_eq!(answer.code() == -32700, !valid);
    }

    #[test]
    fn arbitrary_json_is_a_message_or_an_error(value in any_json()) {
        let answer = run(post(&app(&Fixture::default()), V2025_06_18, value.to_string()));
        prop_assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, -32600));
    }

    /// Where `params` do not fit their method, rmcp makes a custom request, and we answer -32602.
    #[test]
    fn what_we_accept_rmcp_accepts(message in any_message()) {
        let answer = run(post(&app(&Fixture::default()), V2025_06_18, message.to_string()));
        if decoded(&answer) {
            let theirs = serde_json::from_value::<ClientJsonRpcMessage>(message.clone());
            prop_assert!(theirs.is_ok(), "{message} -> {answer:?}");
        }
    }

    #[test]
    fn what_rmcp_accepts_we_accept_or_say_why(message in any_message()) {
        if serde_json::from_value::<ClientJsonRpcMessage>(message.clone()).is_ok() {
            let answer = run(post(&app(&Fixture::default()), V2025_06_18, message.to_string()));
            prop_assert_eq!(decoded(&answer), stricter(&message).is_none(), "{}", message);
            prop_assert!(decoded(&answer) || answer.code() == -32600, "{:?}", answer);
        }
    }

    #[test]
    fn arguments_arrive_as_they_were_sent(arguments in prop::collection::hash_map(".{0,6}", any_json(), 0..4)) {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "echo", "arguments": arguments},
        });
        let answer = run(post(&app(&Fixture::default()), V2025_06_18, message.to_string()));
        let echoed = answer.json()["result"]["content"][0]["text"].as_str().unwrap().to_owned();
        let echoed: Value = serde_json::from_str(&echoed).unwrap();
        prop_assert_eq!(&echoed, &message["params"]["arguments"]);
    }

    /// The usual call is read in one pass and any other message in two: one that is unusual only by
    /// a member that means nothing must get the same answer.
    #[test]
    fn t34_the_usual_call_is_no_special_case(members in any_call()) {
        let usual = format!("{{{}}}", members.join(","));
        let unusual = format!("{{{},\"unknown\":0}}", members.join(","));
        let usual = run(post(&app(&Fixture::default()), V2025_06_18, usual));
        let unusual = run(post(&app(&Fixture::default()), V2025_06_18, unusual));
        prop_assert_eq!(usual.status, unusual.status);
        prop_assert_eq!(usual.json(), unusual.json());
    }

    #[test]
    fn t34_the_order_of_members_means_nothing(
        (members, shuffled) in any_call().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        let ask = |members: &[String]| {
            let answer = run(post(
                &app(&Fixture::default()),
                V2025_06_18,
                format!("{{{}}}", members.join(",")),
            ));
            (answer.status, answer.json()["error"]["code"].clone(), answer.json()["result"].clone())
        };
        prop_assert_eq!(ask(&members), ask(&shuffled));
    }
}

/// Texts that rmcp's codec takes and we do not, for each reason of ADR 21.
#[rstest]
#[case::repeated_params(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#
)]
#[case::repeated_meta(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"a":1,"a":2}}}"#
)]
#[case::repeated_custom(r#"{"jsonrpc":"2.0","id":1,"method":"no/such","params":{"a":1,"a":2}}"#)]
#[case::miscased(r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/list"}"#)]
#[case::float_id(r#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#)]
#[case::exponent_id(r#"{"jsonrpc":"2.0","id":1e2,"method":"ping"}"#)]
#[case::nobodys_error(r#"{"jsonrpc":"2.0","error":{"code":-1,"message":"no"}}"#)]
#[case::nulls_error(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}}"#)]
#[tokio::test]
async fn t34_what_rmcp_accepts_and_we_refuse(#[case] message: &str) {
    assert!(serde_json::from_str::<ClientJsonRpcMessage>(message).is_ok());
    let answer = post(&app(&Fixture::default()), V2025_06_18, message.to_owned()).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
}

/// Texts at the edge that both take.
#[rstest]
#[case::unknown_members(r#"{"jsonrpc":"2.0","id":1,"method":"ping","x":1,"x":2}"#)]
#[case::unread_members(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","x":1,"x":2}}"#
)]
#[case::escaped_names(r#"{"jsonrpc":"2.0","id":1,"m\u0065thod":"ping"}"#)]
#[case::escaped_values(r#"{"jsonrpc":"2.0","id":"\u0061","method":"p\u0069ng"}"#)]
#[case::null_params(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#)]
#[case::largest_id(r#"{"jsonrpc":"2.0","id":9223372036854775807,"method":"ping"}"#)]
#[case::smallest_id(r#"{"jsonrpc":"2.0","id":-9223372036854775808,"method":"ping"}"#)]
#[case::empty_id(r#"{"jsonrpc":"2.0","id":"","method":"ping"}"#)]
#[case::answer(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)]
#[case::error(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#)]
#[tokio::test]
async fn what_rmcp_and_we_accept(#[case] message: &str) {
    assert!(serde_json::from_str::<ClientJsonRpcMessage>(message).is_ok());
    let answer = post(&app(&Fixture::default()), V2025_06_18, message.to_owned()).await;
    assert!(decoded(&answer), "{answer:?}");
}
