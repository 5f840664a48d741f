use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rmcp::{ErrorData, model::ListToolsResult};

/// How `tools/list` is answered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ToolPages {
    pub(crate) ttl_ms: Option<u64>,
    pub(crate) per_page: Option<usize>,
}

impl ToolPages {
    /// Leaves the page that begins after `cursor`, of a list in the order of the tools' names.
    ///
    /// A cursor is the name of the last tool of the page before, so any replica can go on.
    ///
    /// # Errors
    ///
    /// -32602, for a cursor that is none of this list.
    pub(super) fn turn_to(
        self,
        cursor: Option<&str>,
        list: &mut ListToolsResult,
    ) -> Result<(), ErrorData> {
        // Older revisions have no such member, and rmcp has filled it in where there is one.
        if let (Some(ttl), Some(_)) = (self.ttl_ms, list.ttl_ms) {
            list.ttl_ms = Some(ttl);
        }
        let Some(per_page) = self.per_page else {
            return Ok(());
        };
        if let Some(cursor) = cursor {
            let begin = after(cursor, list);
            let begin = begin.ok_or_else(|| ErrorData::invalid_params("unknown cursor", None))?;
            list.tools.drain(..begin);
        }
        if list.tools.len() > per_page {
            list.tools.truncate(per_page);
            let last = list.tools.last();
            list.next_cursor = last.map(|tool| URL_SAFE_NO_PAD.encode(&*tool.name));
        }
        Ok(())
    }
}

/// The place behind the tool that a cursor names.
fn after(cursor: &str, list: &ListToolsResult) -> Option<usize> {
    let name = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let mut names = list.tools.iter().map(|tool| tool.name.as_bytes());
    Some(names.position(|tool| tool == name)? + 1)
}
