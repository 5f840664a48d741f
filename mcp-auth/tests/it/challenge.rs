//! T12: what a refused client is told.

use portcullis_auth::{Challenge, ResourceIdentifier, ScopeSet};
use proptest::prelude::*;

use crate::door::resource;

#[test]
fn t12_one_403_names_all_scopes_of_the_operation() {
    let scopes: ScopeSet = "weather/read weather/alert".parse().unwrap();
    let response = Challenge::insufficient_scope(&resource(), scopes).into_response();
    assert_eq!(response.status(), 403);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains(r#"scope="weather/read weather/alert""#),
        "{challenge}"
    );
    assert!(
        challenge.contains(r#"error="insufficient_scope""#),
        "{challenge}"
    );
    assert!(challenge.contains("resource_metadata="), "{challenge}");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[test]
fn t12_a_resource_cannot_end_the_quoted_string() {
    let odd = ResourceIdentifier::new("https://mcp.example.com/a\"b,c='d'").unwrap();
    let challenge = Challenge::no_credential(&odd, ScopeSet::default()).header_value();
    assert_eq!(
        challenge.to_str().unwrap().matches('"').count(),
        2,
        "{challenge:?}"
    );
}

proptest! {
    #[test]
    fn t12_a_description_injects_neither_parameters_nor_headers(text in "\\PC{0,40}|[\"\\\\\r\n\0, =a-z]{0,40}") {
        let challenge = Challenge::invalid_token(&resource(), ScopeSet::default())
            .with_description(text)
            .header_value();
        let challenge = challenge.to_str().unwrap();
        prop_assert!(challenge.starts_with("Bearer resource_metadata="));
        prop_assert_eq!(challenge.matches('"').count(), 6);
        prop_assert!(!challenge.contains('\\'));
    }
}
