//! What the vault keeps.

mod client;
mod consent;
mod grant;
mod pending;
mod user_grants;

pub(crate) use client::{Client, ClientSecret, TokenEndpointAuthMethod};
pub(crate) use consent::{RememberedConsent, RememberedConsents};
pub(crate) use grant::{Grant, GrantState, Issued, Presented, UpstreamSession, User};
pub(crate) use pending::{AuthorizationRequest, Pending, PendingState};
pub(crate) use user_grants::UserGrants;
