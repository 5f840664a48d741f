use serde_json::Value;
use url::Url;

use super::probe::{Answer, Probe};
use super::report::Report;

const CHECK: &str = "mixed revisions";

/// What the server does with a request of 2026-07-28 under a header of 2025-11-25, as some hosted
/// connectors send it (MCP 2026-07-28, Streamable HTTP, protocol version header). Neither is a fault.
pub(super) async fn examine(probe: &Probe, url: &Url, report: &mut Report) {
    let seen = match probe.discover_mixed(url).await {
        Ok(answer) => verdict(&answer),
        Err(error) => format!("cannot be told: {error}"),
    };
    report.ok(CHECK, seen);
}

/// Without a token, the answer is the challenge, whatever else is wrong.
pub(super) fn not_asked(report: &mut Report) {
    report.ok(
        CHECK,
        "not asked: the server reads requests with a token only; its log names clients that mix \
         revisions",
    );
}

fn verdict(answer: &Answer) -> String {
    let json = answer.json().unwrap_or_default();
    match (&json["error"]["code"], &json["result"]["supportedVersions"]) {
        (code, _) if *code == -32020 => "refused with -32020, as the specification wants; for a \
             connector that sends them, .mixed_revisions(MixedRevisions::FollowBody)"
            .to_owned(),
        (_, Value::Array(_)) => {
            "served: the body counts, and a gateway must not decide by MCP-Protocol-Version"
                .to_owned()
        }
        _ => format!("cannot be told: {}", answer.status),
    }
}
