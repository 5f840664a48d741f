//! docs/limits.md says the defaults that the code has, and leaves none out.

use std::{collections::BTreeMap, fmt, time::Duration};

use portcullis::{
    TaskLimits,
    auth::Lifetimes,
    transport::{Limits, Server, SessionLimits, SseLimits},
};

const LIMITS: &str = include_str!("../../limits.md");

#[test]
fn the_table_of_limits_is_the_code_s() {
    let mut code = BTreeMap::new();
    code.extend(defaults("Limits", &Limits::default()));
    code.extend(defaults("SessionLimits", &SessionLimits::default()));
    code.extend(defaults("SseLimits", &SseLimits::default()));
    code.extend(defaults("TaskLimits", &TaskLimits::default()));
    code.extend(defaults("Server", &Server::new([])));
    code.extend(defaults("Lifetimes", &Lifetimes::default()));
    assert!(code.len() > 20, "the code was not read: {code:?}");
    assert_eq!(documented(), code, "left: docs/limits.md, right: the code");
}

/// Over HTTP/1.1 a stream holds a connection. Whoever finds no room for one must be told so on another,
/// of which replicas take some.
#[test]
fn the_streams_of_an_endpoint_leave_connections_to_others() {
    let server = BTreeMap::from_iter(defaults("Server", &Server::new([])));
    let connections: usize = server["Server::max_connections"].parse().unwrap();
    let streamable = SessionLimits::default().max_sessions + Limits::default().max_subscriptions;
    for streams in [streamable, SseLimits::default().max_sessions] {
        assert!(
            streams * 10 <= connections * 6,
            "{streams} of {connections}"
        );
    }
}

/// `Type::field` and its value, as `Debug` writes numbers and durations.
fn defaults(name: &str, limits: &dyn fmt::Debug) -> Vec<(String, String)> {
    let shown = format!("{limits:#?}");
    let fields = shown.lines().filter_map(|line| {
        let (field, value) = line.trim().strip_suffix(',')?.split_once(": ")?;
        Some((format!("{name}::{field}"), value.to_owned()))
    });
    fields.collect()
}

/// The rows that name a field.
fn documented() -> BTreeMap<String, String> {
    let rows = LIMITS.lines().filter_map(|row| {
        let (name, rest) = row.strip_prefix("| `")?.split_once("` | ")?;
        name.contains("::").then_some(())?;
        let (default, _) = rest.split_once(" | ")?;
        Some((name.to_owned(), as_debug(default)))
    });
    rows.collect()
}

/// `4 MiB` as `4194304`, `30 min` as `1800s`, `none` as `None`.
fn as_debug(default: &str) -> String {
    if default == "none" {
        return format!("{:?}", None::<usize>);
    }
    let (number, unit) = default.split_once(' ').unwrap_or((default, ""));
    let number: u64 = number.replace(',', "").parse().unwrap();
    let seconds = |factor| format!("{:?}", Duration::from_secs(number * factor));
    match unit {
        "" => number.to_string(),
        "KiB" => (number << 10).to_string(),
        "MiB" => (number << 20).to_string(),
        "s" => seconds(1),
        "min" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(24 * 60 * 60),
        _ => panic!("{default} has an unknown unit"),
    }
}
