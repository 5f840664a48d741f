//! `MockCognito` answers as Cognito does.

mod authorize;
mod browser;
mod control;
mod direct;
mod token;
