use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use http::header::CACHE_CONTROL;
use serde::Serialize;

use crate::{
    names::{Issuer, ScopeSet},
    server::{Server, lifetimes, pkce, records::TokenEndpointAuthMethod},
};

/// Authorization server metadata (RFC 8414 §2). It names what is there, and nothing else.
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a Issuer,
    authorization_endpoint: String,
    token_endpoint: String,
    registration_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    scopes_supported: Vec<String>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [TokenEndpointAuthMethod; 3],
    revocation_endpoint_auth_methods_supported: [TokenEndpointAuthMethod; 3],
    code_challenge_methods_supported: [&'static str; 1],
    authorization_response_iss_parameter_supported: bool,
    #[serde(flatten)]
    openid: Option<OpenIdMembers>,
}

/// What OpenID Connect Discovery §3 requires beside that, for clients which look nowhere else and
/// check it. No ID token is ever issued: `openid` is not among the scopes.
#[derive(Serialize)]
struct OpenIdMembers {
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// The document's own place, and those where clients look that take the MCP URL for the issuer.
pub(super) fn oauth_paths(server: &Server) -> Vec<String> {
    let inserted = resource_paths(server).map(|path| format!("{OAUTH}{path}"));
    [OAUTH.to_owned()].into_iter().chain(inserted).collect()
}

/// The same for OpenID's name, which is inserted by some clients and appended by others.
pub(super) fn openid_paths(server: &Server) -> Vec<String> {
    let both = resource_paths(server)
        .flat_map(|path| [format!("{OPENID}{path}"), format!("{path}{OPENID}")]);
    [OPENID.to_owned()].into_iter().chain(both).collect()
}

/// The paths of the resources at this origin.
fn resource_paths(server: &Server) -> impl Iterator<Item = &str> {
    server
        .resources
        .ids()
        .filter(|id| id.origin() == server.issuer.as_str() && !id.path().is_empty())
        .map(|id| id.path())
}

pub(super) async fn oauth(State(server): State<Arc<Server>>) -> impl IntoResponse {
    document(&server, None)
}

pub(super) async fn openid(State(server): State<Arc<Server>>) -> impl IntoResponse {
    let members = OpenIdMembers {
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256"],
    };
    document(&server, Some(members))
}

fn document(server: &Server, openid: Option<OpenIdMembers>) -> impl IntoResponse + use<> {
    let issuer = &server.issuer;
    let endpoint = |path: &str| format!("{issuer}{path}");
    let scopes: ScopeSet = server.resources.scopes();
    let metadata = Metadata {
        issuer,
        authorization_endpoint: endpoint("/authorize"),
        token_endpoint: endpoint("/token"),
        registration_endpoint: endpoint("/register"),
        revocation_endpoint: endpoint("/revoke"),
        jwks_uri: endpoint("/jwks.json"),
        scopes_supported: scopes.iter().map(|scope| scope.to_string()).collect(),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        token_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL,
        revocation_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL,
        code_challenge_methods_supported: [pkce::METHOD],
        authorization_response_iss_parameter_supported: true,
        openid,
    };
    let body = serde_json::to_value(metadata).unwrap_or_default();
    ([(CACHE_CONTROL, public_document())], Json(body))
}

/// How long others may keep a public document.
pub(super) fn public_document() -> String {
    format!("public, max-age={}", lifetimes::PUBLIC_DOCUMENT.as_secs())
}
