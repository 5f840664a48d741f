use http_auth::parse_challenges;
use reqwest::StatusCode;
use reqwest::header::WWW_AUTHENTICATE;
use url::Url;

use super::probe::{Answer, Probe};
use super::report::Report;
use super::revisions;

const CHECK: &str = "challenge";

/// What API Gateway sends instead of a function's `WWW-Authenticate`.
const REMAPPED: &str = "x-amzn-remapped-www-authenticate";

/// Where the challenge points to.
pub(super) struct Pointer {
    pub(super) metadata: Option<Url>,
}

/// Calls the server without a credential: 401 with a challenge (RFC 6750 §3, RFC 9728 §5.1).
/// `None` if there is no server to examine further.
pub(super) async fn examine(probe: &Probe, url: &Url, report: &mut Report) -> Option<Pointer> {
    let answer = match probe.initialize(url, None).await {
        Ok(answer) => answer,
        Err(error) => {
            report.fail(
                CHECK,
                error.to_string(),
                "check the address, DNS and that the server runs",
            );
            return None;
        }
    };
    if !is_refusal(&answer, report) {
        if answer.status.is_success() && !answer.is_html() {
            revisions::examine(probe, url, report).await;
        }
        return None;
    }
    check_get(probe, url, report).await;
    Some(Pointer {
        metadata: read_challenge(&answer, report),
    })
}

fn is_refusal(answer: &Answer, report: &mut Report) -> bool {
    match answer.status {
        StatusCode::UNAUTHORIZED => return true,
        status if status.is_success() && answer.is_html() => report.fail(
            CHECK,
            format!("{status} with a web page: this is no MCP server"),
            "check the path; it is the path of the URL given to McpServer::new(..)",
        ),
        status if status.is_success() => report.fail(
            CHECK,
            format!("{status} without a token: anybody can call this server"),
            "give the server an .auth(..); if that is on purpose, there is nothing to examine",
        ),
        StatusCode::NOT_FOUND => report.fail(
            CHECK,
            "404: there is no MCP server at this path",
            "check the path; it is the path of the URL given to McpServer::new(..)",
        ),
        StatusCode::FORBIDDEN | StatusCode::MISDIRECTED_REQUEST => report.fail(
            CHECK,
            format!(
                "{}: the server does not know itself under this host name",
                answer.status
            ),
            "set PUBLIC_URL (or ALLOWED_HOSTS) to the host that clients use",
        ),
        status if status.is_redirection() => report.fail(
            CHECK,
            format!("{status}: clients do not follow redirects with a token"),
            "give the final URL to clients",
        ),
        // The server knows what it was asked, and failed at it.
        StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => report.fail(
            CHECK,
            format!("{}: the server is in trouble", answer.status),
            "see its log, and that of whatever stands in front of it",
        ),
        status => report.fail(
            CHECK,
            format!("{status} instead of 401: this is no MCP server that asks for a token"),
            "check the path, which is that of the URL given to McpServer::new(..); if it is right, a \
             POST without a token must be answered 401",
        ),
    }
    false
}

/// Some clients open with a GET, and take a 404 for a wrong URL.
async fn check_get(probe: &Probe, url: &Url, report: &mut Report) {
    match probe.get(url).await.map(|answer| answer.status) {
        Ok(StatusCode::UNAUTHORIZED) => report.ok("challenge on GET", "401"),
        Ok(status) => report.warn(
            "challenge on GET",
            format!("{status}"),
            "answer a GET without a token with the same 401: some clients open with it",
        ),
        Err(error) => report.warn(
            "challenge on GET",
            error.to_string(),
            "see the server's log",
        ),
    }
}

fn read_challenge(answer: &Answer, report: &mut Report) -> Option<Url> {
    // A server may send one header for each scheme (RFC 9110 section 11.6.1).
    let headers = answer.headers.get_all(WWW_AUTHENTICATE).iter();
    let headers = headers.filter_map(|header| header.to_str().ok());
    let Some(bearer) = headers
        .flat_map(|header| parse_challenges(header).unwrap_or_default())
        .find(|it| it.scheme.eq_ignore_ascii_case("bearer"))
    else {
        if answer.headers.contains_key(REMAPPED) {
            report.fail(
                CHECK,
                format!("401 whose challenge API Gateway has renamed to {REMAPPED}"),
                "the server sends it: put a front before it that keeps WWW-Authenticate, such as an \
                 Application Load Balancer; no setting of API Gateway keeps it for an integration \
                 with Lambda, and clients that do not guess the metadata's URL cannot sign in",
            );
            return None;
        }
        report.fail(
            CHECK,
            "401 without a Bearer challenge",
            "send WWW-Authenticate: Bearer resource_metadata=\"…\" (RFC 9728 section 5.1)",
        );
        return None;
    };
    let parameter = |name: &str| {
        let found = bearer
            .params
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped())
    };
    if parameter("error").is_some() {
        report.warn(
            CHECK,
            "the challenge has an error, though no token was sent",
            "leave error out then (RFC 6750 section 3.1): some clients stop at it",
        );
    }
    if parameter("scope").is_none() {
        report.warn(
            CHECK,
            "no scope in the challenge",
            "name the scopes to ask for; clients otherwise ask for all of scopes_supported",
        );
    }
    let pointer = parameter("resource_metadata").and_then(|value| Url::parse(&value).ok());
    match &pointer {
        Some(at) => report.ok(CHECK, format!("401, metadata at {at}")),
        None => report.warn(
            CHECK,
            "401 without resource_metadata",
            "add resource_metadata=\"…\" (RFC 9728 section 5.1): not every client guesses the URL",
        ),
    }
    pointer
}
