//! What the operator hears of a refusal: a line, and one more in a counter. Neither reaches the client.
//!
//! The status is that of HTTP, also where the transport has none.

use http::StatusCode;
use portcullis_transport::Subject;

/// Who makes up a name may make it long.
const MAX_NAME: usize = 200;

/// A caller may not use something.
pub(super) fn note_refusal(subject: Subject<'_>, status: StatusCode) {
    tracing::debug!(
        what = label(subject),
        status = status.as_u16(),
        "the caller may not use this"
    );
    count("scopes", status);
}

/// Something is answered as if it did not exist. `why` is not told to the client.
pub(super) fn note_unknown(subject: Subject<'_>, why: &'static str) {
    let (what, name) = match subject {
        Subject::Tool(name) => ("tool", Some(name)),
        Subject::Prompt(name) => ("prompt", Some(name)),
        Subject::Resource(uri) => ("resource", Some(uri)),
        Subject::Resources(_) => ("one of several resources", None),
        // An id is as good as a key to its task.
        _ => ("task", None),
    };
    let name = name.map(|name| name.chars().take(MAX_NAME).collect::<String>());
    let status = StatusCode::NOT_FOUND;
    tracing::debug!(
        what,
        name,
        status = status.as_u16(),
        why,
        "refused as unknown"
    );
    count("scopes", status);
}

/// Counts a refusal of `layer`.
#[cfg_attr(not(feature = "metrics"), expect(unused_variables))]
pub(crate) fn count(layer: &'static str, status: StatusCode) {
    #[cfg(feature = "metrics")]
    metrics::counter!(
        "portcullis_refusals_total",
        "layer" => layer,
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
}

/// What is refused, as people read it. Names that clients make up are not repeated: only a declared
/// tool or prompt has scopes.
pub(super) fn label(subject: Subject<'_>) -> &str {
    match subject {
        Subject::Tool(name) | Subject::Prompt(name) => name,
        Subject::Task(_) => "this task",
        _ => "this resource",
    }
}
