//! API keys, alone and beside tokens.

use aws_lc_rs::digest::{SHA256, digest};
use portcullis_auth::{
    ApiKeys, AuthScheme, Bearer, BearerToken, Issuer, Principal, PrincipalKind, Subject,
    TokenVerifier, VerifyError, danger,
};
use rstest::rstest;

use crate::door::{Door, RESOURCE, resource};

fn key(id: &str, digit: char) -> String {
    format!("{id}.{}", digit.to_string().repeat(64))
}

fn sha256(key: &str) -> String {
    let bytes = digest(&SHA256, key.as_bytes());
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn document() -> String {
    format!(
        "ci:{}:weather/read weather:alert,\n  cron:{}\n",
        sha256(&key("ci", '1')),
        sha256(&key("cron", '2')).to_uppercase(),
    )
}

#[tokio::test]
async fn a_key_is_a_machine_with_the_scopes_of_its_entry() {
    let door = Door::new(ApiKeys::parse(&document()).unwrap());
    let answer = door.knock(&key("ci", '1')).await;
    answer.is("ci");
    assert_eq!(answer.body["kind"], "Machine");
    assert_eq!(answer.body["iss"], RESOURCE);
    assert_eq!(answer.body["scopes"], "weather/read weather:alert");
    assert_eq!(answer.body["authorization"], false);
    assert_eq!(door.knock(&key("cron", '2')).await.body["scopes"], "");
}

#[tokio::test]
async fn other_credentials_are_refused() {
    let door = Door::new(ApiKeys::parse(&document()).unwrap());
    let hash_as_secret = format!("ci.{}", sha256(&key("ci", '1')));
    for credential in [
        &key("ci", '2'),
        &key("cron", '1'),
        &key("nobody", '1'),
        &hash_as_secret,
        "ci",
        "ci.",
        ".",
        "garbage",
    ] {
        door.knock(credential).await.is_refused();
    }
    assert_eq!(door.knock_with(&[]).await.status, 401);
}

#[tokio::test]
async fn a_key_with_fewer_than_256_bits_does_not_work() {
    let document = format!("ci:{}", sha256("ci.hunter2"));
    let door = Door::new(ApiKeys::parse(&document).unwrap());
    door.knock("ci.hunter2").await.is_refused();
}

#[rstest]
#[case::empty("")]
#[case::blank(" ,\n")]
#[case::a_key_in_place_of_its_hash("ci:ci.s3cr3t")]
#[case::no_hash("ci")]
#[case::short_hash("ci:0123")]
#[case::not_hex("ci:zz5df8d9a0d4a4ea6c3f0b1c8a9f7e6d5c4b3a29181716151413121110f0e0d0")]
#[case::wide_letters("ci:ééééééééééééééééééééééééééééééééé")]
#[case::odd_id("c i:5df8d9a0d4a4ea6c3f0b1c8a9f7e6d5c4b3a29181716151413121110f0e0d0c0")]
#[case::odd_scope("ci:5df8d9a0d4a4ea6c3f0b1c8a9f7e6d5c4b3a29181716151413121110f0e0d0c0:\"")]
#[case::twice(
    "ci:5df8d9a0d4a4ea6c3f0b1c8a9f7e6d5c4b3a29181716151413121110f0e0d0c0,ci:5df8d9a0d4a4ea6c3f0b1c8a9f7e6d5c4b3a29181716151413121110f0e0d0c0"
)]
fn t31_a_malformed_document_is_named_and_not_quoted(#[case] document: &str) {
    let lookup = |_: &str| Some(document.to_owned());
    let error = ApiKeys::from_lookup("MCP_API_KEYS", lookup).unwrap_err();
    assert_eq!(error.setting(), "MCP_API_KEYS");
    let text = error.to_string();
    assert!(!text.contains("s3cr3t") && !text.contains("5df8"), "{text}");
}

#[test]
fn a_missing_variable_is_named() {
    let error = ApiKeys::from_lookup("MCP_API_KEYS", |_| None).unwrap_err();
    assert_eq!(error.setting(), "MCP_API_KEYS");
}

#[test]
fn pairs_are_another_way_to_write_a_document() {
    let pairs = [("ci", sha256(&key("ci", '1')) + ":a,b c")];
    assert!(ApiKeys::from_pairs(pairs).is_ok());
    assert!(ApiKeys::from_pairs([("ci", "")]).is_err());
}

/// Takes one word, and fails the test when it is shown an API key.
struct Password;

impl TokenVerifier for Password {
    async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
        assert!(!token.expose().starts_with("ci."));
        if token.expose() != "sesame" {
            return Err(VerifyError::Invalid("not the word"));
        }
        let issuer = Issuer::new("https://me.example").unwrap();
        Ok(Principal::new(
            issuer,
            Subject::new("ali").unwrap(),
            PrincipalKind::User,
        ))
    }

    fn authorization_servers(&self) -> Vec<Issuer> {
        vec![Issuer::new("https://me.example").unwrap()]
    }
}

#[tokio::test]
async fn keys_stand_beside_tokens_and_are_never_shown_to_the_other_verifier() {
    let scheme = ApiKeys::parse(&document()).unwrap().or(Bearer(Password));
    let door = Door::new(scheme);
    door.knock(&key("ci", '1')).await.is("ci");
    door.knock(&key("ci", '9')).await.is_refused();
    door.knock("sesame").await.is("ali");
    door.knock("open").await.is_refused();
}

#[test]
fn the_metadata_names_the_issuers_of_the_other_scheme() {
    let keys = ApiKeys::parse(&document()).unwrap();
    let auth = keys.clone().for_resource(&resource()).unwrap();
    assert!(auth.authorization_servers().is_empty() && !auth.is_anonymous());
    let auth = keys.or(Bearer(Password)).for_resource(&resource()).unwrap();
    assert_eq!(
        auth.authorization_servers()[0].as_str(),
        "https://me.example"
    );
}

#[test]
fn keys_beside_anonymous_access_decide_nothing_and_are_refused() {
    let scheme = ApiKeys::parse(&document()).unwrap().or(danger::anonymous());
    assert!(scheme.for_resource(&resource()).is_err());
}
