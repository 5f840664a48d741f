//! What a server says of itself.

use rmcp::model::{Implementation, ServerConfig};

/// Completes what a `get_info` of the author's says: what it leaves as rmcp has it by default, which is
/// rmcp's own name and version, becomes the author's.
pub fn fill_in_info(
    mut said: ServerConfig,
    name: &str,
    version: &str,
    instructions: Option<&str>,
) -> ServerConfig {
    if names_rmcp(&said) {
        said.server_info.name = name.to_owned();
        said.server_info.version = version.to_owned();
    }
    if said.instructions.is_none() {
        said.instructions = instructions.map(str::to_owned);
    }
    said
}

/// Whether nobody has said whose server this is.
pub(crate) fn names_rmcp(said: &ServerConfig) -> bool {
    let rmcp = Implementation::from_build_env();
    (&said.server_info.name, &said.server_info.version) == (&rmcp.name, &rmcp.version)
}
