//! The crate's behaviour at the seams that a user sees.

mod keys;
mod seal;
mod stores;
mod temp;
