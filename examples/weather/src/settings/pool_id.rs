/// The text is no id of a Cognito user pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write the id of the user pool, as in us-west-2_AbC123")]
#[non_exhaustive]
pub struct PoolIdError;

/// Checks the form of a user pool's id. Whether there is such a pool, the first sign-in shows.
pub(crate) fn pool_id(text: &str) -> Result<String, PoolIdError> {
    let (region, name) = text.split_once('_').ok_or(PoolIdError)?;
    let is_region = region.contains('-')
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_region || !is_name {
        return Err(PoolIdError);
    }
    Ok(text.to_owned())
}
