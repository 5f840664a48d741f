/// Tells an operator that a connection, or a stream of one, was ended for what its client does.
pub(super) fn closed(reason: &'static str) {
    tracing::debug!(reason, "connection or stream closed");
    #[cfg(feature = "metrics")]
    metrics::counter!("portcullis_closed_connections_total", "reason" => reason).increment(1);
}
