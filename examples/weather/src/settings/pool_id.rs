/// The text is no id of a Cognito user pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write the id of the user pool, as in us-west-2_AbC123")]
#[non_exhaustive]
pub struct PoolIdError;

/// Checks the form of a user pool's id. Whether there is such a pool, the first sign-in shows.
pub(crate) fn pool_id(text: &str) -> Result<String, PoolIdError> {
    let (region, name) = text.split_once('_').ok_or(PoolIdError)?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_region(region) || !is_name {
        return Err(PoolIdError);
    }
    Ok(text.to_owned())
}

/// The text is no region of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write the region, as in eu-west-1")]
#[non_exhaustive]
pub struct RegionError;

/// Checks the form of a region.
pub(crate) fn region(text: &str) -> Result<String, RegionError> {
    is_region(text).then(|| text.to_owned()).ok_or(RegionError)
}

fn is_region(text: &str) -> bool {
    let in_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.contains('-') && text.bytes().all(in_region)
}
