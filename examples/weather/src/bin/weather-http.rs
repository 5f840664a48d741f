//! http
fn main() {}
