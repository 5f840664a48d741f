//! Two replicas, and a client that reaches another one with every request.

mod bus;
mod directory;
mod loss;
mod resp;
mod seals;
mod sessions;
mod sse;
mod trust;
mod valkey;
mod world;
