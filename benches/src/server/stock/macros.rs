//! The form of rmcp's documentation: the macro builds the router anew for every call.

use rmcp::{ServerHandler, handler::server::wrapper::Parameters, tool, tool_handler, tool_router};
use seq_macro::seq;

use super::stateless;
use crate::{
    server::{App, Launch},
    tools::{Arguments, Say},
};

struct Two;

#[tool_router]
impl Two {
    #[tool(description = "Says it back.")]
    async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.answer()
    }

    #[tool(description = "Says it in capitals.")]
    async fn shout(&self, Parameters(say): Parameters<Say>) -> String {
        say.answer().to_uppercase()
    }
}

#[tool_handler]
impl ServerHandler for Two {}

struct Fifty;

seq!(N in 002..=050 {
    #[tool_router]
    impl Fifty {
        #[tool(description = "Says it back.")]
        async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
            say.answer()
        }
        #(
            #[tool(description = "Says it back.")]
            async fn tool_~N(&self, Parameters(say): Parameters<Say>) -> String {
                say.answer()
            }
        )*
    }
});

#[tool_handler]
impl ServerHandler for Fifty {}

/// Two tools.
pub(crate) fn rebuilding_two(launch: &Launch<'_>) -> App {
    stateless(launch, || Two)
}

/// Fifty tools.
pub(crate) fn rebuilding_fifty(launch: &Launch<'_>) -> App {
    stateless(launch, || Fifty)
}
