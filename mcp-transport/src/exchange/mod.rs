//! One exchange over HTTP, as every transport needs it: reading a request within its bounds,
//! comparing headers with the message, answering or refusing it.

pub(crate) mod body;
pub(crate) mod event;
pub(crate) mod negotiate;
pub(crate) mod reply;
pub(crate) mod routing;
pub(crate) mod signature;
pub(crate) mod version;
