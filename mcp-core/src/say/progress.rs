use rmcp::{
    ErrorData,
    handler::server::common::{AsRequestContext, FromContextPart},
    model::{ProgressNotification, ProgressNotificationParam, ProgressToken},
};

use super::speaker::Speaker;

/// Tells the caller how far a tool has come, as an argument of the tool.
///
/// ```
/// use portcullis::prelude::*;
///
/// struct Importer;
///
/// #[mcp_server]
/// impl Importer {
///     /// Reads three files.
///     #[tool]
///     async fn import(&self, progress: Progress) -> String {
///         let mut progress = progress.of(3);
///         for file in 1..=3 {
///             progress.report(file, format!("read file {file}")).await;
///         }
///         "three files".into()
///     }
/// }
/// ```
///
/// Nothing is sent unless the request carries a progress token. A report that is not above the one
/// before is left out, because clients may rely on an increase (MCP, "Progress"), and so is one that
/// is not finite. A client that has gone is no error: the tool may have work to finish.
#[derive(Debug)]
pub struct Progress {
    speaker: Speaker,
    token: Option<ProgressToken>,
    total: Option<f64>,
    last: Option<f64>,
}

impl Progress {
    /// How much there is to do, in the unit of the reports. Default: unknown.
    #[must_use]
    pub fn of(mut self, total: impl Into<f64>) -> Self {
        self.total = Some(total.into()).filter(|total| total.is_finite());
        self
    }

    /// Whether the caller wants to know.
    pub fn is_wanted(&self) -> bool {
        self.token.is_some()
    }

    /// Says how much is done, and what happens now, in words for people.
    pub async fn report(&mut self, done: impl Into<f64>, message: impl Into<String>) {
        let done = done.into();
        let Some(token) = &self.token else { return };
        let increases = self.last.is_none_or(|last| done > last);
        if !done.is_finite() || !increases {
            return;
        }
        self.last = Some(done);
        let mut report = ProgressNotificationParam::new(token.clone(), done);
        report.total = self.total;
        report.message = Some(message.into()).filter(|message| !message.is_empty());
        self.speaker.say(ProgressNotification::new(report)).await;
    }
}

impl<C: AsRequestContext> FromContextPart<C> for Progress {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        let context = context.as_request_context();
        Ok(Self {
            speaker: Speaker::of(context),
            token: context.meta.get_progress_token(),
            total: None,
            last: None,
        })
    }
}
