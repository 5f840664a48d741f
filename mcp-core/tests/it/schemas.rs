//! The schemas of tools: that every client can read them, and that the server keeps to them.

use std::{collections::BTreeMap, sync::Arc};

use axum::Router;
use portcullis::{
    BuildError,
    auth::Bearer,
    prelude::*,
    rmcp::{self, ServerHandler, model::JsonObject},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Answer, MCP, ORIGIN, Plain, call, rpc};

struct Shop;

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    /// How many.
    #[schemars(range(min = 1, max = 5))]
    pieces: u8,
    #[serde(default)]
    sizes: Sizes,
    #[schemars(length(max = 8), regex(pattern = "^[a-z]*$"))]
    #[serde(default)]
    colour: String,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    wrapping: Option<Wrapping>,
    /// What a field is called is no keyword.
    #[serde(default)]
    format: Option<String>,
}

#[derive(Default, serde::Deserialize, serde::Serialize, JsonSchema)]
struct Sizes {
    tiny: Option<i8>,
    small: Option<u16>,
    medium: Option<i32>,
    large: Option<u32>,
    huge: Option<u64>,
    signed: Option<i64>,
    width: Option<usize>,
    ratio: Option<f32>,
    price: Option<f64>,
}

#[derive(serde::Deserialize, JsonSchema)]
struct Line {
    number: u32,
    #[serde(default)]
    tags: BTreeMap<String, i64>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Wrapping {
    Paper,
    Ribbon { centimetres: u32 },
}

#[derive(serde::Deserialize, JsonSchema)]
struct Loose {
    city: String,
}

#[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
struct Ratio {
    ratio: f64,
}

#[derive(serde::Deserialize, JsonSchema)]
struct Division {
    #[expect(dead_code, reason = "0 / 0 is what is asked for")]
    by: f64,
}

#[mcp_server(name = "shop")]
impl Shop {
    /// Orders.
    #[tool]
    async fn order(&self, Parameters(order): Parameters<Order>) -> String {
        let numbers = order.lines.iter().map(|line| line.number);
        let tags = order.lines.iter().flat_map(|line| line.tags.values());
        let wrapped = match order.wrapping {
            None => 0,
            Some(Wrapping::Paper) => 1,
            Some(Wrapping::Ribbon { centimetres }) => centimetres,
        };
        json!([
            order.pieces,
            order.sizes,
            numbers.collect::<Vec<_>>(),
            tags.collect::<Vec<_>>(),
            wrapped,
            order.colour,
            order.format,
        ])
        .to_string()
    }

    /// Says no more than it must of its arguments.
    #[tool]
    async fn loose(&self, Parameters(loose): Parameters<Loose>) -> String {
        loose.city
    }

    /// Divides nothing.
    #[tool]
    async fn divide(&self, Parameters(_): Parameters<Division>) -> Json<Ratio> {
        Json(Ratio { ratio: f64::NAN })
    }

