//! The session's id in the query of the URL to post to.

use crate::session::SessionId;

const PARAMETER: &str = "session_id";

/// The one `session_id` of a query. `None` if there is none, several, or nonsense.
pub(super) fn of_query(query: Option<&str>) -> Option<SessionId> {
    let mut values = url::form_urlencoded::parse(query?.as_bytes())
        .filter_map(|(name, value)| (name == PARAMETER).then_some(value));
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    SessionId::parse(value.as_bytes())
}

pub(super) fn to_query(id: SessionId) -> String {
    format!("{PARAMETER}={}", id.expose())
}
