//! At the desk: an own server with sign-in, and no cloud.
//!
//! [`login`] adds an authorization server and a mock Cognito pool to an [`App`](crate::App);
//! [`Desk`] binds a port, prints what is needed to connect, and serves. Both work on loopback only:
//! everybody knows the password.
//!
//! ```no_run
//! use portcullis::{dev::{self, Desk}, prelude::*};
//!
//! struct Clock;
//!
//! #[mcp_server(name = "clock")]
//! impl Clock {
//!     /// Says that it is noon.
//!     #[tool(scopes("clock:read"))]
//!     async fn now(&self) -> String { "noon".into() }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), dev::DeskError> {
//!     let desk = Desk::from_args().await?;
//!     let mut app = App::new(desk.origin());
//!     let clock = McpServer::new(desk.url("/mcp"), Clock)
//!         .auth(dev::login(&mut app)?)
//!         .build()?;
//!     desk.serve(app.server(clock)).await
//! }
//! ```

mod arguments;
mod deferred;
mod desk;
mod error;
mod login;
mod welcome;

pub use desk::Desk;
pub use error::DeskError;
pub(crate) use login::Login;
pub use login::{DevLogin, login};

/// The mock pool's user.
pub const USER: &str = "test@example.com";
/// The mock pool's user's password.
pub const PASSWORD: &str = "TestPass123!";