    /// Says what it was told.
    #[tool]
    async fn repeat(&self, Parameters(ratio): Parameters<Ratio>) -> Json<Ratio> {
        Json(ratio)
    }
}

fn app() -> Router {
    let server = McpServer::new(MCP, Shop).auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

async fn tools(app: &Router) -> BTreeMap<String, Value> {
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let answer = rpc(app, Some("alice"), list).await.json();
    let tools = answer["result"]["tools"].as_array().unwrap().iter();
    tools
        .map(|tool| (tool["name"].as_str().unwrap().to_owned(), tool.clone()))
        .collect()
}

async fn order(arguments: Value) -> Answer {
    call(&app(), "alice", "order", arguments).await
}

/// What the model reads of a failure.
fn complaint(answer: &Answer) -> String {
    let result = &answer.json()["result"];
    assert_eq!(result["isError"], true, "{}", answer.text);
    assert!(result.get("resultType").is_none(), "{}", answer.text);
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

fn said(answer: &Answer) -> Value {
    let result = &answer.json()["result"];
    assert_ne!(result["isError"], true, "{}", answer.text);
    serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
}

fn formats(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(
                members
                    .get("format")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            members.values().for_each(|value| formats(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| formats(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn schemas_have_bounds_in_the_place_of_formats_that_validators_do_not_know() {
    let tools = tools(&app()).await;
    let mut found = Vec::new();
    for tool in tools.values() {
        formats(&tool["inputSchema"], &mut found);
        formats(&tool["outputSchema"], &mut found);
    }
    assert_eq!(found, [""; 0]);

    let schema = &tools["order"]["inputSchema"];
    assert_eq!(schema["properties"]["format"]["type"][0], "string");
    let sizes = &schema["$defs"]["Sizes"]["properties"];
    let bounds = |size: &str| {
        (
            sizes[size]["minimum"].clone(),
            sizes[size]["maximum"].clone(),
        )
    };
    assert_eq!(bounds("tiny"), (json!(i8::MIN), json!(i8::MAX)));
    assert_eq!(bounds("small"), (json!(0), json!(u16::MAX)));
    assert_eq!(bounds("medium"), (json!(i32::MIN), json!(i32::MAX)));
    assert_eq!(bounds("large"), (json!(0), json!(u32::MAX)));
    assert_eq!(bounds("huge"), (json!(0), json!(u64::MAX)));
    assert_eq!(bounds("signed"), (json!(i64::MIN), json!(i64::MAX)));
    assert_eq!(bounds("width"), (json!(0), json!(usize::MAX)));
    assert_eq!(bounds("ratio"), (Value::Null, Value::Null));
    let pieces = &schema["properties"]["pieces"];
    assert_eq!(
        (&pieces["minimum"], &pieces["maximum"]),
        (&json!(1), &json!(5))
    );
}

#[tokio::test]
async fn whole_numbers_are_integers_however_they_are_written() {
    let text = r#"{"pieces": 3.0, "sizes": {"tiny": -1e1, "large": 4e9, "huge": 1.8e19, "price": 2.0,
        "signed": -9223372036854775808.0},
        "lines": [{"number": 1e0, "tags": {"a": 2.00, "b": -0.0}}],
        "wrapping": {"ribbon": {"centimetres": 30.0}}}"#;
    let said = said(&order(serde_json::from_str(text).unwrap()).await);
    assert_eq!(said[0], 3);
    assert_eq!(said[1]["tiny"], -10);
    assert_eq!(said[1]["large"], 4_000_000_000_u32);
    assert_eq!(said[1]["huge"], 18_000_000_000_000_000_000_u64);
    assert_eq!(said[1]["signed"], i64::MIN);
    assert_eq!(said[1]["price"], 2.0);
    assert_eq!(
        (&said[2], &said[3], &said[4]),
        (&json!([1]), &json!([2, 0]), &json!(30))
    );
}

#[rstest]
#[case::range(json!({"pieces": 9}), "`/pieces`: it is greater than the maximum of 5")]
#[case::low(json!({"pieces": 0}), "`/pieces`: it is less than the minimum of 1")]
#[case::fraction(json!({"pieces": 1.5}), "`/pieces`: it is not of type \"integer\"")]
#[case::kind(json!({"pieces": "3"}), "`/pieces`: it is not of type \"integer\"")]
#[case::length(json!({"pieces": 1, "colour": "aubergine"}), "`/colour`: it is longer than 8 characters")]
#[case::pattern(json!({"pieces": 1, "colour": "Red"}), "`/colour` does not match `^[a-z]*$`")]
#[case::missing(json!({}), "the arguments: `pieces` is missing")]
#[case::nested(
    json!({"pieces": 1, "lines": [{"number": 1}, {"number": 4_294_967_296_u64}]}),
    "`/lines/1/number`: it is greater than the maximum of 4294967295"
)]
#[case::alternative(
    json!({"pieces": 1, "wrapping": {"ribbon": {"centimetres": -1}}}),
    "`/wrapping/ribbon/centimetres`: it is less than the minimum of 0"
)]
#[case::unknown(
    json!({"pieces": 1, "peices": 2}),
    "the arguments: unknown `peices`; allowed are `colour`, `format`, `lines`, `pieces`, `sizes`, `wrapping`"
)]
#[tokio::test]
async fn what_the_schema_forbids_is_refused_with_words_to_act_on(
    #[case] arguments: Value,
    #[case] words: &str,
) {
    let complaint = complaint(&order(arguments).await);
    assert!(complaint.ends_with(words), "{complaint}");
}

