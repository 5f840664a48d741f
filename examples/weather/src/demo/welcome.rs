use std::io::{self, Write as _};

use portcullis::auth::{BearerToken, MockCognito};
use serde::Serialize;
use serde_json::json;

use super::pool::{PASSWORD, USER};
use super::state::State;
use crate::nws::{DataSource, Nws};

/// Everything that a person or a program needs to connect.
#[derive(Serialize)]
pub(super) struct Ready {
    origin: String,
    mcp: [String; 1],
    issuer: String,
    cognito: String,
    user: &'static str,
    password: &'static str,
    bearer: String,
    sse: String,
    sse_bearer: String,
}

impl Ready {
    pub(super) fn new(
        origin: String,
        (mcp, bearer): (String, &BearerToken),
        (sse, sse_bearer): (String, &BearerToken),
        pool: &MockCognito,
    ) -> Self {
        Self {
            issuer: origin.clone(),
            origin,
            mcp: [mcp],
            cognito: pool.origin().to_owned(),
            user: USER,
            password: PASSWORD,
            bearer: bearer.expose().to_owned(),
            sse,
            sse_bearer: sse_bearer.expose().to_owned(),
        }
    }

    /// One line, flushed: a program waits for it.
    pub(super) fn print_json(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, self)?;
        writeln!(out)?;
        out.flush()
    }

    pub(super) fn welcome(&self, nws: &Nws, state: &State) -> String {
        let [mcp] = &self.mcp;
        let weather = match nws.source() {
            DataSource::Live => "live, from api.weather.gov",
            DataSource::Recorded => "RECORDED SAMPLE DATA, not the current weather",
        };
        let remote = json!({ "type": "http", "url": mcp });
        let bridged = json!({ "command": "npx", "args": ["mcp-remote", mcp] });
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": "get_alerts", "arguments": { "state": "CA" } },
        });
        format!(
            "
Portcullis weather demo

  MCP server   {mcp}
  Older one    {sse} (HTTP+SSE)
  Sign in as   {USER}   {PASSWORD}
  Web page     {origin}/
  User pool    {cognito} (a mock of Cognito, on this machine)
  Sign-ins     {sign_ins}
  Weather      {weather}

Connect
  Any client that starts programs   npx mcp-remote {mcp}
  Claude Code                       claude mcp add --transport http weather {mcp}
  Cursor, ~/.cursor/mcp.json        {cursor}
  VS Code, .vscode/mcp.json         {code}
  Claude Desktop, its config file   {desktop}
  A client that knows SSE only      {sse}

Without a client (this token lives for ten minutes)
  curl -s {mcp} -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
    -H 'Authorization: Bearer {bearer}' \\
    -d '{call}'

",
            origin = self.origin,
            sse = self.sse,
            cognito = self.cognito,
            sign_ins = state.description,
            cursor = json!({ "mcpServers": { "weather": { "url": mcp } } }),
            code = json!({ "servers": { "weather": remote } }),
            desktop = json!({ "mcpServers": { "weather": bridged } }),
            bearer = self.bearer,
        )
    }
}
