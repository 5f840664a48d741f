//! What a client sees of the server.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use weather::nws::Nws;

use crate::mock_nws::MockNws;
use crate::session::Session;

const READ: &[&str] = &["mcp-server/read"];

async fn recorded() -> Session {
    Session::start(Nws::recorded().unwrap(), READ).await
}

#[tokio::test]
async fn f1_tools_have_one_name_and_a_closed_typed_schema() {
    let mut session = recorded().await;
    let listed = session.request("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["get_alerts", "get_forecast"]);
    for tool in tools {
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
    }
    let latitude = &tools[1]["inputSchema"]["properties"]["latitude"];
    assert_eq!(
        (&latitude["minimum"], &latitude["maximum"]),
        (&json!(-90), &json!(90))
    );
}

#[tokio::test]
async fn f2_a_failure_is_flagged_and_says_what_to_do() {
    let mut session = recorded().await;
    let cases = [
        (
            "get_alerts",
            json!({ "state": "ZZ" }),
            "two-letter postal code",
        ),
        (
            "get_forecast",
            json!({ "latitude": 91, "longitude": 0 }),
            "`/latitude`: it is greater than the maximum of 90",
        ),
        (
            "get_forecast",
            json!({ "latitude": 51.5, "longitude": -0.1 }),
            "covers the United States",
        ),
    ];
    for (tool, arguments, sentence) in cases {
        let result = session.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        assert!(
            result["content"][0]["text"]
                .as_str()
                .unwrap()
                .contains(sentence),
            "{result}"
        );
    }
}

#[tokio::test]
async fn f2_a_fault_of_the_service_is_flagged_without_its_inside() {
    let nws = MockNws::start(|_, _, _| {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Traceback: secret.py line 7",
        )
            .into_response()
    })
    .await;
    let mut session = Session::start(nws.client(), READ).await;
    let result = session.call("get_alerts", json!({ "state": "CA" })).await;
    assert_eq!(result["isError"], true, "{result}");
    let text = result.to_string();
    assert!(
        text.contains("Try again") && !text.contains("Traceback"),
        "{text}"
    );
    assert!(!text.contains("127.0.0.1"), "{text}");
}

#[tokio::test]
async fn f6_server_info_holds_the_servers_name_and_version_only() {
    let session = recorded().await;
    let info = &session.initialized["serverInfo"];
    assert_eq!(info["name"], "weather", "{info}");
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"), "{info}");
    assert!(info.get("capabilities").is_none(), "{info}");
    assert!(session.initialized["capabilities"]["tools"].is_object());
}

#[tokio::test]
async fn a_result_has_text_for_models_and_a_value_for_programs() {
    let mut session = recorded().await;
    let result = session.call("get_alerts", json!({ "state": "tx" })).await;
    assert_ne!(result["isError"], true);
    assert_eq!(result["structuredContent"]["state"], "TX");
    assert_eq!(result["structuredContent"]["source"], "recorded");
    let first = &result["structuredContent"]["alerts"][0];
    assert_eq!(first["severity"], "Extreme", "most severe first: {first}");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("RECORDED SAMPLE DATA") && text.contains("Event: Tornado Watch"),
        "{text}"
    );
}

#[tokio::test]
async fn the_tools_need_their_scope() {
    let mut session = Session::start(Nws::recorded().unwrap(), &["mcp-server/write"]).await;
    let call = json!({ "name": "get_alerts", "arguments": { "state": "CA" } });
    let answer = session.request("tools/call", call).await;
    let refused = answer.get("error").is_some() || answer["result"]["isError"] == true;
    assert!(refused, "{answer}");
    assert!(answer.to_string().contains("mcp-server/read"), "{answer}");
}
