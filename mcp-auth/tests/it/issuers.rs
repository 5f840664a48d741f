//! Several issuers on one resource.

use portcullis_auth::{AuthScheme, Issuers, ManualClock, Oidc, Timestamp, TrustedIssuer};
use serde_json::json;

use crate::{
    door::{Door, RESOURCE, resource},
    issuer::{Signer, Site, jwks},
};

const NOW: u64 = 1_800_000_000;

fn token(signer: &Signer, issuer: &str) -> String {
    let claims = json!({ "iss": issuer, "sub": issuer, "aud": RESOURCE, "exp": NOW + 60 });
    signer.access_token(&claims)
}

#[tokio::test]
async fn t05_keys_of_two_issuers_are_never_mixed() {
    let site = Site::start().await;
    // Even under one name.
    let (a, b) = (Signer::ec("k1"), Signer::ec("k1"));
    site.set("/a", 200, jwks([a.jwk()]));
    site.set("/b", 200, jwks([b.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let oidc = |name: &str, path: &str| {
        Oidc::issuer(name)
            .jwks_uri(site.url(path))
            .clock(clock.clone())
    };
    let issuers = [
        oidc("https://a.example", "/a"),
        oidc("https://b.example", "/b"),
    ];
    let door = Door::new(Issuers::new(issuers).unwrap());

    door.knock(&token(&a, "https://a.example"))
        .await
        .is("https://a.example");
    door.knock(&token(&b, "https://b.example"))
        .await
        .is("https://b.example");
    door.knock(&token(&a, "https://b.example"))
        .await
        .is_refused();
    door.knock(&token(&b, "https://a.example"))
        .await
        .is_refused();
    door.knock(&token(&a, "https://c.example"))
        .await
        .is_refused();
    door.knock("garbage").await.is_refused();
}

#[test]
fn issuers_are_listed_in_order_and_none_twice() {
    let [a, b] = ["https://a.example", "https://b.example"].map(Oidc::issuer);
    let auth = Issuers::new([a.clone(), b])
        .unwrap()
        .for_resource(&resource())
        .unwrap();
    let names: Vec<_> = auth
        .authorization_servers()
        .iter()
        .map(|i| i.as_str())
        .collect();
    assert_eq!(names, ["https://a.example", "https://b.example"]);

    assert!(
        Issuers::new([a.clone(), a])
            .unwrap_err()
            .to_string()
            .contains("twice")
    );
    assert!(Issuers::new(Vec::<TrustedIssuer>::new()).is_err());
    assert!(Issuers::new([Oidc::issuer("not a url")]).is_err());
}
