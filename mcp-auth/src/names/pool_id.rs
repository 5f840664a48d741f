/// The region that the id of a Cognito user pool begins with: `<region>_<letters and digits>`, of 55
/// characters at most. `None` if it is no such id.
pub(crate) fn pool_region(id: &str) -> Option<&str> {
    let (region, name) = id.split_once('_')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    (id.len() <= 55 && is_aws_region(region) && is_name).then_some(region)
}

/// Whether this is spelt like a region of AWS, so that it may become a part of a host's name.
pub(crate) fn is_aws_region(text: &str) -> bool {
    let in_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.contains('-') && text.len() <= 32 && text.bytes().all(in_region)
}
