//! The documents of the repository: their code is compiled, and run where it can run, by
//! `cargo test --doc -p docs`.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "the documents link to folders of the repository, which rustdoc takes for items"
)]

// It lies outside this package, so only the tests in the repository read it.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}

#[doc = include_str!("../first-hour.md")]
pub mod first_hour {}
