use serde_json::{Number, Value};

/// Writes numbers such as `3.0` and `1e3` as the integers that they are (JSON Schema, Core §6.3), since
/// serde takes no float for an integer. Where a float is asked for, it takes either.
pub(super) fn write_integers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if number.is_f64()
                && let Some(integer) = number.as_f64().and_then(integer)
            {
                *number = integer;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(write_integers),
        Value::Object(members) => members.values_mut().for_each(write_integers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The integer of 64 bits that a float is. What is larger stays a float.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number within the bounds has no fraction and no other sign"
)]
fn integer(float: f64) -> Option<Number> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
    if float.fract() != 0.0 {
        return None;
    }
    if (-TWO_TO_63..TWO_TO_63).contains(&float) {
        return Some((float as i64).into());
    }
    (TWO_TO_63..TWO_TO_64)
        .contains(&float)
        .then(|| (float as u64).into())
}