/// Where a schema says nothing of other members, they are allowed, and named when one is missing.
#[tokio::test]
async fn unknown_members_are_allowed_by_default_and_named_beside_a_missing_one() {
    let more = json!({"city": "Utrecht", "county": "Utrecht"});
    let answer = call(&app(), "alice", "loose", more).await;
    assert_eq!(answer.json()["result"]["content"][0]["text"], "Utrecht");
    let misspelt = json!({"citty": "Utrecht"});
    let complaint = complaint(&call(&app(), "alice", "loose", misspelt).await);
    let words = "the arguments: `city` is missing (unknown there: `citty`)";
    assert!(complaint.ends_with(words), "{complaint}");
}

#[tokio::test]
async fn values_are_not_repeated_and_names_are_escaped_and_cut() {
    let name = format!("x\u{1b}[31m\n{}", "y".repeat(5_000));
    let secret = "hunter2".repeat(1_000);
    let complaint = complaint(&order(json!({"pieces": &secret, name: secret})).await);
    assert!(!complaint.contains("hunter2"), "{complaint}");
    assert!(complaint.contains(r"`x\u{1b}[31m\nyyy"), "{complaint}");
    assert!(complaint.len() < 1_000, "{} bytes", complaint.len());
}

/// Each fault costs memory while it is looked for.
#[tokio::test]
async fn of_very_many_faults_none_is_explained() {
    let complaint_of = async |lines: usize| {
        let lines = vec![json!(0); lines];
        complaint(&order(json!({"pieces": 1, "lines": lines})).await)
    };
    let some = complaint_of(900).await;
    assert!(some.ends_with("and 895 more"), "{some}");
    let too_many = complaint_of(1_000).await;
    assert!(too_many.contains("too many values"), "{too_many}");
}

struct Calculator;

#[derive(serde::Deserialize, JsonSchema)]
struct Sum {
    expression: Expression,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(tag = "operator", rename_all = "lowercase")]
