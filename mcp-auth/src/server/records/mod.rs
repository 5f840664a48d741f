//! What the vault keeps.

mod client;
mod consent;
mod grant;
mod pending;

pub(crate) use client::{Client, ClientSecret, TokenEndpointAuthMethod};
pub(crate) use consent::{RememberedConsent, RememberedConsents};
pub(crate) use grant::{Grant, GrantState, Issued, Presented, UpstreamSession, User};
pub(crate) use pending::{AuthorizationRequest, Pending, PendingState};
