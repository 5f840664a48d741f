//! stdio
fn main() {}
