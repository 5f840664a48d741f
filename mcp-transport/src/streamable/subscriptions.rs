//! How many subscriptions (`subscriptions/listen`) are open.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::body::Body;
use http::{Response, StatusCode};
use rmcp::{ErrorData, model::RequestId};
use thiserror::Error;

use crate::{
    Limits, OwnerKey,
    exchange::reply,
    session::{Caps, Locked},
};

/// The open subscriptions of an endpoint, counted. A subscription lasts for hours, so it needs a
/// bound of its own.
#[derive(Debug)]
pub(super) struct Subscriptions {
    caps: Caps,
    open: Locked<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    per_owner: HashMap<OwnerKey, usize>,
}

/// Why one more subscription does not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum TooMany {
    #[error("this server has as many subscriptions as it may have; try again later")]
    Altogether,
    #[error("you have as many subscriptions as one caller may have; end one, then try again")]
    OfOwner,
}

impl Subscriptions {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            caps: Caps {
                total: limits.max_subscriptions,
                per_owner: limits.max_subscriptions_per_owner,
            },
            open: Locked::default(),
        })
    }

    /// Takes the place of one subscription, until that is dropped.
    pub(super) fn begin(self: &Arc<Self>, owner: Option<OwnerKey>) -> Result<Place, TooMany> {
        let mut open = self.open.lock();
        let of_owner = |owner| open.per_owner.get(&owner).copied().unwrap_or_default();
        if owner.is_some_and(|owner| of_owner(owner) >= self.caps.per_owner) {
            return Err(TooMany::OfOwner);
        }
        if open.total >= self.caps.total {
            return Err(TooMany::Altogether);
        }
        open.total += 1;
        if let Some(owner) = owner {
            *open.per_owner.entry(owner).or_default() += 1;
        }
        Ok(Place {
            among: self.clone(),
            owner,
        })
    }
}

impl TooMany {
    pub(super) fn into_response(self, id: &RequestId) -> Response<Body> {
        let status = match self {
            Self::Altogether => StatusCode::SERVICE_UNAVAILABLE,
            Self::OfOwner => StatusCode::TOO_MANY_REQUESTS,
        };
        let error = ErrorData::internal_error(self.to_string(), None);
        reply::refuse_for_now(status, Some(id), &error)
    }
}

/// One subscription's place.
#[derive(Debug)]
#[must_use = "the place is free again when this is dropped"]
pub(super) struct Place {
    among: Arc<Subscriptions>,
    owner: Option<OwnerKey>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.among.open.lock();
        open.total -= 1;
        if let Some(owner) = self.owner
            && let Entry::Occupied(mut count) = open.per_owner.entry(owner)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
