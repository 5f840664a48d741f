use std::collections::HashMap;

use portcullis_auth::{SealingKeys, SigningKeys, demo_keys};
use rstest::rstest;

fn lookup(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> + use<> {
    let map: HashMap<_, _> = pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    move |name| map.get(name).cloned()
}

#[test]
fn missing_keys_name_the_setting_and_the_way_out() {
    let error = SigningKeys::from_lookup(lookup(&[])).unwrap_err();
    assert_eq!(error.setting(), "PORTCULLIS_SIGNING_KEYS");
    assert!(error.to_string().contains("portcullis keygen"), "{error}");
    let error = SealingKeys::from_lookup(lookup(&[])).unwrap_err();
    assert_eq!(error.setting(), "PORTCULLIS_SEALING_KEYS");
}

#[rstest]
#[case::no_kid("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::empty("")]
#[case::empty_kid(":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::odd_kid("k 1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::short("k1:c2hvcnQ")]
#[case::not_base64("k1:s3cr3t!!")]
#[case::twice(
    "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)]
#[case::trailing_comma("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,")]
fn s01_malformed_keys_are_refused_and_not_quoted(#[case] text: &str) {
    let error = SealingKeys::parse(text).unwrap_err().to_string();
    for secret in ["AAAA", "c2hvcnQ", "s3cr3t"] {
        assert!(!error.contains(secret), "{error}");
    }
    assert!(SigningKeys::parse(text).is_err());
}

#[test]
fn s01_demo_keys_are_for_demos() {
    let signing = SigningKeys::generate("demo-1").unwrap();
    assert!(
        SigningKeys::parse(&signing)
            .unwrap_err()
            .to_string()
            .contains("demo")
    );
    assert!(SigningKeys::parse_demo(&signing).is_ok());
    let sealing = SealingKeys::generate("demo-1").unwrap();
    assert!(
        SealingKeys::parse(&sealing)
            .unwrap_err()
            .to_string()
            .contains("demo")
    );
    assert!(SealingKeys::parse_demo(&sealing).is_ok());
}

#[test]
fn a_key_file_is_read_and_two_sources_are_refused() {
    let folder = crate::temp::Folder::new();
    let file = folder.path("keys");
    std::fs::write(
        &file,
        format!("{}\n", *SealingKeys::generate("k1").unwrap()),
    )
    .unwrap();
    let file = file.to_str().unwrap();
    assert!(SealingKeys::from_lookup(lookup(&[("PORTCULLIS_SEALING_KEYS_FILE", file)])).is_ok());
    let both = lookup(&[
        ("PORTCULLIS_SEALING_KEYS_FILE", file),
        ("PORTCULLIS_SEALING_KEYS", "k1:x"),
    ]);
    assert!(SealingKeys::from_lookup(both).is_err());
    let missing = lookup(&[("PORTCULLIS_SEALING_KEYS_FILE", "/nonexistent/keys")]);
    let error = SealingKeys::from_lookup(missing).unwrap_err();
    assert_eq!(error.setting(), "PORTCULLIS_SEALING_KEYS_FILE");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let text = SealingKeys::generate("k1").unwrap();
    let pairs = [
        ("PORTCULLIS_SEALING_KEYS", &**text),
        ("PORTCULLIS_SEALING_KEYS_FILE", ""),
    ];
    assert!(SealingKeys::from_lookup(lookup(&pairs)).is_ok());
    let pairs = [
        ("PORTCULLIS_SEALING_KEYS", ""),
        ("PORTCULLIS_SEALING_KEYS_FILE", ""),
    ];
    let error = SealingKeys::from_lookup(lookup(&pairs)).unwrap_err();
    assert!(error.to_string().contains("is not set"), "{error}");
}

#[test]
fn demo_keys_are_made_once_and_are_private() {
    let folder = crate::temp::Folder::new();
    let file = folder.path("keys");
    let (signing, sealing) = demo_keys(&file).unwrap();
    let (signing_again, sealing_again) = demo_keys(&file).unwrap();
    assert_eq!(format!("{signing:?}"), format!("{signing_again:?}"));
    assert_eq!(format!("{sealing:?}"), format!("{sealing_again:?}"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn t31_keys_are_not_printed() {
    let text = SealingKeys::generate("k1").unwrap();
    let keys = SealingKeys::parse(&text).unwrap();
    assert_eq!(format!("{keys:?}"), r#"["k1"]"#);
    let text = SigningKeys::generate("k1").unwrap();
    assert_eq!(
        format!("{:?}", SigningKeys::parse(&text).unwrap()),
        r#"["k1"]"#
    );
}

#[test]
fn a_derived_secret_is_of_one_key_for_one_purpose() {
    let [a, b] = ["k1", "k2"].map(|kid| SealingKeys::generate(kid).unwrap());
    let list =
        |first: &str, second: &str| SealingKeys::parse(&format!("{first},{second}")).unwrap();
    let keys = list(&a, &b);
    let (first, others) = keys.derive("replicas v1");
    assert_eq!(others.len(), 1);
    assert_ne!(first, others[0]);
    assert_ne!(first, keys.derive("replicas v2").0);

    // Who has the same keys has the same secrets.
    let rotated = list(&b, &a).derive("replicas v1");
    assert_eq!((&rotated.0, &rotated.1[0]), (&others[0], &first));
}
