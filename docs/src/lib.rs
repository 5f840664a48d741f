//! The documents of the repository: their code is compiled, and run where it can run, by
//! `cargo test --doc -p docs`.

#[doc = include_str!("../../README.md")]
pub mod readme {}

#[doc = include_str!("../first-hour.md")]
pub mod first_hour {}
