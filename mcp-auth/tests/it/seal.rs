use std::{collections::HashSet, sync::Arc};

use portcullis_auth::{OsEntropy, SealError, Sealer, SealingKeys};
use proptest::prelude::*;

fn keys(kids: &[&str]) -> (String, SealingKeys) {
    let texts: Vec<_> = kids
        .iter()
        .map(|kid| SealingKeys::generate(kid).unwrap().to_string())
        .collect();
    let text = texts.join(",");
    let keys = SealingKeys::parse(&text).unwrap();
    (text, keys)
}

fn sealer() -> Sealer {
    Sealer::new(keys(&["k1"]).1, OsEntropy)
}

#[test]
fn t28_sealed_bytes_open_only_for_their_purpose_and_context() {
    let sealer = sealer();
    let sealed = sealer
        .seal("state", &[b"alice", b"tools/call"], b"text")
        .unwrap();
    let opened = sealer
        .open("state", &[b"alice", b"tools/call"], &sealed)
        .unwrap();
    assert_eq!(*opened, b"text");
    for (purpose, context) in [
        ("other", vec![&b"alice"[..], b"tools/call"]),
        ("state", vec![b"bob", b"tools/call"]),
        ("state", vec![b"alice", b"prompts/get"]),
        ("state", vec![b"alicet", b"ools/call"]),
        ("state", vec![b"alice"]),
        ("state", vec![]),
    ] {
        let result = sealer.open(purpose, &context, &sealed);
        assert_eq!(
            result.unwrap_err(),
            SealError::Refused,
            "{purpose} {context:?}"
        );
    }
}

#[test]
fn t28_sealed_bytes_open_after_a_rotation_until_the_key_is_dropped() {
    let (old, old_keys) = keys(&["old"]);
    let (new, new_keys) = keys(&["new"]);
    let sealed = Sealer::new(old_keys, OsEntropy)
        .seal("p", &[], b"x")
        .unwrap();
    let both = SealingKeys::parse(&format!("{new},{old}")).unwrap();
    assert!(Sealer::new(both, OsEntropy).open("p", &[], &sealed).is_ok());
    assert!(
        Sealer::new(new_keys, OsEntropy)
            .open("p", &[], &sealed)
            .is_err()
    );
}

#[test]
fn sealing_twice_gives_different_bytes() {
    let sealer = Arc::new(sealer());
    let all: HashSet<_> = (0..64)
        .map(|_| sealer.seal("p", &[], b"x").unwrap())
        .collect();
    assert_eq!(all.len(), 64);
}

proptest! {
    #[test]
    fn t28_one_changed_byte_is_refused(text: Vec<u8>, position: prop::sample::Index, flip in 1u8..) {
        let sealer = sealer();
        let mut sealed = sealer.seal("p", &[b"c"], &text).unwrap();
        prop_assert_eq!(&*sealer.open("p", &[b"c"], &sealed).unwrap(), &text);
        let position = position.index(sealed.len());
        sealed[position] ^= flip;
        prop_assert!(sealer.open("p", &[b"c"], &sealed).is_err());
    }

    #[test]
    fn t28_arbitrary_bytes_are_refused(bytes: Vec<u8>) {
        prop_assert!(sealer().open("p", &[], &bytes).is_err());
    }
}
