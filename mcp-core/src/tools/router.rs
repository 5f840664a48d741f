//! One tool router per server type, for servers that have type parameters.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use rmcp::handler::server::tool::ToolRouter;

type Routers = HashMap<TypeId, &'static (dyn Any + Send + Sync)>;

static ROUTERS: RwLock<Option<Routers>> = RwLock::new(None);

/// The router of `S`, built by `build` when it is first asked for and kept for good: there are as
/// many as a program has server types.
pub fn shared_router<S: Send + Sync + 'static>(
    build: impl FnOnce() -> ToolRouter<S>,
) -> &'static ToolRouter<S> {
    let known = ROUTERS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(router) = known.as_ref().and_then(find) {
        return router;
    }
    drop(known);
    let built = build();
    let mut routers = ROUTERS.write().unwrap_or_else(PoisonError::into_inner);
    let routers = routers.get_or_insert_default();
    if let Some(router) = find(routers) {
        return router;
    }
    let router: &'static ToolRouter<S> = Box::leak(Box::new(built));
    routers.insert(TypeId::of::<S>(), router);
    router
}

fn find<S: Send + Sync + 'static>(routers: &Routers) -> Option<&'static ToolRouter<S>> {
    routers.get(&TypeId::of::<S>())?.downcast_ref()
}
