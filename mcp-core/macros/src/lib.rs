//! Macros of portcullis.
