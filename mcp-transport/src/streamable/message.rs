//! From a decoded body to calls that may run: revision, routing headers, policy.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use axum::body::Body as HttpBody;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, request::Parts};
use rmcp::{
    ErrorData,
    model::{ClientRequest, ErrorCode, ProtocolVersion, RequestId},
};

use super::{
    batch::{Text, Waiting},
    mixed::RoutingHeaders,
    service::Endpoint,
    version::named_revision,
};
use crate::{
    Call, Handler, PeerUse, Subject,
    dispatch::{self, InvalidParams, Typed},
    envelope::{Body, Message, Params, Request},
    exchange::{
        reply::refuse,
        routing,
        version::{handshake_version, is_modern},
    },
};

/// A request that has passed every check.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) id: RequestId,
    pub(super) version: ProtocolVersion,
    pub(super) typed: Typed,
    pub(super) peer_use: PeerUse,
}

impl Admitted {
    pub(super) fn is_handshake(&self) -> bool {
        matches!(self.typed.request, ClientRequest::InitializeRequest(_))
    }
}

/// What is left to do for a body.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the usual one, and it is moved once"
)]
pub(super) enum Prepared {
    /// Only notifications and responses: nothing to answer.
    Nothing,
    Call(Admitted),
    Batch(Vec<Waiting>),
}

type Refused = Response<HttpBody>;

/// What 2026-07-28 took away.
const REMOVED: [&str; 5] = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
];

impl<H: Handler> Endpoint<H> {
    /// `bytes` are what `body` was read from.
    pub(super) fn prepare(
        &self,
        body: Body<'_>,
        bytes: &Bytes,
        parts: &Parts,
        headers: RoutingHeaders,
    ) -> Result<Prepared, Refused> {
        match body {
            Body::Single(message) => Ok(self
                .admit_message(message, parts, headers)?
                .map_or(Prepared::Nothing, Prepared::Call)),
            Body::Batch(messages) => self.admit_batch(messages, bytes, parts),
        }
    }

    /// A batch runs only if all of it may.
    fn admit_batch(
        &self,
        messages: Vec<Message<'_>>,
        bytes: &Bytes,
        parts: &Parts,
    ) -> Result<Prepared, Refused> {
        let version = self.version_of_header(&parts.headers)?;
        if version.as_str() > ProtocolVersion::V_2025_03_26.as_str() {
            return Err(invalid_request("batches exist in revision 2025-03-26 only"));
        }
        let mut calls = Vec::with_capacity(messages.len());
        for message in messages {
            let Message::Request(request) = message else {
                self.admit_message(message, parts, RoutingHeaders::AsOfRevision)?;
                continue;
            };
            let text = Text::of(&request, bytes);
            let admitted = self.admit_request(request, parts, RoutingHeaders::AsOfRevision)?;
            if admitted.is_handshake() {
                return Err(invalid_request("initialize must not be part of a batch"));
            }
            calls.push(text.until_its_turn(admitted));
        }
        if calls.is_empty() {
            return Ok(Prepared::Nothing);
        }
        Ok(Prepared::Batch(calls))
    }

    fn admit_message(
        &self,
        message: Message<'_>,
        parts: &Parts,
        headers: RoutingHeaders,
    ) -> Result<Option<Admitted>, Refused> {
        match message {
            Message::Request(request) => self.admit_request(request, parts, headers).map(Some),
            Message::Notification { method, .. } => {
                let version = self.version_of_header(&parts.headers)?;
                let required = headers.required(version);
                routing::check(&parts.headers, &method, Subject::Nothing, required).map_err(
                    |error| {
                        if required && !routing::names_method(&parts.headers) {
                            self.versions.note_older(&parts.headers);
                        }
                        refuse(StatusCode::BAD_REQUEST, None, &error)
                    },
                )?;
                self.ask_policy(&Call::new(
                    &method,
                    Subject::Nothing,
                    version,
                    &parts.extensions,
                ))?;
                Ok(None)
            }
            Message::Response(..) if is_modern(self.version_of_header(&parts.headers)?) => {
                self.versions.note_older(&parts.headers);
                Err(invalid_request(
                    "this revision has no requests of a server to answer",
                ))
            }
            Message::Response(..) => Ok(None),
        }
    }

