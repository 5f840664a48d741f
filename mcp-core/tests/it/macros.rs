//! What the macros write.

use portcullis::{
    ToolPolicies,
    prelude::*,
    rmcp::{
        ServerHandler,
        model::{Implementation, ServerCapabilities, ServerConfig},
    },
};

/// In a module of its own: neither rmcp nor anything else is in scope here.
mod bare {
    pub(super) struct Weather;

    #[derive(serde::Deserialize, portcullis::schemars::JsonSchema)]
    #[schemars(crate = "portcullis::schemars")]
    pub(super) struct Place {
        pub(super) name: String,
    }

    #[portcullis::mcp_server(name = "weather", instructions = "Ask for a place.")]
    impl Weather {
        /// Forecast for a place.
        #[portcullis::tool(scopes("weather/read"), annotations(read_only_hint = true))]
        pub(super) async fn forecast(
            &self,
            portcullis::Caller(_who): portcullis::Caller,
            portcullis::Parameters(at): portcullis::Parameters<Place>,
        ) -> Result<String, portcullis::ToolError> {
            Ok(at.name)
        }

        /// Warns.
        #[portcullis::tool(name = "alert-all", scopes())]
        fn alert(&self, _peer: portcullis::rmcp::Peer<portcullis::rmcp::RoleServer>) -> String {
            String::new()
        }

        fn not_a_tool(&self) {}
    }

    #[test]
    fn methods_stay_methods() {
        Weather.not_a_tool();
    }
}

#[test]
fn server_info_is_the_authors() {
    let info = ServerHandler::get_info(&bare::Weather);
    assert_eq!(info.server_info.name, "weather");
    assert_eq!(info.server_info.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(info.instructions.as_deref(), Some("Ask for a place."));

    let info = ServerHandler::get_info(&Generic(1_u8));
    assert_eq!(info.server_info.name, env!("CARGO_PKG_NAME"));
}

/// With a `get_info` of its own, as resources need it; it returns early where it is told to.
struct ByHand {
    info: Option<Implementation>,
}

#[tool_router]
impl ByHand {
    #[tool]
    async fn ping(&self) -> String {
        "pong".into()
    }
}

#[tool_handler]
impl ServerHandler for ByHand {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder().enable_tools();
        let config = ServerConfig::new(can.enable_resources().build());
        if let Some(info) = &self.info {
            return config.with_server_info(info.clone());
        }
        config
    }
}

struct Titled;

#[tool_router]
impl Titled {
    #[tool]
    async fn ping(&self) -> String {
        "pong".into()
    }
}

#[tool_handler(name = "titled", version = "7.0.0", instructions = "Ping first.")]
impl ServerHandler for Titled {
    fn get_info(&self) -> ServerConfig {
        let info = Implementation::default().with_title("A title");
        ServerConfig::new(ServerCapabilities::default()).with_server_info(info)
    }
}

#[test]
fn server_info_is_the_authors_beside_a_get_info_of_its_own() {
    let info = ServerHandler::get_info(&ByHand { info: None });
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    assert_eq!(info.server_info, Implementation::new(name, version));
    assert!(info.capabilities.resources.is_some());

    let own = Implementation::new("own", "0.0.1");
    let info = ServerHandler::get_info(&ByHand {
        info: Some(own.clone()),
    });
    assert_eq!((info.server_info, info.instructions), (own, None));

    let info = ServerHandler::get_info(&Titled);
    let titled = Implementation::new("titled", "7.0.0").with_title("A title");
    assert_eq!(info.server_info, titled);
    assert_eq!(info.instructions.as_deref(), Some("Ping first."));
}

#[test]
fn scopes_stay_out_of_the_tools() {
    let policies = format!("{:?}", bare::Weather::tool_policies());
    assert!(policies.contains("weather/read") && policies.contains("alert-all"));
    let tool = bare::Weather.get_tool("forecast").unwrap();
    let listed = serde_json::to_string(&tool).unwrap();
    assert!(!listed.contains("weather/read"), "{listed}");
    assert!(listed.contains(r#""readOnlyHint":true"#), "{listed}");
}

struct Described;

#[mcp_server]
impl Described {
    /// What it does.
    ///
    /// And how.
    #[allow(clippy::unused_self)]
    #[tool]
    #[must_use]
    fn described(&self) -> String {
        String::new()
    }
}

#[test]
fn the_description_survives_other_attributes() {
    let tool = Described.get_tool("described").unwrap();
    assert_eq!(tool.description.as_deref(), Some("What it does.\nAnd how."));
}

struct Generic<T>(T);

#[mcp_server]
impl<T: Send + Sync + Copy + Into<u64> + 'static> Generic<T> {
    #[tool]
    async fn show(&self) -> String {
        self.0.into().to_string()
    }
}

#[test]
fn the_router_is_built_once_per_type() {
    assert!(Generic(1_u8).get_tool("show").is_some());
    assert!(Generic(1_u16).get_tool("show").is_some());
    assert_eq!(Generic::<u8>::tool_policies().len(), 1);
}

mod drop_in {
    use portcullis::{
        prelude::*,
        rmcp::{ServerHandler, handler::server::tool::ToolRouter},
    };

    pub(super) struct Server {
        tool_router: ToolRouter<Self>,
    }

    #[tool_router]
    impl Server {
        pub(super) fn new() -> Self {
            let tool_router = Self::tool_router();
            Self { tool_router }
        }

        #[tool(description = "one", scopes("a"))]
        async fn one(&self) -> String {
            "1".into()
        }
    }

    #[tool_handler(router = self.tool_router, name = "held", version = "9")]
    impl ServerHandler for Server {}

    pub(super) struct Sum;

    #[tool_router(router = first)]
    impl Sum {
        #[tool(scopes("a"))]
        async fn one(&self) -> String {
            "1".into()
        }
    }

    #[tool_router(router = second, vis = "pub(crate)")]
    impl Sum {
        #[tool(scopes("b"))]
        async fn two(&self) -> String {
            "2".into()
        }
    }

    #[tool_handler(router = Self::first() + Self::second())]
    impl ServerHandler for Sum {}

    pub(super) struct Flag;

    #[tool_router(server_handler)]
    impl Flag {
        #[tool]
        fn three(&self) -> String {
            "3".into()
        }
    }
}

#[test]
fn rmcp_users_keep_their_shapes() {
    let held = drop_in::Server::new();
    assert!(held.get_tool("one").is_some());
    let info = ServerHandler::get_info(&held).server_info;
    assert_eq!((&*info.name, &*info.version), ("held", "9"));
    assert_eq!(drop_in::Server::tool_policies().len(), 1);

    assert!(drop_in::Sum.get_tool("one").is_some());
    assert!(drop_in::Sum.get_tool("two").is_some());
    assert_eq!(drop_in::Sum::tool_policies().len(), 2);

    assert!(drop_in::Flag.get_tool("three").is_some());
}
