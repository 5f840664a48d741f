//! A server that is not completely configured is not built.

use portcullis_auth::{
    AuthorizationServer, AuthorizationServerBuilder, CognitoIssuerType, MemoryStore,
    PreregisteredClient, Upstream,
};

use super::world::keys;

const MCP: &str = "https://mcp.example.com/mcp";

fn upstream() -> Upstream {
    Upstream::cognito("us-west-2_AbC123", "https://auth.example.com", "app", None)
}

fn complete() -> AuthorizationServerBuilder {
    let (signing, sealing) = keys();
    AuthorizationServer::builder("https://mcp.example.com")
        .upstream(upstream())
        .resource(MCP, ["a"])
        .store(MemoryStore::new())
        .keys(signing, sealing)
}

fn setting(builder: AuthorizationServerBuilder) -> String {
    let error = builder.build().unwrap_err();
    assert!(!error.to_string().is_empty());
    error.setting().to_owned()
}

#[test]
fn what_is_missing_is_named() {
    assert!(complete().build().is_ok());
    let (signing, sealing) = keys();
    let bare = || AuthorizationServer::builder("https://mcp.example.com");
    assert_eq!(setting(bare()), "upstream");
    assert_eq!(setting(bare().upstream(upstream())), "store");
    let with_store = || bare().upstream(upstream()).store(MemoryStore::new());
    assert_eq!(setting(with_store()), "keys");
    assert_eq!(setting(with_store().keys(signing, sealing)), "resource");
    assert_eq!(setting(AuthorizationServer::builder("")), "issuer");
}

#[test]
fn a35_the_issuer_is_an_https_origin() {
    for bad in [
        "http://mcp.example.com",
        "https://mcp.example.com/tenant",
        "https://mcp.example.com/?a=b",
        "https://mcp.example.com/#a",
        "https://user@mcp.example.com",
        "mcp.example.com",
    ] {
        assert_eq!(
            setting(AuthorizationServer::builder(bad)),
            "issuer",
            "{bad}"
        );
    }
    let (signing, sealing) = keys();
    let oauth = AuthorizationServer::builder("https://MCP.example.com/")
        .upstream(upstream())
        .resource(MCP, ["a"])
        .store(MemoryStore::new())
        .keys(signing, sealing)
        .build()
        .unwrap();
    assert_eq!(oauth.issuer().as_str(), "https://mcp.example.com");
}

#[test]
fn contradictions_are_found() {
    assert_eq!(setting(complete().resource(MCP, ["b"])), "resource");
    assert_eq!(
        setting(complete().default_resource("https://x.example/mcp")),
        "default_resource"
    );
    assert!(setting(complete().scope_by_consent("unknown")).contains("unknown"));
    assert!(setting(complete().resource("https://x.example/mcp", ["a b"])).contains("x.example"));
    let no_uri = PreregisteredClient::public("desk", Vec::<String>::new());
    assert!(setting(complete().client(no_uri)).contains("desk"));
    let weak = PreregisteredClient::confidential("desk", "short", ["https://a.example/cb"]);
    assert!(setting(complete().client(weak)).contains("desk"));
    let bad = PreregisteredClient::public("desk", ["http://a.example/cb"]);
    assert!(setting(complete().client(bad)).contains("desk"));
    for pool in [
        "",
        "us-west-2",
        "us-west-2_",
        "_AbC",
        "us-west-2_Ab/C",
        "us west_2",
    ] {
        let bad = Upstream::cognito(pool, "https://auth.example.com", "app", None);
        assert_eq!(setting(complete().upstream(bad)), "upstream", "{pool}");
    }
    let empty = Upstream::cognito(
        "us-west-2_AbC123",
        "https://a.example",
        "app",
        String::new(),
    );
    assert_eq!(setting(complete().upstream(empty)), "upstream");
    let odd_scope = upstream().scope("two words");
    assert_eq!(setting(complete().upstream(odd_scope)), "Upstream::scope");
    for (name, value) in [("state", "x"), ("request", "x"), ("", "x")] {
        let ours = upstream().authorization_parameter(name, value);
        let setting = setting(complete().upstream(ours));
        assert_eq!(setting, "Upstream::authorization_parameter", "{name}");
    }
    let twice = upstream().authorization_parameter("prompt", "login");
    let twice = twice.authorization_parameter("prompt", "consent");
    let setting_of_twice = setting(complete().upstream(twice));
    assert_eq!(setting_of_twice, "Upstream::authorization_parameter");
    let plain = Upstream::cognito("us-west-2_AbC123", "http://a.example", "app", None);
    assert_eq!(setting(complete().upstream(plain)), "upstream");
}

#[test]
fn a_setting_of_user_pools_is_refused_for_another_provider() {
    let oidc = || Upstream::oidc("https://login.example.com", "app", None);
    assert!(complete().upstream(oidc()).build().is_ok());
    let misplaced = [
        (
            oidc().issuer_type(CognitoIssuerType::Updated),
            "Upstream::issuer_type",
        ),
        (
            oidc().replica_region("eu-west-1"),
            "Upstream::replica_region",
        ),
        (
            oidc().endpoint("https://vpce.example.com"),
            "Upstream::endpoint",
        ),
    ];
    for (upstream, name) in misplaced {
        assert_eq!(setting(complete().upstream(upstream)), name);
    }
}

#[test]
fn a_block_that_shuts_nobody_out_is_refused() {
    let id = "a".repeat(100);
    for client in ["portal", "0123456789abcdeF", &id] {
        let portal = PreregisteredClient::public("portal", ["https://portal.example/cb"]);
        let server = complete().client(portal).block_client(client);
        assert!(server.build().is_ok(), "{client}");
    }
    for slip in ["", "portal", " 0123456789abcdeF", "0123456789abcde", "a, b"] {
        let setting = setting(complete().block_client(slip));
        assert_eq!(setting, format!("block_client({slip:?})"));
    }
}

#[test]
fn a_resource_with_a_colon_in_its_path_is_served() {
    let oauth = complete().resource("https://mcp.example.com/:tenant/*/mcp", ["a"]);
    let _router = oauth.build().unwrap().router();
}