    pub(super) fn admit_request(
        &self,
        request: Request<'_>,
        parts: &Parts,
        headers: RoutingHeaders,
    ) -> Result<Admitted, Refused> {
        let Request { id, method, params } = request;
        let refused = |error: &ErrorData| refuse(StatusCode::BAD_REQUEST, Some(&id), error);

        if self
            .is_removed(&method, &params, parts)
            .map_err(|e| refused(&e))?
        {
            let error = ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "method not found", None);
            return Err(refuse(StatusCode::NOT_FOUND, Some(&id), &error));
        }
        let typed = dispatch::decode(&method, params)
            .map_err(|error| self.invalid_params(&id, &error, parts))?;
        let version = match &typed.request {
            ClientRequest::InitializeRequest(request) => {
                handshake_version(&request.params.protocol_version)
            }
            _ => self
                .versions
                .of_request(&method, &parts.headers, &typed.meta)
                .map_err(|error| refused(&error))?,
        };
        let modern = is_modern(version);
        let required = headers.required(version);
        routing::check(&parts.headers, &method, typed.subject(), required)
            .map_err(|error| refused(&error))?;
        let call = Call::new(&method, typed.subject(), version, &parts.extensions);
        self.ask_policy(&call)?;
        if modern && let ClientRequest::CallToolRequest(request) = &typed.request {
            let (tool, arguments) = (&request.params.name, request.params.arguments.as_ref());
            let expected = self.handler.param_headers(tool);
            expected
                .check(&parts.headers, arguments, required)
                .map_err(|error| refused(&error))?;
        }

        let peer_use = self.peer_use(&call, &typed.request);
        let version = version.clone();
        Ok(Admitted {
            id,
            version,
            typed,
            peer_use,
        })
    }

    /// Whether the request names a revision that no longer has its method. It is told so whatever
    /// its `params` are, since it may follow a schema that does not know them.
    fn is_removed(
        &self,
        method: &str,
        params: &Params<'_>,
        parts: &Parts,
    ) -> Result<bool, ErrorData> {
        let Params::Text(params) = params else {
            return Ok(false);
        };
        if !REMOVED.contains(&method) {
            return Ok(false);
        }
        match dispatch::decode_meta(*params) {
            Ok(meta) if named_revision(&meta).is_some() => {
                let version = self.versions.of_request(method, &parts.headers, &meta)?;
                Ok(is_modern(version))
            }
            // A handshake, or something that the decoder will find fault with.
            _ => Ok(false),
        }
    }

    fn peer_use(&self, call: &Call<'_>, request: &ClientRequest) -> PeerUse {
        match request {
            // rmcp notes the client's name in the peer of a handshake, which may not be a shared one.
            ClientRequest::InitializeRequest(_) => PeerUse::Fresh,
            // Nor may that on which rmcp acknowledges a subscription.
            ClientRequest::SubscriptionsListenRequest(_) => match self.handler.peer_use(call) {
                PeerUse::Outlet => PeerUse::Outlet,
                PeerUse::None | PeerUse::Fresh => PeerUse::Fresh,
            },
            _ => self.handler.peer_use(call),
        }
    }

    pub(super) fn ask_policy(&self, call: &Call<'_>) -> Result<(), Refused> {
        match &self.policy {
            Some(policy) => policy.check(call),
            None => Ok(()),
        }
    }

    pub(super) fn version_of_header(
        &self,
        headers: &HeaderMap,
    ) -> Result<&ProtocolVersion, Refused> {
        self.versions
            .of_header(headers)
            .map_err(|error| refuse(StatusCode::BAD_REQUEST, None, &error))
    }

    /// Older clients read a JSON-RPC error only from a 200.
    fn invalid_params(&self, id: &RequestId, error: &InvalidParams, parts: &Parts) -> Refused {
        let legacy = matches!(self.versions.of_header(&parts.headers), Ok(v) if !is_modern(v));
        let status = match error {
            InvalidParams::Mismatch(_) if legacy => StatusCode::OK,
            InvalidParams::Mismatch(_) | InvalidParams::Repeated => StatusCode::BAD_REQUEST,
        };
        refuse(status, Some(id), &error.to_error())
    }
}

fn invalid_request(sentence: &'static str) -> Refused {
    refuse(
        StatusCode::BAD_REQUEST,
        None,
        &ErrorData::invalid_request(sentence, None),
    )
}
