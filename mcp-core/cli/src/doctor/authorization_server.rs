use serde_json::Value;
use url::Url;

use super::probe::Probe;
use super::report::Report;
use super::{is_safe, keys, well_known};

const CHECK: &str = "server metadata";

/// Reads the authorization server's metadata (RFC 8414) under every name that clients try.
pub(super) async fn examine(probe: &Probe, url: &Url, issuer: &str, report: &mut Report) {
    let Ok(issuer_url) = Url::parse(issuer) else {
        return;
    };
    let mut first = None;
    for (at, needed) in candidates(&issuer_url, url) {
        let document = match probe.get(&at).await {
            Ok(answer) => answer.document(),
            Err(error) => {
                report.warn(
                    CHECK,
                    format!("{at}: {error}"),
                    "see the authorization server's log",
                );
                continue;
            }
        };
        match document {
            Some(document) => {
                check_issuer(&at, &document, issuer, report);
                first = first.or(Some(document));
            }
            None if needed => report.warn(
                CHECK,
                format!("nothing at {at}"),
                "serve the document there too: some clients look nowhere else",
            ),
            None => {}
        }
    }
    let Some(document) = first else {
        report.fail(
            CHECK,
            format!("no metadata for {issuer}"),
            "clients cannot sign in without it: serve /.well-known/oauth-authorization-server",
        );
        return;
    };
    describe(&document, report);
    registration(&document, &issuer_url, report);
    keys::examine(probe, &document, report).await;
}

/// Where clients look, and whether its absence is worth a word.
fn candidates(issuer: &Url, url: &Url) -> Vec<(Url, bool)> {
    let appended = below(issuer, "openid-configuration");
    let mut origin = url.clone();
    origin.set_path("/");
    let mut found = vec![
        (well_known(issuer, "oauth-authorization-server"), true),
        (appended, false),
        (well_known(issuer, "openid-configuration"), false),
    ];
    // Clients of 2025-03-26 ask the MCP server's origin and know no other place.
    if issuer.origin() == url.origin() {
        found.push((well_known(&origin, "oauth-authorization-server"), true));
        found.push((well_known(url, "oauth-authorization-server"), false));
        found.push((well_known(url, "openid-configuration"), false));
        found.push((below(url, "openid-configuration"), false));
    }
    let mut seen = Vec::new();
    found.retain(|(at, _)| {
        let new = !seen.contains(at);
        seen.push(at.clone());
        new
    });
    found
}

/// The name put behind the whole path (OpenID Connect Discovery §4).
fn below(url: &Url, name: &str) -> Url {
    let mut at = url.clone();
    at.set_path(&format!(
        "{}/.well-known/{name}",
        url.path().trim_end_matches('/')
    ));
    at.set_query(None);
    at.set_fragment(None);
    at
}

fn check_issuer(at: &Url, document: &Value, issuer: &str, report: &mut Report) {
    let named = document["issuer"].as_str().unwrap_or_default();
    report.require(
        named == issuer,
        CHECK,
        format!("{at}: issuer {named:?}"),
        "issuer must equal the entry of authorization_servers, character by character (RFC 8414 \
         section 3.3): a slash at the end counts",
    );
}

fn describe(document: &Value, report: &mut Report) {
    let lists = |member: &str, value: &str| {
        document[member]
            .as_array()
            .is_some_and(|it| it.iter().any(|entry| entry == value))
    };
    report.require(
        lists("code_challenge_methods_supported", "S256"),
        "PKCE",
        if lists("code_challenge_methods_supported", "S256") {
            "S256"
        } else {
            "S256 is not advertised"
        },
        "advertise code_challenge_methods_supported [\"S256\"]: clients must refuse otherwise. A \
         Cognito user pool does not advertise it: put AuthorizationServer in front of it",
    );
    report.require(
        lists("response_types_supported", "code"),
        "code flow",
        "response_types_supported",
        "it must contain \"code\"",
    );
    if !lists("grant_types_supported", "refresh_token") {
        report.warn(
            "refresh",
            "not advertised",
            "users sign in again whenever a token expires",
        );
    }
    for endpoint in ["authorization_endpoint", "token_endpoint"] {
        let value = document[endpoint].as_str().unwrap_or_default();
        let usable = Url::parse(value).is_ok_and(|url| is_safe(&url));
        report.require(
            usable,
            endpoint,
            format!("{value:?}"),
            "it must be an https URL (http on loopback only)",
        );
    }
}

fn registration(document: &Value, issuer: &Url, report: &mut Report) {
    let by_document = document["client_id_metadata_document_supported"] == true;
    match document["registration_endpoint"].as_str() {
        Some(at) => report.ok("registration", at),
        None if by_document => report.ok("registration", "client id metadata documents"),
        None => report.warn(
            "registration",
            "clients cannot register themselves",
            "users must be given a client id, which not every client can be told; \
             AuthorizationServer registers them",
        ),
    }
    let is_cognito = issuer
        .domain()
        .is_some_and(|domain| domain.starts_with("cognito-idp."));
    if !is_cognito && let Ok(callback) = issuer.join("/callback") {
        report.ok(
            "upstream callback",
            format!(
                "if this is Portcullis in front of Cognito, the app client must allow {callback}"
            ),
        );
    }
}
