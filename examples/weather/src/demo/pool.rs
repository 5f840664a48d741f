use std::net::SocketAddr;

use portcullis::auth::{MockAppClient, MockCognito, MockUser};
use tokio::net::TcpListener;

use super::state::State;
use crate::run::StartError;

pub(super) const USER: &str = "test@example.com";
pub(super) const PASSWORD: &str = "TestPass123!";
pub(super) const CLIENT: &str = "weather-demo";
/// Between two parts of one process: it protects nothing.
pub(super) const SECRET: &str = "demo-secret";

pub(super) fn user() -> MockUser {
    MockUser::new(USER, PASSWORD)
}

/// A user pool with one user and one app client, shaped as the deployed one.
///
/// Its issuer is a name at AWS and its refresh tokens are sealed with the demo's own keys, so that
/// both are the same after a restart, whatever the port: clients stay signed in.
pub(super) async fn start(
    address: SocketAddr,
    origin: &str,
    state: &State,
) -> Result<MockCognito, StartError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Bind {
            address,
            setting: "--cognito-listen",
            source,
        })?;
    let client = MockAppClient::new(CLIENT)
        .secret(SECRET)
        .callback(format!("{origin}/callback"))
        .scopes([
            "openid",
            "email",
            "profile",
            "mcp-server/read",
            "mcp-server/write",
        ]);
    let pool = MockCognito::builder()
        .aws_issuer()
        .user(user())
        .resource_server("mcp-server", ["read", "write"])
        .client(client)
        .refresh_keys(state.sealing.clone())
        .start_on(listener)?;
    Ok(pool)
}
