//! What a server remembers between a question and its answer is kept by the client, sealed.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_auth::{Clock, Entropy, OsEntropy, Principal, SealError, Sealer, Timestamp};
use rmcp::model::CallToolRequestParams;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

const PURPOSE: &str = "mcp request state";
/// How long a user may take.
pub(super) const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Seals for one server.
pub(crate) struct StateSealer {
    pub(crate) sealer: Sealer,
    pub(super) clock: Arc<dyn Clock>,
    /// Two servers may share their keys, but not their states.
    pub(crate) resource: String,
}

/// Seals for one call: nobody else's, of no other tool and with no other arguments (T27, T28).
#[derive(Clone)]
pub(crate) struct CallSeal {
    sealer: Arc<StateSealer>,
    owner: Option<[u8; 32]>,
    tool: String,
    arguments: Vec<u8>,
}

/// A state with its time.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed<S> {
    pub(super) id: String,
    expires: Timestamp,
    pub(super) state: S,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum StateError {
    #[error("the state cannot be written as JSON, or read back: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("it was sealed too long ago")]
    Expired,
}

impl CallSeal {
    pub(super) fn new(
        sealer: &Arc<StateSealer>,
        call: &CallToolRequestParams,
        caller: Option<&Principal>,
    ) -> Self {
        let arguments = call.arguments.as_ref();
        Self {
            sealer: Arc::clone(sealer),
            owner: caller.map(Principal::owner_key),
            tool: call.name.clone().into_owned(),
            // An object of JSON values has a text.
            arguments: arguments
                .and_then(|arguments| serde_json::to_vec(arguments).ok())
                .unwrap_or_default(),
        }
    }

    pub(super) fn seal<S: Serialize>(&self, state: &S) -> Result<String, StateError> {
        let mut id = [0; 16];
        OsEntropy.fill(&mut id).map_err(SealError::from)?;
        let text = serde_json::to_vec(&Sealed {
            id: URL_SAFE_NO_PAD.encode(id),
            expires: self.sealer.clock.now().plus(LIFETIME),
            state,
        })?;
        let sealer = &self.sealer.sealer;
        Ok(URL_SAFE_NO_PAD.encode(sealer.seal(PURPOSE, &self.context(), &text)?))
    }

    pub(super) fn open<S: DeserializeOwned>(&self, text: &str) -> Result<Sealed<S>, StateError> {
        let sealed = URL_SAFE_NO_PAD.decode(text);
        let sealed = sealed.map_err(|_| SealError::Refused)?;
        let sealer = &self.sealer.sealer;
        let text = sealer.open(PURPOSE, &self.context(), &sealed)?;
        let sealed: Sealed<S> = serde_json::from_slice(&text)?;
        if self.sealer.clock.now() >= sealed.expires {
            return Err(StateError::Expired);
        }
        Ok(sealed)
    }

    /// An anonymous caller's owner is empty, which no key is.
    fn context(&self) -> [&[u8]; 5] {
        [
            self.sealer.resource.as_bytes(),
            self.owner.as_ref().map_or(&[], |owner| &owner[..]),
            b"tools/call",
            self.tool.as_bytes(),
            &self.arguments,
        ]
    }
}

impl fmt::Debug for CallSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallSeal")
            .field("tool", &self.tool)
            .finish_non_exhaustive()
    }
}
