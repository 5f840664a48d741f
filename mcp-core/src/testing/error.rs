/// The step at which a headless client got stuck.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadlessError {
    /// No answer.
    #[error("no answer from {url}")]
    Http {
        /// Who did not answer.
        url: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer that the flow does not go on from.
    #[error("{step}: {problem}")]
    Flow {
        /// The step, such as `token`.
        step: &'static str,
        /// What was expected or answered.
        problem: String,
    },
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Entropy(#[from] portcullis_auth::EntropyError),
}

impl HeadlessError {
    pub(super) fn flow(step: &'static str, problem: impl Into<String>) -> Self {
        Self::Flow {
            step,
            problem: problem.into(),
        }
    }
}
