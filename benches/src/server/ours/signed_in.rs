use portcullis::{
    auth::{Cognito, MockAppClient, MockCognito, MockUser},
    prelude::*,
};

use super::app;
use crate::{
    server::{App, Launch},
    tools::{Arguments, Say},
    workload::Problem,
};

const CLIENT: &str = "bench";
const USER: &str = "somebody@example.com";

struct Echo;

#[mcp_server(name = "bench")]
impl Echo {
    /// Says it back.
    #[tool(scopes("echo/use"))]
    async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.answer()
    }
}

/// A verified token that is remembered, and a policy on the tool.
pub(crate) fn signed_in(launch: &Launch<'_>) -> Result<App, Problem> {
    let pool = MockCognito::builder()
        .user(MockUser::new(USER, "not asked for"))
        .resource_server("echo", ["use"])
        .client(MockAppClient::new(CLIENT).scopes(["echo/use"]))
        .start();
    let pool = launch.runtime.block_on(pool)?;
    let token = pool.access_token(CLIENT, USER).scopes(["echo/use"]);
    let bearer = token.issue()?;
    let cognito = Cognito::user_pool(pool.pool_id())
        .issuer(pool.issuer().as_str())
        .jwks_uri(pool.jwks_uri())
        .client(CLIENT);
    let server = McpServer::new(format!("{}/mcp", launch.origin()), Echo).auth(cognito);
    let app = app(launch, server.build()?)?;
    Ok(app.with_bearer(bearer).beside(pool))
}
