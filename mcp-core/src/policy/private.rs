use rmcp::model::{CacheScope, ServerResult};

/// Keeps an answer to somebody with credentials out of shared caches, whatever the handler says of it:
/// rmcp's macros call lists public, and a cache would hand them to whoever has none (T13).
pub(super) fn keep_private(answer: &mut ServerResult) {
    let scope = match answer {
        ServerResult::ListToolsResult(list) => &mut list.cache_scope,
        ServerResult::ListPromptsResult(list) => &mut list.cache_scope,
        ServerResult::ListResourcesResult(list) => &mut list.cache_scope,
        ServerResult::ListResourceTemplatesResult(list) => &mut list.cache_scope,
        ServerResult::ListSkillsResult(list) => &mut list.cache_scope,
        ServerResult::ReadResourceResult(read) => &mut read.cache_scope,
        ServerResult::GetSkillResult(got) => &mut got.cache_scope,
        ServerResult::DiscoverResult(discovered) => {
            discovered.cache_scope = CacheScope::Private;
            return;
        }
        ServerResult::CustomResult(custom) => {
            if let Some(scope) = custom.0.get_mut("cacheScope") {
                *scope = "private".into();
            }
            return;
        }
        _ => return,
    };
    // Older revisions have no such member, and rmcp has filled it in where there is one.
    if scope.is_some() {
        *scope = Some(CacheScope::Private);
    }
}
