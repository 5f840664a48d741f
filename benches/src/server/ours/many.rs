//! Many tools, of which `echo` is called.

use portcullis::prelude::*;
use seq_macro::seq;

use super::{app, open};
use crate::{
    server::{App, Launch},
    tools::{Arguments, Say},
    workload::Problem,
};

struct Fifty;

seq!(N in 002..=050 {
    #[mcp_server(name = "bench")]
    impl Fifty {
        /// Says it back.
        #[tool]
        async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
            say.answer()
        }
        #(
            /// Says it back.
            #[tool]
            async fn tool_~N(&self, Parameters(say): Parameters<Say>) -> String {
                say.answer()
            }
        )*
    }
});

struct FiveHundred;

seq!(N in 002..=500 {
    #[mcp_server(name = "bench")]
    impl FiveHundred {
        /// Says it back.
        #[tool]
        async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
            say.answer()
        }
        #(
            /// Says it back.
            #[tool]
            async fn tool_~N(&self, Parameters(say): Parameters<Say>) -> String {
                say.answer()
            }
        )*
    }
});

/// Fifty tools.
pub(crate) fn fifty(launch: &Launch<'_>) -> Result<App, Problem> {
    app(launch, open(launch, Fifty).build()?)
}

/// Five hundred tools.
pub(crate) fn five_hundred(launch: &Launch<'_>) -> Result<App, Problem> {
    app(launch, open(launch, FiveHundred).build()?)
}
