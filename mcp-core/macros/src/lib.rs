//! The macros of portcullis; use them through `portcullis`, whose documentation explains them.
//!
//! They add two things to rmcp's macros and leave the rest to them: scopes per tool, kept in a
//! side table that no client sees, and a tool router that is built once instead of per call.

mod args;
mod handler;
mod info;
mod marked;
mod prompts;
mod router;
mod scopes;
mod server;
mod tool;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;
use syn::ItemImpl;

use crate::marked::Kind;

/// Makes an MCP server of an `impl` block: every `#[tool]` in it becomes a tool, every `#[prompt]` a
/// prompt, and the handler is written too.
///
/// | argument | default |
/// |---|---|
/// | `name = "weather"` | the name of your package |
/// | `version = "1.2.3"` | the version of your package |
/// | `instructions = "…"` | none; tells the model how to use the server |
///
/// Name and version are what clients see as `serverInfo`. A type has one such block; for tools in
/// several, write `#[tool_router(router = a)]` above each and
/// `#[tool_handler(router = Self::a() + Self::b())]` above `impl ServerHandler for Weather {}`.
///
/// ```ignore
/// #[mcp_server(name = "weather")]
/// impl Weather {
///     /// Forecast for a place in the United States.
///     #[tool(scopes("weather/read"))]
///     async fn get_forecast(&self, Parameters(at): Parameters<Coordinates>) -> Result<Json<Forecast>, ToolError> { .. }
/// }
/// ```
#[proc_macro_attribute]
pub fn mcp_server(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(args, item, server::expand)
}

/// rmcp's `#[tool_router]`, with scopes: takes the same arguments (`router`, `vis`,
/// `server_handler`, `allow_empty`).
///
/// Beside `fn tool_router()` it writes `fn tool_router_policies()`, which `#[tool_handler]` reads.
#[proc_macro_attribute]
pub fn tool_router(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(args, item, router::expand)
}

/// rmcp's `#[tool_handler]`, with scopes and a router that is built once: takes the same arguments
/// (`router`, `meta`, `name`, `version`, `instructions`).
///
/// Beside a `get_info` of your own, which resources need, `name`, `version` (default: those of your
/// package) and `instructions` fill in what it does not say: `ServerConfig::new(..)` alone would name rmcp.
///
/// The scopes come from the routers that `router` names: `Self::a() + Self::b()` reads
/// `Self::a_policies()` and `Self::b_policies()`. For any other expression, name the table:
/// `policies = Self::a_policies()`.
#[proc_macro_attribute]
pub fn tool_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(args, item, handler::expand)
}

/// A tool of the server: rmcp's `#[tool]` and its arguments, plus `scopes("a", "b")`.
///
/// The caller must hold *all* named scopes. `scopes()` lets every authenticated caller use the
/// tool. Where one tool of a server names scopes, every tool must say something.
#[proc_macro_attribute]
pub fn tool(_args: TokenStream, item: TokenStream) -> TokenStream {
    outside_a_block("tool", item)
}

fn outside_a_block(kind: &str, item: TokenStream) -> TokenStream {
    let item = TokenStream2::from(item);
    let error = syn::Error::new(
        proc_macro2::Span::call_site(),
        format!(
            "`#[{kind}]` belongs into an `impl` block with `#[mcp_server]` or portcullis's \
             `#[{kind}_router]`: they read its scopes"
        ),
    )
    .into_compile_error();
    quote!(#error #item).into()
}

/// rmcp's `#[prompt_router]`, with scopes: takes the same arguments (`router`, `vis`).
///
/// Beside `fn prompt_router()` it writes `fn prompt_router_policies()`, which `#[prompt_handler]`
/// reads.
#[proc_macro_attribute]
pub fn prompt_router(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(args, item, prompts::expand_router)
}

/// rmcp's `#[prompt_handler]`, with scopes: takes the same arguments (`router`, `meta`), and stands
/// beside `#[tool_handler]`.
///
/// The scopes come from the routers that `router` names, as those of tools do.
#[proc_macro_attribute]
pub fn prompt_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(args, item, prompts::expand_handler)
}

/// A prompt of the server: rmcp's `#[prompt]` and its arguments, plus `scopes("a", "b")`.
///
/// The caller must hold *all* named scopes, also to have an argument completed. `scopes()` lets every
/// authenticated caller use the prompt. Where one prompt of a server names scopes, every prompt must
/// say something.
#[proc_macro_attribute]
pub fn prompt(_args: TokenStream, item: TokenStream) -> TokenStream {
    outside_a_block("prompt", item)
}

type Expand = fn(TokenStream2, ItemImpl) -> syn::Result<TokenStream2>;

fn expand(args: TokenStream, item: TokenStream, expand: Expand) -> TokenStream {
    let block = match syn::parse::<ItemImpl>(item) {
        Ok(block) => block,
        Err(error) => return error.into_compile_error().into(),
    };
    match expand(args.into(), block.clone()) {
        Ok(items) => with_rmcp(&items).into(),
        Err(error) => or_else_the_block(error, block).into(),
    }
}

/// rmcp's macros write plain `rmcp::…`. The block gives that name its meaning, so that authors need
/// neither a dependency on rmcp nor an import.
fn with_rmcp(items: &TokenStream2) -> TokenStream2 {
    quote! {
        #[allow(non_local_definitions, unused_imports)]
        const _: () = {
            use ::portcullis::__private::rmcp;
            #items
        };
    }
}

/// The error, and the methods as written: so that the compiler does not also miss them.
fn or_else_the_block(error: syn::Error, mut block: ItemImpl) -> TokenStream2 {
    for kind in [Kind::Tool, Kind::Prompt] {
        kind.strip(&mut block);
    }
    let error = error.into_compile_error();
    quote!(#error #block)
}
