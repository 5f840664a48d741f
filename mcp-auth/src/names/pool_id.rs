/// The region that the id of a Cognito user pool begins with: `<region>_<letters and digits>`, of 55
/// characters at most. `None` if it is no such id.
pub(crate) fn pool_region(id: &str) -> Option<&str> {
    let (region, name) = id.split_once('_')?;
    let in_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_region = region.contains('-') && region.bytes().all(in_region);
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    (id.len() <= 55 && is_region && is_name).then_some(region)
}
