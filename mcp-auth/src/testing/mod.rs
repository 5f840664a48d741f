//! What authors need to test a protected server without a cloud.

mod cognito;

pub use cognito::{
    MockAppClient, MockCognito, MockCognitoBuilder, MockCognitoError, MockEndpoint, MockFault,
    MockToken, MockUser,
};
