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
    CountKey, Limits,
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
    counted: HashMap<CountKey, usize>,
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
    pub(super) fn begin(self: &Arc<Self>, key: Option<CountKey>) -> Result<Place, TooMany> {
        let mut open = self.open.lock();
        let count_of = |key| open.counted.get(&key).copied().unwrap_or_default();
        if key.is_some_and(|key| count_of(key) >= self.caps.per_owner) {
            return Err(TooMany::OfOwner);
        }
        if open.total >= self.caps.total {
            return Err(TooMany::Altogether);
        }
        open.total += 1;
        if let Some(key) = key {
            *open.counted.entry(key).or_default() += 1;
        }
        Ok(Place {
            among: self.clone(),
            key,
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
    key: Option<CountKey>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.among.open.lock();
        open.total -= 1;
        if let Some(key) = self.key
            && let Entry::Occupied(mut count) = open.counted.entry(key)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
