//! Which tool arguments can speak to the client.
//!
//! A tool that only answers shares one rmcp peer with all requests; one that might send something
//! first needs its own. A macro sees names, and names can be aliased or taken, so the question is
//! put to the types: [`Probe::may_use_peer`] resolves to the inherent method, and `false`, only for
//! types on the list below, and to the trait's, and `true`, for every other.

use std::marker::PhantomData;

use rmcp::{
    handler::server::{
        tool::{InputResponses, RequestId, RequestState, ToolName},
        wrapper::Parameters,
    },
    model::{JsonObject, RequestMetaObject},
};

use super::Caller;

/// Types that cannot lead to a `Peer`. `Extension<T>` and `Extensions` are not among them: what
/// layers put there is not known here.
trait Peerless {}

impl<T> Peerless for Parameters<T> {}
impl Peerless for Caller {}
impl Peerless for InputResponses {}
impl Peerless for JsonObject {}
impl Peerless for RequestId {}
impl Peerless for RequestMetaObject {}
impl Peerless for RequestState {}
impl Peerless for ToolName {}

/// Asks a type whether it can lead to a `Peer`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

#[expect(private_bounds, reason = "nobody else may put a type on the list")]
impl<T: Peerless> Probe<T> {
    /// It cannot.
    pub const fn may_use_peer(&self) -> bool {
        false
    }
}

/// The answer for types that are not on the list.
pub trait MayUsePeer {
    /// It might.
    fn may_use_peer(&self) -> bool {
        true
    }
}

impl<T> MayUsePeer for Probe<T> {}
