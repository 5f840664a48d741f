//! This SDK with everything on that a deployment has: guards, limits, and a policy where there is auth.

use std::error::Error;

use portcullis::{
    auth::{Cognito, MockAppClient, MockCognito, MockUser, danger},
    prelude::*,
    serve,
};
use tokio::net::TcpListener;

const CLIENT: &str = "bench";
const USER: &str = "somebody@example.com";

#[derive(serde::Deserialize, JsonSchema)]
struct Say {
    /// What to say.
    text: String,
}

struct Echo;

#[mcp_server(name = "bench")]
impl Echo {
    /// Says it back.
    #[tool(scopes("echo/use"))]
    async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.text
    }
}

/// Without scopes, since nobody signs in.
struct OpenEcho;

#[mcp_server(name = "bench")]
impl OpenEcho {
    /// Says it back.
    #[tool]
    async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.text
    }
}

pub(crate) async fn open(listener: TcpListener, port: u16) -> Result<(), Box<dyn Error>> {
    let server = McpServer::new(format!("http://localhost:{port}/mcp"), OpenEcho);
    println!("{port}");
    run(listener, port, server.auth(danger::anonymous()).build()?).await
}

pub(crate) async fn guarded(listener: TcpListener, port: u16) -> Result<(), Box<dyn Error>> {
    let pool = MockCognito::builder()
        .user(MockUser::new(USER, "not asked for"))
        .resource_server("echo", ["use"])
        .client(MockAppClient::new(CLIENT).scopes(["echo/use"]))
        .start()
        .await?;
    let bearer = pool
        .access_token(CLIENT, USER)
        .scopes(["echo/use"])
        .issue()?;
    let cognito = Cognito::user_pool(pool.pool_id())
        .issuer(pool.issuer().as_str())
        .jwks_uri(pool.jwks_uri())
        .client(CLIENT);
    let server = McpServer::new(format!("http://localhost:{port}/mcp"), Echo);
    println!("{port} {bearer}");
    run(listener, port, server.auth(cognito).build()?).await
}

async fn run<H: portcullis::rmcp::ServerHandler>(
    listener: TcpListener,
    port: u16,
    server: McpServer<H>,
) -> Result<(), Box<dyn Error>> {
    let app = App::new(format!("http://localhost:{port}"))
        .server(server)
        .into_router()?;
    Ok(serve(listener, app, Shutdown::on_signals()).await?)
}
