//! What is printed when the server is ready.

use std::io::{self, Write};

use portcullis_auth::{BearerToken, Issuer};
use serde::Serialize;

use super::{PASSWORD, USER};
use crate::app::About;

#[derive(Serialize)]
pub(super) struct Welcome {
    origin: String,
    pub(super) mcp: String,
    #[serde(flatten)]
    login: Option<LoginDetails>,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    mcp_remote: String,
    #[serde(skip)]
    client_config: String,
}

#[derive(Serialize)]
struct LoginDetails {
    issuer: String,
    user: &'static str,
    password: &'static str,
    bearer: String,
}

impl Welcome {
    pub(super) fn new(origin: &str, server: &About) -> Self {
        Self {
            origin: origin.to_owned(),
            mcp: server.url.clone(),
            login: None,
            name: server.name.clone(),
            mcp_remote: server.mcp_remote(),
            client_config: server.client_config(),
        }
    }

    pub(super) fn with_login(mut self, issuer: &Issuer, bearer: &BearerToken) -> Self {
        self.login = Some(LoginDetails {
            issuer: issuer.to_string(),
            user: USER,
            password: PASSWORD,
            bearer: bearer.expose().to_owned(),
        });
        self
    }

    /// `{origin, mcp, issuer, user, password, bearer}` in one line.
    pub(super) fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, self)?;
        writeln!(out)
    }

    pub(super) fn text(&self) -> String {
        let Self {
            origin, mcp, name, ..
        } = self;
        let mut text = format!("\n{name} is served at {mcp}\nA page about it is at {origin}/\n");
        if let Some(login) = &self.login {
            let bearer = &login.bearer;
            text += &format!(
                "\nSign in as {USER} with the password {PASSWORD}\n\
                 \nOr take this token, which lasts ten minutes:\n\n  \
                 curl {mcp} \\\n    \
                 -H 'Authorization: Bearer {bearer}' \\\n    \
                 -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\\n    \
                 -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}}'\n"
            );
        }
        let config = self.client_config.replace('\n', "\n  ");
        text += &format!(
            "\nConnect a client that knows remote servers:\n\n  {config}\n\
             \nOr one that only starts programs:\n\n  {}\n\n",
            self.mcp_remote
        );
        text
    }
}
