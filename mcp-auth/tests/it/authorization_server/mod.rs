//! The authorization server, from register to revoke.

mod flow;
mod world;
