//! What the arguments of a tool need of the server.
//!
//! A tool that only answers shares one rmcp peer with all requests; one that might send something
//! first needs its own, or an outlet where notifications are all that it sends. A macro sees names, and names can be aliased or taken, so the question is
//! put to the types: [`Probe::needs`] resolves to the inherent method only for types on the list
//! below, and to the trait's for every other.

use std::marker::PhantomData;

use portcullis_transport::PeerUse;
use rmcp::{
    handler::server::{
        tool::{InputResponses, RequestId, RequestState, ToolName},
        wrapper::Parameters,
    },
    model::{JsonObject, RequestMetaObject},
};

use super::Caller;
use crate::{
    LongWork,
    say::{Ask, Log, Progress},
};

/// What some arguments need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// What they say something with before the tool answers.
    pub(crate) peer_use: PeerUse,
    /// They send log messages, so that the server must declare it.
    pub(crate) logging: bool,
    /// How many of them ask the user something, which seals what the client keeps for the server.
    pub(crate) questions: u8,
    /// They begin tasks.
    pub(crate) tasks: bool,
}

impl Needs {
    pub(crate) const NONE: Self = Self {
        peer_use: PeerUse::None,
        logging: false,
        questions: 0,
        tasks: false,
    };
    pub(crate) const PEER: Self = Self {
        peer_use: PeerUse::Fresh,
        ..Self::NONE
    };
    const OUTLET: Self = Self {
        peer_use: PeerUse::Outlet,
        ..Self::NONE
    };
    const LOGGING: Self = Self {
        logging: true,
        ..Self::OUTLET
    };
    const QUESTION: Self = Self {
        questions: 1,
        ..Self::NONE
    };

    /// What a client of a session can do is known to its own peer only.
    const TASKS: Self = Self {
        tasks: true,
        ..Self::PEER
    };

    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            peer_use: wider(self.peer_use, other.peer_use),
            logging: self.logging || other.logging,
            questions: self.questions.saturating_add(other.questions),
            tasks: self.tasks || other.tasks,
        }
    }
}

/// Of two ways to use a peer, the one that includes the other.
const fn wider(one: PeerUse, other: PeerUse) -> PeerUse {
    match (one, other) {
        (PeerUse::None, PeerUse::None) => PeerUse::None,
        (PeerUse::None | PeerUse::Outlet, PeerUse::None | PeerUse::Outlet) => PeerUse::Outlet,
        _ => PeerUse::Fresh,
    }
}

/// Types whose needs are known. `Extension<T>` and `Extensions` are not among them: what layers put
/// there might lead to a `Peer`.
trait Known {
    const NEEDS: Needs = Needs::NONE;
}

impl<T> Known for Parameters<T> {}
impl Known for Caller {}
impl Known for InputResponses {}
impl Known for JsonObject {}
impl Known for RequestId {}
impl Known for RequestMetaObject {}
impl Known for RequestState {}
impl Known for ToolName {}

impl Known for Progress {
    const NEEDS: Needs = Needs::OUTLET;
}

impl Known for Log {
    const NEEDS: Needs = Needs::LOGGING;
}

impl<S, A> Known for Ask<S, A> {
    const NEEDS: Needs = Needs::QUESTION;
}

impl Known for LongWork {
    const NEEDS: Needs = Needs::TASKS;
}

/// Asks a type what it needs.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

#[expect(private_bounds, reason = "nobody else may put a type on the list")]
impl<T: Known> Probe<T> {
    /// What is known.
    pub const fn needs(&self) -> Needs {
        T::NEEDS
    }
}

/// The answer for types that are not on the list.
pub trait UnknownNeeds {
    /// Perhaps a peer.
    fn needs(&self) -> Needs {
        Needs::PEER
    }
}

impl<T> UnknownNeeds for Probe<T> {}
