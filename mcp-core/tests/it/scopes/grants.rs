//! An authorization server that grants less than a server asks for.

use portcullis::{
    BuildError,
    auth::{ApiKeys, Issuers, Oidc, danger},
    prelude::*,
};

use super::Library;
use crate::support::{MCP, ORIGIN, authorization_server};

fn library() -> portcullis::McpServerBuilder<Library> {
    McpServer::new(MCP, Library).resource_scopes("book://{title}", ["library/rare"])
}

/// What the app says of a library whose authorization server grants `offered`.
fn built(offered: &[&str]) -> Result<(), BuildError> {
    let oauth = authorization_server(ORIGIN, MCP, offered).unwrap();
    let server = library().auth(oauth.verifier()).build().unwrap();
    let app = App::new(ORIGIN).server(server).authorization_server(oauth);
    app.into_router().map(drop)
}

#[test]
fn t12_what_needs_a_scope_that_is_never_granted_is_not_served() {
    let everything = ["library/read", "library/order", "library/rare"];
    built(&everything).unwrap();
    let needs = [
        ("the prompt `summary`", "library/read"),
        ("the tool `order`", "library/order"),
        ("the resource `book://{title}`", "library/rare"),
    ];
    for (what, scope) in needs {
        let others: Vec<_> = everything.into_iter().filter(|s| *s != scope).collect();
        let error = built(&others).unwrap_err().to_string();
        assert!(
            error.contains(&format!("{what} of {MCP} needs the scope `{scope}`")),
            "{error}"
        );
        let line = format!(".resource(\"{MCP}\", [");
        let line = error.split_once(&line).unwrap().1;
        assert!(
            everything
                .iter()
                .all(|scope| line.contains(&format!("\"{scope}\""))),
            "{error}"
        );
    }
}

#[test]
fn t12_initial_scopes_must_be_granted_too() {
    let offered = ["library/read", "library/order", "library/rare"];
    let oauth = authorization_server(ORIGIN, MCP, &offered).unwrap();
    let server = library().initial_scopes(["library"]).auth(oauth.verifier());
    let app = App::new(ORIGIN).server(server.build().unwrap());
    let error = app.authorization_server(oauth).into_router().unwrap_err();
    assert!(
        matches!(&error, BuildError::UngrantedScope { what, scope, .. }
            if what == "`.initial_scopes(..)`" && scope == "library"),
        "{error}"
    );
}

/// Where tokens come from elsewhere too, or from nowhere, the app cannot know.
#[tokio::test]
async fn another_issuer_may_grant_what_the_apps_own_does_not() {
    let oauth = || authorization_server(ORIGIN, MCP, &["library/read"]).unwrap();
    let both = Issuers::new([
        Oidc::issuer(ORIGIN),
        Oidc::issuer("https://login.example.com"),
    ]);
    let server = library().auth(both.unwrap()).build().unwrap();
    let app = App::new(ORIGIN)
        .server(server)
        .authorization_server(oauth());
    let _ = app.into_router().unwrap();

    let keys = ApiKeys::parse(&format!("ops:{}:library/rare", "0".repeat(64))).unwrap();
    let oauth_or_keys = keys.or(oauth().verifier());
    let server = library().auth(oauth_or_keys).build().unwrap();
    let app = App::new(ORIGIN)
        .server(server)
        .authorization_server(oauth());
    let _ = app.into_router().unwrap();

    let server = library().auth(danger::anonymous()).build().unwrap();
    let app = App::new(ORIGIN).allow_anonymous().server(server);
    let _ = app.authorization_server(oauth()).into_router().unwrap();
}
