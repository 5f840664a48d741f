use serde_json::Value;
use url::Url;

use super::probe::{Answer, Probe, ProbeError};
use super::report::Report;
use super::{is_safe, well_known};

const CHECK: &str = "resource metadata";

/// Reads the protected-resource metadata (RFC 9728) wherever clients look for it, and returns the
/// first authorization server that it names.
pub(super) async fn examine(
    probe: &Probe,
    url: &Url,
    pointer: Option<Url>,
    report: &mut Report,
) -> Option<String> {
    let inserted = well_known(url, "oauth-protected-resource");
    let mut root = inserted.clone();
    root.set_path("/.well-known/oauth-protected-resource");

    let at_pointer = match &pointer {
        Some(at) if at.origin() != url.origin() => {
            report.fail(
                CHECK,
                format!("the challenge points to another origin, {at}"),
                "serve the metadata on the server's own origin: set PUBLIC_URL to what clients use",
            );
            None
        }
        Some(at) => Some((at.clone(), probe.get(at).await)),
        None => None,
    };
    let places = [
        at_pointer.map(|it| ("from the challenge", it)),
        Some((
            "path-inserted",
            (inserted.clone(), probe.get(&inserted).await),
        )),
        Some(("root", (root.clone(), probe.get(&root).await))),
        match in_folder(url) {
            Some(at) => Some(("folder", (at.clone(), probe.get(&at).await))),
            None => None,
        },
    ];
    let mut first = None;
    for (place, (at, answer)) in places.into_iter().flatten() {
        let document = read(place, &at, answer, url, report);
        first = first.or(document);
    }
    let Some(document) = first else {
        report.fail(
            CHECK,
            "no document describes this server",
            format!("serve it at {inserted} (ProtectedResourceMetadata, or App, does)"),
        );
        return None;
    };
    describe(&document, report)
}

/// Beside the endpoint, as some clients resolve the name: `/x/.well-known/…` for `/x/mcp`. Beside one at the
/// top that is the root.
fn in_folder(url: &Url) -> Option<Url> {
    let (folder, _) = url.path().trim_end_matches('/').rsplit_once('/')?;
    if folder.is_empty() {
        return None;
    }
    let mut at = url.clone();
    at.set_path(&format!("{folder}/.well-known/oauth-protected-resource"));
    at.set_query(None);
    Some(at)
}

/// Where several servers may share one place, so that each cannot have its document there.
fn is_shared(place: &str) -> bool {
    matches!(place, "root" | "folder")
}

fn read(
    place: &'static str,
    at: &Url,
    answer: Result<Answer, ProbeError>,
    url: &Url,
    report: &mut Report,
) -> Option<Value> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            report.warn(CHECK, format!("{place}: {error}"), format!("serve {at}"));
            return None;
        }
    };
    let Some(document) = answer.document() else {
        if is_shared(place) {
            report.ok(
                CHECK,
                format!(
                    "{place}: {}, as where several servers share it",
                    answer.status
                ),
            );
        } else {
            let seen = answer.instead_of("a JSON object");
            let seen = format!("{place}: {seen} at {at}");
            report.warn(
                CHECK,
                seen,
                "serve the document there: some clients look nowhere else",
            );
        }
        return None;
    };
    let resource = document["resource"].as_str().unwrap_or_default();
    let mut url = url.clone();
    url.set_query(None);
    if resource == url.as_str().trim_end_matches('/') || resource == url.as_str() {
        report.ok(CHECK, format!("{place}: resource is this URL"));
        return Some(document);
    }
    let seen = format!("{place}: resource is {resource:?}, not this URL");
    if is_shared(place) {
        report.warn(
            CHECK,
            seen,
            "clients that look only here take the token for another resource",
        );
        return None;
    }
    report.fail(
        CHECK,
        seen,
        "resource must be the URL that clients use, character by character",
    );
    Some(document)
}

fn describe(document: &Value, report: &mut Report) -> Option<String> {
    let header = document["bearer_methods_supported"]
        .as_array()
        .is_none_or(|methods| methods.iter().any(|method| method == "header"));
    report.require(
        header,
        CHECK,
        "tokens travel in the Authorization header",
        "add \"header\" to bearer_methods_supported",
    );
    let issuer = document["authorization_servers"][0].as_str();
    let Some(issuer) = issuer else {
        report.fail(
            CHECK,
            "authorization_servers is empty",
            "name the issuer there: clients cannot know where to sign in",
        );
        return None;
    };
    let usable = Url::parse(issuer).is_ok_and(|url| is_safe(&url));
    report.require(
        usable,
        "authorization server",
        issuer,
        "the issuer must be an https URL (http on loopback only)",
    );
    usable.then(|| issuer.to_owned())
}
