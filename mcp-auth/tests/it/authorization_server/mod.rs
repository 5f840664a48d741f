//! The authorization server, from register to revoke.

mod authorize;
mod bodies;
mod build;
mod callback;
mod code;
mod cognito_issuers;
mod consent;
mod durability;
mod flow;
mod footprint;
mod forged_upstream;
mod grant_model;
mod lifetimes;
mod logs;
mod metadata;
mod oidc;
mod provider;
mod redirect_uris;
mod refresh;
mod register;
mod replicas;
mod revoke;
mod rotation;
mod scopes;
mod verifier;
mod world;
