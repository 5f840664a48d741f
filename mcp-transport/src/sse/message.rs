//! From a decoded body to work that may be done: revision, routing headers, policy.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use axum::response::Response;
use http::{StatusCode, request::Parts};
use rmcp::{
    ErrorData,
    model::{
        CancelledNotificationParam, ClientRequest, DiscoverRequestMethod, ProtocolVersion,
        RequestId,
    },
};
use serde_json::value::RawValue;

use super::{endpoint::Endpoint, session::Session};
use crate::{
    Call, Handler, Subject,
    dispatch::{self, InvalidParams, Typed},
    envelope::{Body, Message, Request, repeats_member},
    exchange::{
        body::check_handshake,
        reply::{self, Reply},
        routing,
        version::{handshake_version, is_modern},
    },
    session::ClientAnswer,
};

/// A request that has passed every check.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) id: RequestId,
    pub(super) method: Box<str>,
    pub(super) version: ProtocolVersion,
    pub(super) typed: Typed,
}

/// What is left to do for a message.
#[derive(Debug)]
pub(super) enum Work {
    Call(Admitted),
    /// The request has its answer already.
    Failed(Reply),
    Cancel(RequestId),
    Answer(ClientAnswer),
    Nothing,
}

impl Work {
    /// The id of a call.
    pub(super) fn call(&self) -> Option<&RequestId> {
        match self {
            Self::Call(admitted) => Some(&admitted.id),
            Self::Failed(_) | Self::Cancel(_) | Self::Answer(_) | Self::Nothing => None,
        }
    }
}

type Refused = Response;

impl<H: Handler> Endpoint<H> {
    /// Admits the whole body or nothing of it.
    pub(super) fn admit(
        &self,
        body: Body<'_>,
        session: &Session,
        parts: &Parts,
    ) -> Result<Vec<Work>, Refused> {
        let version = session.version(&parts.headers);
        let admission = Admission {
            endpoint: self,
            parts,
            version: &version,
        };
        match body {
            Body::Single(message) => Ok(vec![admission.message(message)?]),
            Body::Batch(messages) => admission.batch(messages),
        }
    }
}

struct Admission<'a, H> {
    endpoint: &'a Endpoint<H>,
    parts: &'a Parts,
    version: &'a ProtocolVersion,
}

impl<H: Handler> Admission<'_, H> {
    /// JSON-RPC has batches, and so have the revisions up to 2025-03-26. Each element is answered by
    /// an event of its own.
    fn batch(&self, messages: Vec<Message<'_>>) -> Result<Vec<Work>, Refused> {
        if self.version.as_str() > ProtocolVersion::V_2025_03_26.as_str() {
            return Err(invalid("this session's revision has no batches"));
        }
        let handshake = messages.iter().any(
            |message| matches!(message, Message::Request(request) if request.method == "initialize"),
        );
        if handshake {
            return Err(invalid("initialize must not be part of a batch"));
        }
        messages
            .into_iter()
            .map(|message| self.message(message))
            .collect()
    }

    fn message(&self, message: Message<'_>) -> Result<Work, Refused> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification { method, params } => self.notification(&method, params),
            Message::Response(answer) => match ClientAnswer::read(&answer) {
                Ok(Some(answer)) => Ok(Work::Answer(answer)),
                Ok(None) => Ok(Work::Nothing),
                Err(_) => Err(invalid("the result or the error cannot be read")),
            },
        }
    }

    fn request(&self, request: Request<'_>) -> Result<Work, Refused> {
        let Request { id, method, params } = request;
        let typed = match dispatch::decode(&method, params) {
            Ok(typed) => typed,
            Err(error @ InvalidParams::Repeated) => {
                return Err(reply::refuse(
                    StatusCode::BAD_REQUEST,
                    Some(&id),
                    &error.to_error(),
                ));
            }
            Err(error) => return Ok(failed(&id, &error.to_error())),
        };
        let version = match &typed.request {
            ClientRequest::InitializeRequest(request) => {
                check_handshake(self.parts)?;
                handshake_version(&request.params.protocol_version)
            }
            _ => self.version,
        };
        self.check(&method, typed.subject(), version)?;
        if let Some(error) = self.too_new(&typed) {
            return Ok(failed(&id, &error));
        }
        Ok(Work::Call(Admitted {
            id,
            method: method.into(),
            version: version.clone(),
            typed,
        }))
    }

    fn notification(&self, method: &str, params: Option<&RawValue>) -> Result<Work, Refused> {
        self.check(method, Subject::Nothing, self.version)?;
        if method != "notifications/cancelled" {
            return Ok(Work::Nothing);
        }
        if params.is_some_and(repeats_member) {
            return Err(invalid("a member of params occurs twice"));
        }
        let cancelled = params
            .and_then(|params| {
                serde_json::from_str::<CancelledNotificationParam>(params.get()).ok()
            })
            .and_then(|params| params.request_id);
        Ok(cancelled.map_or(Work::Nothing, Work::Cancel))
    }

    fn check(
        &self,
        method: &str,
        subject: Subject<'_>,
        version: &ProtocolVersion,
    ) -> Result<(), Refused> {
        routing::check(&self.parts.headers, method, subject, false)
            .map_err(|error| refuse(&error))?;
        match &self.endpoint.policy {
            Some(policy) => {
                policy.check(&Call::new(method, subject, version, &self.parts.extensions))
            }
            None => Ok(()),
        }
    }

    /// This transport ends with the revisions that have a handshake. Clients of newer ones try
    /// discovery first, and fall back to `initialize` when they read the error from the stream.
    fn too_new(&self, typed: &Typed) -> Option<ErrorData> {
        if matches!(typed.request, ClientRequest::DiscoverRequest(_)) {
            return Some(ErrorData::method_not_found::<DiscoverRequestMethod>());
        }
        let named = typed.meta.protocol_version().filter(is_modern)?;
        let mut supported = self
            .endpoint
            .handler
            .supported_protocol_versions()
            .into_owned();
        supported.retain(ProtocolVersion::has_initialize);
        Some(ErrorData::unsupported_protocol_version(named, &supported))
    }
}

/// Refused by an event: the `POST` itself is accepted.
fn failed(id: &RequestId, error: &ErrorData) -> Work {
    reply::note_refusal(StatusCode::ACCEPTED, error);
    Work::Failed(Reply::error(id, error, false))
}

fn invalid(sentence: &'static str) -> Refused {
    refuse(&ErrorData::invalid_request(sentence, None))
}

fn refuse(error: &ErrorData) -> Refused {
    reply::refuse(StatusCode::BAD_REQUEST, None, error)
}
