use reqwest::StatusCode;
use reqwest::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use url::Url;

use super::probe::Probe;
use super::report::Report;
use super::{is_loopback, well_known};

const FOREIGN: &str = "doctor.invalid";

const ASK_AGAIN: &str = "nothing was learnt: see the server's log, and ask again";

/// What a web page of somebody else could make a browser do (DNS rebinding, cross-site requests).
pub(super) async fn examine(probe: &Probe, url: &Url, report: &mut Report) {
    foreign_host(probe, url, report).await;
    foreign_origin(probe, url, report).await;
}

async fn foreign_host(probe: &Probe, url: &Url, report: &mut Report) {
    let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(FOREIGN))]);
    let at = well_known(url, "oauth-protected-resource");
    let asked = (probe.get(&at).await, probe.get_with(&at, headers).await);
    let (own, answer) = match asked {
        (Ok(own), Ok(answer)) => (own, answer),
        (Err(error), _) | (_, Err(error)) => {
            report.warn("foreign Host", error.to_string(), ASK_AGAIN);
            return;
        }
    };
    if answer.mentions(FOREIGN) && answer.status.is_success() {
        report.fail(
            "foreign Host",
            "the metadata repeats the Host header: a caller chooses where clients sign in",
            "configure the public URL (PUBLIC_URL); never build it from Host",
        );
    } else if answer.status == own.status && !answer.status.is_success() {
        // Whatever is refused here is not the name.
        report.warn(
            "foreign Host",
            format!("{} under any name: nothing can be told", answer.status),
            format!("serve the resource metadata at {at}, then ask again"),
        );
    } else if !answer.status.is_success() {
        report.ok("foreign Host", answer.status.to_string());
    } else if is_loopback(url) {
        report.fail(
            "foreign Host",
            "answered: any web page can reach this server by DNS rebinding",
            "refuse every Host but the configured one (App does)",
        );
    } else {
        report.warn(
            "foreign Host",
            "answered",
            "refuse every Host but the configured one, at the server or in front of it",
        );
    }
}

async fn foreign_origin(probe: &Probe, url: &Url, report: &mut Report) {
    let origin = HeaderValue::from_static("https://doctor.invalid");
    let answer = probe.initialize(url, Some((ORIGIN, origin))).await;
    match answer.map(|answer| answer.status) {
        // Without it, as the challenge has shown, the answer is 401.
        Ok(StatusCode::FORBIDDEN) => report.ok("foreign Origin", "refused"),
        Ok(status) => report.warn(
            "foreign Origin",
            format!("{status} instead of 403"),
            "check Origin before anything else (MCP, Streamable HTTP, security warning)",
        ),
        Err(error) => report.warn("foreign Origin", error.to_string(), ASK_AGAIN),
    }
}
