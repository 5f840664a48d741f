//! A tool that asks its user before it does something: `cargo run -p talking --bin asking`.

use portcullis::{auth::SealingKeys, dev, prelude::*, transport::Sessions};

pub(crate) struct Shop;

#[derive(serde::Deserialize, JsonSchema)]
struct Order {
    /// What to buy.
    item: String,
}

/// What the shop remembers while the user thinks.
#[derive(serde::Serialize, serde::Deserialize)]
struct Offer {
    cents: usize,
}

/// What the user fills in.
#[derive(serde::Deserialize, JsonSchema)]
struct Consent {
    /// Buy it at this price?
    buy: bool,
}

#[mcp_server(name = "shop")]
impl Shop {
    /// Buys something, if the user agrees to the price.
    #[tool(scopes("shop/buy"))]
    async fn buy(&self, order: Parameters<Order>, mut ask: Ask<Offer, Consent>) -> Turn<String> {
        let item = order.0.item;
        let Some(answer) = ask.take_answer() else {
            let cents = 100 * item.len();
            let question = format!("{item} costs {cents} cents.");
            return ask.user(question, &Offer { cents });
        };
        match answer.reply {
            Reply::Accepted(Consent { buy: true }) => {
                Turn::done(format!("{item} bought for {} cents", answer.state.cents))
            }
            _ => Turn::done("nothing bought"),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    // In production: `SealingKeys::from_env()?`, the same on every replica.
    let keys = SealingKeys::parse(&SealingKeys::generate("example")?)?;
    let shop = McpServer::new(desk.url("/mcp"), Shop)
        .sealing_keys(keys)
        // For clients of the revisions before 2026-07-28; the tool is the same.
        .sessions(Sessions::in_memory())
        .auth(dev::login(&mut app)?)
        .build()?;
    Ok(desk.serve(app.server(shop)).await?)
}
