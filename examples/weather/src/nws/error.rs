/// Why there is no weather. The message is for whoever called the tool and says what to do; the
/// cause is in [`source`](std::error::Error::source), for the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NwsError {
    /// The service has no data for the point: nearly always a place outside the United States.
    #[error(
        "The National Weather Service has no forecast for {0}. It covers the United States and its \
         territories only: check the coordinates (US longitudes are negative)."
    )]
    OutsideCoverage(String),

    /// No answer in time, after every attempt.
    #[error("The National Weather Service did not answer in time. Try again in a minute.")]
    Timeout(#[source] reqwest::Error),

    /// No connection, or it broke.
    #[error(
        "The National Weather Service cannot be reached. Try again in a minute; if it stays so, the \
         operator of this server should check its network."
    )]
    Unreachable(#[source] reqwest::Error),

    /// 429.
    #[error("The National Weather Service is limiting our requests. Try again in a minute.")]
    Throttled,

    /// Another status than success, after every attempt.
    #[error("The National Weather Service answered with status {0}. Try again in a few minutes.")]
    Status(u16),

    /// More bytes than [`NwsLimits::max_body`](super::NwsLimits::max_body).
    #[error("The answer of the National Weather Service is too large to be read (over {0} bytes).")]
    TooLarge(usize),

    /// The body is not what the service documents.
    #[error(
        "The National Weather Service sent an answer that cannot be read. Try again in a few \
         minutes."
    )]
    Malformed(#[source] serde_json::Error),

    /// The point has no forecast URL, or the forecast has no periods.
    #[error(
        "The National Weather Service has no forecast for this place at the moment. Try again later, \
         or a place nearby."
    )]
    NoForecast,

    /// The service named a URL on another host. It is not fetched: whoever controls the answer
    /// would otherwise choose what this server connects to.
    #[error(
        "The weather service pointed to another host, which this server does not follow. The \
         operator should check NWS_BASE_URL."
    )]
    ForeignUrl,

    /// No client can be made from the settings.
    #[error("The weather service's settings are not usable: {0}")]
    Settings(String),
}
