//! From a decoded body to work that may be done in a session.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use axum::body::Body as HttpBody;
use http::{Response, StatusCode, request::Parts};
use rmcp::model::{ClientNotification, GetExtensions, ProtocolVersion};
use serde_json::value::RawValue;

use crate::{
    Call, Handler, Subject,
    envelope::{Answer, Body, Message, repeats_member},
    exchange::{
        reply::{refuse, refuse_request},
        routing,
    },
    session::ClientAnswer,
    streamable::{message::Admitted, mixed::RoutingHeaders, service::Endpoint},
};

/// What a body asks for.
#[derive(Default)]
pub(in crate::streamable) struct Work {
    pub(super) calls: Vec<Admitted>,
    pub(super) cancellations: Vec<ClientNotification>,
    pub(super) answers: Vec<ClientAnswer>,
    /// All but cancellations.
    pub(super) notifications: Vec<ClientNotification>,
    /// The answers, if there are any, belong into an array.
    pub(super) is_batch: bool,
}

type Refused = Response<HttpBody>;

impl<H: Handler> Endpoint<H> {
    /// Admits the whole body or nothing of it.
    pub(in crate::streamable) fn admit_in_session(
        &self,
        body: Body<'_>,
        parts: &Parts,
    ) -> Result<Work, Refused> {
        let version = self.version_of_header(&parts.headers)?;
        let mut work = Work::default();
        match body {
            Body::Single(message) => self.admit_into(&mut work, message, version, parts)?,
            Body::Batch(_) if version.as_str() > ProtocolVersion::V_2025_03_26.as_str() => {
                return Err(invalid("batches exist in revision 2025-03-26 only"));
            }
            Body::Batch(messages) => {
                work.is_batch = true;
                for message in messages {
                    self.admit_into(&mut work, message, version, parts)?;
                }
            }
        }
        Ok(work)
    }

    fn admit_into(
        &self,
        work: &mut Work,
        message: Message<'_>,
        version: &ProtocolVersion,
        parts: &Parts,
    ) -> Result<(), Refused> {
        match message {
            Message::Request(request) => {
                let admitted = self.admit_request(request, parts, RoutingHeaders::AsOfRevision)?;
                if admitted.is_handshake() {
                    return Err(invalid("this session has been initialized already"));
                }
                work.calls.push(admitted);
            }
            Message::Notification { method, params } => {
                routing::check(&parts.headers, &method, Subject::Nothing, false)
                    .map_err(|error| refuse(StatusCode::BAD_REQUEST, None, &error))?;
                self.ask_policy(&Call::new(
                    &method,
                    Subject::Nothing,
                    version,
                    &parts.extensions,
                ))?;
                work.notify(&method, params, parts)?;
            }
            Message::Response(answer) => work.take_answer(&answer)?,
        }
        Ok(())
    }
}

impl Work {
    fn take_answer(&mut self, answer: &Answer<'_>) -> Result<(), Refused> {
        let answer = ClientAnswer::read(answer)
            .map_err(|_| invalid("the result or the error cannot be read"))?;
        self.answers.extend(answer);
        Ok(())
    }

    fn notify(
        &mut self,
        method: &str,
        params: Option<&RawValue>,
        parts: &Parts,
    ) -> Result<(), Refused> {
        if params.is_some_and(repeats_member) {
            return Err(invalid("a member of params occurs twice"));
        }
        let mut notification =
            typed(method, params).map_err(|_| invalid("params do not fit the notification"))?;
        notification.extensions_mut().insert(parts.clone());
        match notification {
            ClientNotification::CancelledNotification(_) => self.cancellations.push(notification),
            _ => self.notifications.push(notification),
        }
        Ok(())
    }
}

fn typed(method: &str, params: Option<&RawValue>) -> serde_json::Result<ClientNotification> {
    let mut notification = serde_json::Map::new();
    notification.insert("method".to_owned(), method.into());
    if let Some(params) = params {
        notification.insert("params".to_owned(), serde_json::from_str(params.get())?);
    }
    serde_json::from_value(notification.into())
}

fn invalid(sentence: &'static str) -> Refused {
    refuse_request(StatusCode::BAD_REQUEST, sentence)
}
