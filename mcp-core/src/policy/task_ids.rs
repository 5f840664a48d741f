//! Tasks belong to their callers, whoever implements them.
//!
//! What a client gets as the id of a task is the handler's own id and the tool that began it, sealed
//! for its caller. It opens for that caller alone, so that anybody else's request never reaches the
//! handler, and is answered as if there were no such task.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_auth::{Principal, SealError, Sealer};
use serde::{Deserialize, Serialize};

use super::Callers;
use crate::{error::BuildError, say::Voice};

const PURPOSE: &str = "mcp task id";

/// What clients get as the ids of tasks.
pub(crate) enum TaskIds {
    /// None: the server has no tasks.
    Absent,
    /// The handler's own, where there is only one caller, or callers have no names.
    Plain,
    /// Sealed for the caller.
    Sealed(TaskSeal),
}

/// Seals for one server: others may share its keys, but not its tasks.
pub(crate) struct TaskSeal {
    sealer: Sealer,
    resource: String,
}

/// A task as the server knows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct StartedTask {
    /// Who may call it, may ask for the task.
    pub(crate) tool: String,
    /// The handler's id.
    pub(crate) id: String,
}

impl TaskIds {
    /// # Errors
    ///
    /// The tasks would be open to every caller.
    pub(crate) fn new(
        has_tasks: bool,
        voice: &Voice,
        callers: Callers,
    ) -> Result<Self, BuildError> {
        if !has_tasks {
            return Ok(Self::Absent);
        }
        match &voice.sealer {
            Some(state) => Ok(Self::Sealed(TaskSeal {
                sealer: state.sealer.clone(),
                resource: state.resource.clone(),
            })),
            None if callers == Callers::Authenticated => Err(BuildError::NoTaskKeys),
            None => Ok(Self::Plain),
        }
    }

    /// The task behind an id, if it is this caller's and ids are sealed.
    pub(crate) fn open(&self, id: &str, caller: Option<&Principal>) -> Option<StartedTask> {
        match self {
            Self::Sealed(seal) => seal.open(id, caller),
            Self::Absent | Self::Plain => None,
        }
    }
}

impl TaskSeal {
    pub(crate) fn seal(
        &self,
        task: &StartedTask,
        caller: Option<&Principal>,
    ) -> Result<String, SealError> {
        // Two texts have a text.
        let text = serde_json::to_vec(task).map_err(|_| SealError::Refused)?;
        let owner = caller.map(Principal::owner_key);
        let sealed = self.sealer.seal(PURPOSE, &self.context(&owner), &text)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    pub(crate) fn open(&self, id: &str, caller: Option<&Principal>) -> Option<StartedTask> {
        let sealed = URL_SAFE_NO_PAD.decode(id).ok()?;
        let owner = caller.map(Principal::owner_key);
        let text = self.sealer.open(PURPOSE, &self.context(&owner), &sealed);
        serde_json::from_slice(&text.ok()?).ok()
    }

    /// An anonymous caller's owner is empty, which no key is.
    fn context<'a>(&'a self, owner: &'a Option<[u8; 32]>) -> [&'a [u8]; 2] {
        let owner = owner.as_ref().map_or(&[][..], |owner| owner);
        [self.resource.as_bytes(), owner]
    }
}
