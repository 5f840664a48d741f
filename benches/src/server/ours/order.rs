use portcullis::prelude::*;

use super::{app, open};
use crate::{
    server::{App, Launch},
    tools::{Arguments, Order},
    workload::Problem,
};

struct Shop;

#[mcp_server(name = "bench")]
impl Shop {
    /// Orders something.
    #[tool]
    async fn order(&self, Parameters(order): Parameters<Order>) -> String {
        order.answer()
    }
}

/// A tool with nested arguments.
pub(crate) fn order(launch: &Launch<'_>) -> Result<App, Problem> {
    app(launch, open(launch, Shop).build()?)
}
