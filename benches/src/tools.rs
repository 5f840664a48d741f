//! What the tools take and answer, the same on every server.

use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How often `import` says how far it has come.
pub(crate) const REPORTS: u32 = 10;

/// The arguments of a tool that only answers.
pub(crate) trait Arguments: DeserializeOwned + Send + 'static {
    fn answer(self) -> String;
}

/// Of `echo`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Say {
    /// What to say.
    text: String,
}

impl Arguments for Say {
    fn answer(self) -> String {
        self.text
    }
}

/// Of `import`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Import {
    /// How many files there are.
    pub(crate) files: u32,
}

/// Of `order`: nested, and about 4 KB.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Order {
    /// Who orders.
    customer: Customer,
    /// What is ordered.
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Customer {
    name: String,
    address: Address,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Address {
    street: String,
    city: String,
    country: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Line {
    article: Article,
    quantity: u32,
    price: f64,
    note: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Article {
    number: String,
    title: String,
    tags: Vec<String>,
}

impl Order {
    /// As long as the table says.
    pub(crate) fn example() -> Self {
        let text = str::to_owned;
        let line = |number: u32| Line {
            article: Article {
                number: format!("A-{number:05}"),
                title: text("A pencil, \"HB\", with a rubber"),
                tags: vec![text("office"), text("wood"), text("graphite")],
            },
            quantity: number,
            price: 0.25,
            note: Some(text("wrapped")),
        };
        Self {
            customer: Customer {
                name: text("Ada"),
                address: Address {
                    street: text("12 St James's Square"),
                    city: text("London"),
                    country: text("GB"),
                },
            },
            lines: (1..=25).map(line).collect(),
        }
    }
}

impl Arguments for Order {
    fn answer(self) -> String {
        let pieces: u32 = self.lines.iter().map(|line| line.quantity).sum();
        format!("{pieces} pieces")
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn the_nested_arguments_are_about_four_kilobytes() {
        let length = serde_json::to_vec(&Order::example()).unwrap().len();
        assert!((3_900..=4_300).contains(&length), "{length} bytes");
    }
}
