//! Events as HTTP requests.
//!
//! `lambda_http` decodes the events. Its own requests are not used: their URL is built from `Host`
//! and `X-Forwarded-Proto` as text, which panics on some values and gives others a say in the path;
//! they carry an API Gateway's stage; a load balancer's query is decoded once too often.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Once,
};

use axum::extract::ConnectInfo;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header, uri::PathAndQuery};
use lambda_http::{
    aws_lambda_events::{
        alb::AlbTargetGroupRequest,
        apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpRequestContext},
    },
    request::LambdaRequest,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{EventError, Sandbox, front::Front, refusal::Refusal};

/// A request, or what is wrong with it, and whom to answer.
pub(super) struct Arrived {
    pub(super) front: Front,
    pub(super) request: Result<Request<Bytes>, Refusal>,
}

impl Arrived {
    pub(super) fn from_event(event: LambdaRequest) -> Result<Self, EventError> {
        match event {
            LambdaRequest::Alb(event) => Ok(Self::from_load_balancer(event)),
            LambdaRequest::ApiGatewayV2(event) => Ok(Self::from_http_api(event)),
            _ => Err(EventError::Unsupported),
        }
    }

    fn from_load_balancer(event: AlbTargetGroupRequest) -> Self {
        // The attribute of the target group decides which of the two is there.
        let multi_value = !event.multi_value_headers.is_empty();
        let (headers, parameters) = if multi_value {
            let parameters = event.multi_value_query_string_parameters;
            (event.multi_value_headers, parameters)
        } else {
            (event.headers, event.query_string_parameters)
        };
        // They come as the client has encoded them.
        let parameters = parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let query = parameters.collect::<Vec<_>>().join("&");
        Self {
            front: Front::LoadBalancer { multi_value },
            request: Received {
                method: event.http_method,
                path: event.path.as_deref().unwrap_or("/"),
                query: &query,
                headers,
                source: None,
                body: event.body.unwrap_or_default(),
                is_base64: event.is_base64_encoded,
            }
            .into_request(),
        }
    }

    fn from_http_api(event: ApiGatewayV2httpRequest) -> Self {
        let context = &event.request_context;
        let path = event.raw_path.as_deref().unwrap_or("/");
        let mut headers = event.headers;
        let cookies = event.cookies.unwrap_or_default().join("; ");
        if let (false, Ok(cookies)) = (cookies.is_empty(), HeaderValue::try_from(cookies)) {
            headers.insert(header::COOKIE, cookies);
        }
        Self {
            front: front(context),
            request: Received {
                method: context.http.method.clone(),
                path: without_stage(path, context),
                query: event.raw_query_string.as_deref().unwrap_or_default(),
                headers,
                source: context.http.source_ip.as_deref(),
                body: event.body.unwrap_or_default(),
                is_base64: event.is_base64_encoded,
            }
            .into_request(),
        }
    }
}

/// A function URL sends the events of an HTTP API, under a name of its own. `cargo lambda watch`
/// stands for one, and names no API; on AWS every event does.
fn front(context: &ApiGatewayV2httpRequestContext) -> Front {
    match &context.domain_name {
        _ if context.apiid.is_none() => Front::FunctionUrl,
        Some(domain) if domain.contains(".lambda-url.") => Front::FunctionUrl,
        _ => Front::HttpApi,
    }
}

/// The stage is in the path only where the API is called by its own name, `<id>.execute-api.…`. On
/// a custom domain a first segment of the same name is the client's.
fn without_stage<'a>(path: &'a str, context: &ApiGatewayV2httpRequestContext) -> &'a str {
    static WARNED: Once = Once::new();

    let own_name = context.domain_prefix.is_some() && context.domain_prefix == context.apiid;
    let stage = match &context.stage {
        Some(stage) if own_name && stage != "$default" => stage,
        _ => return path,
    };
    let rest = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(stage.as_str()));
    let rest = match rest {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => return path,
    };
    WARNED.call_once(|| {
        tracing::warn!(
            "this API is called by a named stage, which serves nothing at /.well-known/ of its host, so \
             no client can find out there where to sign in: use the stage $default, or map a domain of \
             your own to the stage"
        );
    });
    rest
}

/// What both kinds of events have.
struct Received<'a> {
    method: Method,
    path: &'a str,
    query: &'a str,
    headers: HeaderMap,
    source: Option<&'a str>,
    body: String,
    is_base64: bool,
}

impl Received<'_> {
    fn into_request(self) -> Result<Request<Bytes>, Refusal> {
        let body = if self.is_base64 {
            let decoded = STANDARD.decode(self.body);
            Bytes::from(decoded.map_err(|_| Refusal::UnreadableBody)?)
        } else {
            Bytes::from(self.body)
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = target(self.path, self.query).ok_or(Refusal::UnreadablePath)?;
        *request.headers_mut() = self.headers;
        request.extensions_mut().insert(Sandbox);
        if let Some(source) = self.source.and_then(|source| source.parse::<IpAddr>().ok()) {
            let peer = SocketAddr::new(source.to_canonical(), 0);
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        Ok(request)
    }
}

/// The target in origin form. An API Gateway decodes paths, so what may not stand in one is encoded
/// again; a percent sign is left alone, as the other fronts decode nothing.
fn target(path: &str, query: &str) -> Option<Uri> {
    const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
    const PATH: &AsciiSet = &QUERY.add(b'?').add(b'`').add(b'{').add(b'}');

    if !path.starts_with('/') {
        return None;
    }
    let mut target = utf8_percent_encode(path, PATH).to_string();
    if !query.is_empty() {
        target.push('?');
        target.extend(utf8_percent_encode(query, QUERY));
    }
    PathAndQuery::try_from(target).ok().map(Uri::from)
}
