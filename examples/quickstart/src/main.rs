//! qs
fn main() {}
