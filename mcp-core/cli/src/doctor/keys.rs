use serde_json::Value;
use url::Url;

use super::is_safe;
use super::probe::Probe;
use super::report::Report;

const CHECK: &str = "keys";

/// Members of a JWK that only the owner of a private key may know (RFC 7518 §6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// The JWK set that tokens are verified with.
pub(super) async fn examine(probe: &Probe, metadata: &Value, report: &mut Report) {
    let Some(at) = metadata["jwks_uri"]
        .as_str()
        .and_then(|it| Url::parse(it).ok())
    else {
        report.warn(
            CHECK,
            "no jwks_uri",
            "fine if tokens are opaque; else publish the public keys",
        );
        return;
    };
    if !is_safe(&at) {
        report.fail(
            CHECK,
            format!("jwks_uri is {at}"),
            "it must be an https URL (http on loopback only): whoever can change the keys on their way \
             can forge tokens",
        );
        return;
    }
    let answer = match probe.get(&at).await {
        Ok(answer) => answer,
        Err(error) => {
            report.fail(
                CHECK,
                format!("{at}: {error}"),
                "no token can be verified without it",
            );
            return;
        }
    };
    let document = answer.document().unwrap_or_default();
    let Some(keys) = document["keys"].as_array().filter(|keys| !keys.is_empty()) else {
        let seen = format!("{at}: {}", answer.instead_of("a JWK set with keys"));
        report.fail(CHECK, seen, "publish a JWK set (RFC 7517 section 5)");
        return;
    };
    let exposed = keys
        .iter()
        .any(|key| PRIVATE.iter().any(|member| key.get(member).is_some()));
    report.require(
        !exposed,
        CHECK,
        if exposed {
            format!("{at} publishes a PRIVATE key")
        } else {
            format!("{} at {at}", keys.len())
        },
        "replace the key at once and publish public members only: anybody can forge tokens with it",
    );
}
