//! The session's id in the query of the URL to post to.

use crate::{
    replica::Naming,
    session::{SESSION_PARAMETER, SessionId},
};

/// The one `session_id` of a query. `None` if there is none, or several.
pub(super) fn of_query(query: Option<&str>) -> Option<String> {
    let mut values = url::form_urlencoded::parse(query?.as_bytes())
        .filter_map(|(name, value)| (name == SESSION_PARAMETER).then_some(value));
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.into_owned()),
        _ => None,
    }
}

pub(super) fn to_query(id: SessionId, naming: &Naming) -> String {
    format!("{SESSION_PARAMETER}={}", naming.expose(id))
}
