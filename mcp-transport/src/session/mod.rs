//! What sessions are made of, whatever transport they belong to: a name that cannot be guessed, an
//! owner, a bound on how many there are, the calls that run in them and the questions that those
//! calls ask.

mod calls;
mod id;
mod lock;
mod owner;
mod questions;
mod refusal;
mod table;
mod wire;

pub(crate) use calls::{Busy, Calls};
pub(crate) use id::{SESSION_ID, SESSION_PARAMETER, SessionId};
pub(crate) use lock::Locked;
pub use owner::{CountKey, OwnerKey};
pub(crate) use owner::{FindHolder, Holder};
pub(crate) use questions::{Asker, ClientAnswer, Questions};
pub(crate) use refusal::NotOpened;
pub(crate) use table::{Caps, Kept, Table};
pub(crate) use wire::{Speech, Unheard, Wire};
