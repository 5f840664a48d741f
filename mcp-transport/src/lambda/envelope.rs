//! The JSON that a function returns for an HTTP response.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{EventError, front::Front, headers};

/// A buffered answer: the JSON text that the function returns to Lambda.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Envelope(Box<RawValue>);

impl Envelope {
    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    pub(super) fn new(response: &Response<Bytes>, front: Front) -> Result<Self, EventError> {
        let fields = Fields::new(response, front);
        let json = to_raw_value(&fields).map_err(|_| EventError::Unencodable)?;
        Ok(Self(json))
    }

    /// Whether the front takes it.
    pub(super) fn fits(&self, front: Front) -> bool {
        self.as_str().len() <= front.max_answer()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'a str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    multi_value_headers: BTreeMap<&'a str, Vec<Cow<'a, str>>>,
    /// Also when empty: `cargo lambda watch` takes no answer without it. A load balancer knows no such
    /// field.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<Cow<'a, str>>>,
    is_base64_encoded: bool,
    body: Cow<'a, str>,
}

impl<'a> Fields<'a> {
    fn new(response: &'a Response<Bytes>, front: Front) -> Self {
        // A JSON string is UTF-8: what is not goes as Base64.
        let (is_base64_encoded, body) = match std::str::from_utf8(response.body()) {
            Ok(text) => (false, Cow::Borrowed(text)),
            Err(_) => (true, Cow::Owned(STANDARD.encode(response.body()))),
        };
        let mut fields = Self {
            status_code: response.status().as_u16(),
            status_description: None,
            headers: BTreeMap::new(),
            multi_value_headers: BTreeMap::new(),
            cookies: None,
            is_base64_encoded,
            body,
        };
        let headers = response.headers();
        match front {
            Front::LoadBalancer { multi_value } => {
                fields.status_description = Some(description(response.status()));
                if multi_value {
                    fields.multi_value_headers = headers::all(headers);
                } else {
                    fields.headers = headers::joined(headers);
                    if let Some(cookie) = headers::only_cookie(headers) {
                        fields.headers.insert(header::SET_COOKIE.as_str(), cookie);
                    }
                }
            }
            Front::HttpApi | Front::FunctionUrl => {
                fields.headers = headers::joined(headers);
                fields.cookies = Some(headers::cookies(headers).collect());
            }
        }
        fields
    }
}

/// `200 OK`, as a load balancer wants it.
fn description(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or_default();
    format!("{} {reason}", status.as_u16())
}
