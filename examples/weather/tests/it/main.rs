//! The weather tools against a weather service that we break on purpose.

mod faults;
mod mock_nws;
mod recorded;
mod tools;
