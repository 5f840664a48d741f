//! The crate's behaviour at the seams that a user sees.

mod keys;
mod mock_cognito;
mod seal;
mod stores;
mod temp;
