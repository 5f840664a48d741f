//! Behaviour at the seams that an author and a client see.

mod macros;
mod stdio;
mod ui;