enum Expression {
    Number {
        value: i64,
    },
    Plus {
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Minus {
        left: Box<Expression>,
        right: Box<Expression>,
    },
}

impl Expression {
    fn value(&self) -> i64 {
        match self {
            Self::Number { value } => *value,
            Self::Plus { left, right } => left.value() + right.value(),
            Self::Minus { left, right } => left.value() - right.value(),
        }
    }
}

#[mcp_server(name = "calculator")]
impl Calculator {
    /// Calculates.
    #[tool]
    async fn calculate(&self, Parameters(sum): Parameters<Sum>) -> String {
        sum.expression.value().to_string()
    }
}

/// The validator alone takes ten times as long for every two levels, and half a minute for these.
#[tokio::test]
async fn t29_a_tree_that_does_not_fit_is_refused_as_fast_as_one_that_does() {
    let server = McpServer::new(MCP, Calculator).auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let app = app.into_router().unwrap();
    let calculate = async |levels: usize, leaf: Value| {
        let expression = (0..levels).fold(leaf, |left, _| {
            let one = json!({"operator": "number", "value": 1});
            json!({"operator": "plus", "left": left, "right": one})
        });
        call(
            &app,
            "alice",
            "calculate",
            json!({"expression": expression}),
        )
        .await
    };
    let number = |value: Value| json!({"operator": "number", "value": value});

    assert_eq!(said(&calculate(12, number(json!(30))).await), 42);
    let deep = complaint(&calculate(12, number(json!("30"))).await);
    assert!(deep.contains("where the schema refers to itself"), "{deep}");
    let shallow = complaint(&calculate(0, number(json!("12"))).await);
    assert!(shallow.contains("`/expression/value`"), "{shallow}");
}

#[tokio::test]
async fn a_number_that_json_does_not_have_is_an_error_of_the_tool() {
    let answer = call(&app(), "alice", "divide", json!({"by": 0})).await;
    let complaint = complaint(&answer);
    assert!(complaint.contains("error id"), "{complaint}");
    let result = &answer.json()["result"];
    assert!(result.get("structuredContent").is_none(), "{}", answer.text);

    let answer = call(&app(), "alice", "repeat", json!({"ratio": 0.5})).await;
    let result = &answer.json()["result"];
    assert_eq!(result["structuredContent"], json!({"ratio": 0.5}));
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(tag = "by")]
enum Route {
    Sea { port: String },
    Air,
}

struct Ways;

#[mcp_server(name = "router")]
impl Ways {
    /// Finds a way.
    #[tool]
    async fn route(&self, Parameters(route): Parameters<Route>) -> String {
        match route {
            Route::Sea { port } => port,
            Route::Air => "up".into(),
        }
    }
}

#[test]
fn an_enum_as_the_root_of_the_arguments_does_not_build() {
    let server = McpServer::new(MCP, Ways).auth(Bearer(Plain));
    let error = server.build().unwrap_err();
    assert!(matches!(&error, BuildError::Schema { tool, .. } if tool == "route"));
    let words = error.to_string();
    assert!(
        words.contains("`route`") && words.contains("struct"),
        "{words}"
    );
}

struct Backwards;

#[derive(serde::Deserialize, JsonSchema)]
struct LooksBack {
    #[expect(dead_code, reason = "only its schema is looked at")]
    #[schemars(regex(pattern = "^(?!x)"))]
    word: String,
}

#[mcp_server(name = "backwards")]
impl Backwards {
    /// Looks around.
    #[tool]
    async fn look(&self, Parameters(_): Parameters<LooksBack>) -> String {
        String::new()
    }
}

/// Looking around takes time that a client could make long.
#[test]
fn a_pattern_that_is_not_matched_in_linear_time_does_not_build() {
    let server = McpServer::new(MCP, Backwards).auth(Bearer(Plain));
    let words = server.build().unwrap_err().to_string();
    assert!(
        words.contains("`look`") && words.contains("look-around"),
        "{words}"
    );
}

struct Elsewhere;

#[mcp_server(name = "elsewhere")]
impl Elsewhere {
    /// Has its schema elsewhere.
    #[tool(input_schema = elsewhere())]
    async fn far(&self) -> String {
        String::new()
    }
}

fn elsewhere() -> Arc<JsonObject> {
    let schema = json!({"type": "object", "$ref": "https://schemas.example.com/far.json"});
    Arc::new(schema.as_object().unwrap().clone())
}

#[test]
fn mcp_t34_a_schema_that_refers_to_the_network_does_not_build() {
    let server = McpServer::new(MCP, Elsewhere).auth(Bearer(Plain));
    let words = server.build().unwrap_err().to_string();
    assert!(words.contains("`far`"), "{words}");
}

/// rmcp's own macros, where they say which schemas the tools have.
struct Stock;

#[rmcp::tool_router]
impl Stock {
    /// Orders.
    #[rmcp::tool]
    async fn order(&self, Parameters(order): Parameters<Order>) -> String {
        order.pieces.to_string()
    }
}

#[rmcp::tool_handler(name = "stock", version = "1")]
impl ServerHandler for Stock {}

#[tokio::test]
async fn a_server_of_rmcp_keeps_its_schemas_too() {
    let server = McpServer::from_rmcp(MCP, Stock).tool_scopes("order", [""; 0]);
    let server = server.auth(Bearer(Plain)).build().unwrap();
    let app = App::new(ORIGIN).server(server).into_router().unwrap();
    let schema = &tools(&app).await["order"]["inputSchema"];
    assert_eq!(
        schema["$defs"]["Line"]["properties"]["number"]["maximum"],
        u32::MAX
    );
    let answer = call(&app, "alice", "order", json!({"pieces": 9})).await;
    assert!(complaint(&answer).contains("`/pieces`"), "{}", answer.text);
    assert_eq!(
        said(&call(&app, "alice", "order", json!({"pieces": 2.0})).await),
        2
    );
}

/// Whoever may not use a tool learns nothing of what it takes.
#[tokio::test]
async fn t13_scopes_are_asked_before_the_schema() {
    let server = McpServer::from_rmcp(MCP, Stock).tool_scopes("order", ["orders/write"]);
    let server = server.auth(Bearer(Plain)).build().unwrap();
    let app = App::new(ORIGIN).server(server).into_router().unwrap();
    let wrong = json!({"pieces": 9});
    let refused = call(&app, "alice", "order", wrong.clone()).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    for word in ["schema", "pieces", "maximum"] {
        assert!(!refused.text.contains(word), "{}", refused.text);
    }
    let misfit = call(&app, "alice.orders_write", "order", wrong).await;
    assert!(complaint(&misfit).contains("`/pieces`"), "{}", misfit.text);
}
