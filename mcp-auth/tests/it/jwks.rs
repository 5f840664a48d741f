//! T2 and T8: how often an issuer is asked for keys, and how long they are believed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use portcullis_auth::{Clock, ManualClock, Oidc, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    door::{Door, RESOURCE},
    issuer::{Signer, Site, jwks},
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";
const JWKS: &str = "/jwks.json";

struct Desk {
    site: Site,
    clock: ManualClock,
    door: Door,
}

/// A door whose issuer does not answer yet.
async fn desk() -> Desk {
    let site = Site::start().await;
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let oidc = Oidc::issuer(ISSUER).jwks_uri(site.url(JWKS));
    let door = Door::new(oidc.clock(clock.clone()));
    Desk { site, clock, door }
}

impl Desk {
    fn publish(&self, keys: impl IntoIterator<Item = Value>) {
        self.site.set(JWKS, 200, jwks(keys));
    }

    fn fail(&self) {
        self.site.set(JWKS, 500, "");
    }

    fn later(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }

    /// Waits for a fetch that runs beside the requests: until the token is refused.
    async fn comes_to_refuse(&self, token: &str) {
        let refused = async {
            while self.door.knock(token).await.status != 401 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), refused)
            .await
            .unwrap();
    }
}

/// A token for `sub`, good for two days, so that only keys decide.
fn token(signer: &Signer, sub: &str) -> String {
    signer.access_token(&json!({
        "iss": ISSUER, "sub": sub, "aud": RESOURCE, "exp": NOW + 172_800,
    }))
}

#[tokio::test]
async fn t02_keys_are_fetched_once_and_only_when_a_token_needs_them() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.publish([signer.jwk()]);
    desk.door.knock_with(&[]).await;
    assert_eq!(desk.site.hits(JWKS), 0);

    let tokens: Vec<_> = (0..20).map(|n| token(&signer, &format!("u{n}"))).collect();
    let answers = tokens.iter().map(|token| desk.door.knock(token));
    for (n, answer) in futures_util::future::join_all(answers)
        .await
        .iter()
        .enumerate()
    {
        answer.is(&format!("u{n}"));
    }
    assert_eq!(desk.site.hits(JWKS), 1);
}

#[tokio::test]
async fn t02_a_flood_of_unknown_keys_asks_the_issuer_once_per_ten_seconds() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.publish([signer.jwk()]);
    desk.door.knock(&token(&signer, "alice")).await.is("alice");

    for round in 0..3 {
        desk.later(10);
        for n in 0..50 {
            let stranger = Signer::ec(&format!("invented-{round}-{n}"));
            let answer = desk.door.knock(&token(&stranger, "mallory")).await;
            assert!(answer.status == 401 || answer.status == 503, "{answer:?}");
        }
        assert_eq!(desk.site.hits(JWKS), 2 + round);
        desk.door.knock(&token(&signer, "alice")).await.is("alice");
    }
}

#[tokio::test]
async fn t02_a_flood_of_unknown_keys_at_once_is_one_question() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.publish([signer.jwk()]);
    desk.door.knock(&token(&signer, "alice")).await.is("alice");
    desk.later(10);
    let strangers = (0..50).map(|n| token(&Signer::ec(&format!("invented-{n}")), "mallory"));
    let strangers: Vec<_> = strangers.collect();
    let answers = strangers.iter().map(|token| desk.door.knock(token));
    for answer in futures_util::future::join_all(answers).await {
        assert!(answer.status == 401 || answer.status == 503, "{answer:?}");
    }
    assert_eq!(desk.site.hits(JWKS), 2);
    desk.door.knock(&token(&signer, "alice")).await.is("alice");
}

#[tokio::test]
async fn t02_an_unknown_key_is_invalid_only_if_the_issuer_was_asked_for_it() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.publish([signer.jwk()]);
    let stranger = token(&Signer::ec("unknown"), "mallory");
    // The very first fetch was made for this one.
    desk.door.knock(&stranger).await.is_refused();

    let next = Signer::ec("k2");
    desk.publish([signer.jwk(), next.jwk()]);
    desk.later(4);
    assert_eq!(desk.door.knock(&token(&next, "bob")).await.retry_after(), 6);
    desk.door.knock(&stranger).await.is_refused();
    desk.later(6);
    desk.door.knock(&token(&next, "bob")).await.is("bob");
    assert_eq!(desk.site.hits(JWKS), 2);
}

#[tokio::test]
async fn t02_a_client_that_hangs_up_stops_the_fetch_of_nobody_else() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.publish([signer.jwk()]);
    let alice = token(&signer, "alice");
    assert!(desk.door.knock(&alice).now_or_never().is_none());
    desk.door.knock(&alice).await.is("alice");
    assert_eq!(desk.site.hits(JWKS), 1);
}

#[tokio::test]
async fn t02_two_keys_of_one_name_verify_nothing_and_a_repeated_key_is_one() {
    let desk = desk().await;
    let (one, other) = (Signer::ec("k1"), Signer::ec("k1"));
    let clear = Signer::ec("k2");
    desk.publish([one.jwk(), other.jwk(), clear.jwk(), clear.jwk()]);
    for ambiguous in [&one, &other] {
        assert_ne!(desk.door.knock(&token(ambiguous, "eve")).await.status, 200);
    }
    desk.door.knock(&token(&clear, "alice")).await.is("alice");
}

#[tokio::test]
async fn t02_one_name_for_keys_of_two_types_is_no_ambiguity() {
    let desk = desk().await;
    let (rsa, ec) = (Signer::rsa("k1"), Signer::ec("k1"));
    desk.publish([rsa.jwk(), ec.jwk()]);
    desk.door.knock(&token(&rsa, "alice")).await.is("alice");
    desk.door.knock(&token(&ec, "bob")).await.is("bob");
}

#[tokio::test]
async fn t02_a_token_without_kid_needs_a_set_with_one_possible_key() {
    let desk = desk().await;
    let (rsa, ec) = (Signer::rsa("k1"), Signer::ec("k2"));
    let anonymous = ec.token(
        &json!({ "alg": "ES256", "typ": "at+jwt" }),
        &json!({ "iss": ISSUER, "sub": "alice", "aud": RESOURCE, "exp": NOW + 172_800 }),
    );
    desk.publish([rsa.jwk(), ec.jwk()]);
    desk.door.knock(&anonymous).await.is("alice");

    desk.publish([rsa.jwk(), ec.jwk(), Signer::ec("k3").jwk()]);
    desk.later(3600);
    desk.comes_to_refuse(&anonymous).await;
    desk.door.knock(&token(&rsa, "bob")).await.is("bob");
}

#[tokio::test]
async fn t02_a_kid_never_chooses_a_key_without_one() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    let mut jwk = signer.jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    desk.publish([jwk]);
    desk.door.knock(&token(&signer, "alice")).await.is_refused();
}

#[rstest]
#[case::too_many_keys(200, 200)]
#[case::too_big(200, 10_000)]
#[tokio::test]
async fn t02_an_enormous_key_set_is_not_taken(#[case] status: u16, #[case] copies: usize) {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.site
        .set(JWKS, status, jwks((0..copies).map(|_| signer.jwk())));
    desk.door
        .knock(&token(&signer, "alice"))
        .await
        .retry_after();
}

#[tokio::test]
async fn t02_a_redirect_is_not_followed() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    desk.site.redirect(JWKS, "/internal");
    desk.site.set("/internal", 200, jwks([signer.jwk()]));
    desk.door
        .knock(&token(&signer, "alice"))
        .await
        .retry_after();
    assert_eq!(desk.site.hits("/internal"), 0);
}

#[rstest]
#[case::not_found(404, "")]
#[case::not_json(200, "<html>")]
#[case::no_keys(200, r#"{"keys":[]}"#)]
#[case::keys_is_no_list(200, r#"{"keys":{}}"#)]
#[case::only_symmetric(200, r#"{"keys":[{"kty":"oct","kid":"k1","k":"AAAA"}]}"#)]
#[tokio::test]
async fn t08_what_is_no_key_set_is_a_fault_of_the_issuer(#[case] status: u16, #[case] body: &str) {
    let desk = desk().await;
    desk.site.set(JWKS, status, body);
    let token = token(&Signer::ec("k1"), "alice");
    assert_eq!(desk.door.knock(&token).await.retry_after(), 10);
}

#[tokio::test]
async fn t08_unusable_keys_are_skipped_and_the_others_serve() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    let mut for_encryption = Signer::ec("k2").jwk();
    for_encryption["use"] = json!("enc");
    let mut hmac_by_name = Signer::rsa("k3").jwk();
    hmac_by_name["alg"] = json!("HS256");
    let weak = json!({ "kty": "RSA", "kid": "k4", "alg": "RS256", "e": "AQAB", "n": "AQAB" });
    let off_curve = json!({ "kty": "EC", "kid": "k5", "crv": "P-256", "x": "AQ", "y": "AQ" });
    let unknown = json!({ "kty": "AKP", "kid": "k6" });
    desk.publish([
        json!(7),
        for_encryption,
        hmac_by_name,
        weak,
        off_curve,
        unknown,
        signer.jwk(),
    ]);
    desk.door.knock(&token(&signer, "alice")).await.is("alice");
}

#[tokio::test]
async fn t08_an_issuer_that_is_down_at_the_start_is_asked_again_after_ten_seconds() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    let alice = token(&signer, "alice");
    desk.fail();
    assert_eq!(desk.door.knock(&alice).await.retry_after(), 10);
    desk.publish([signer.jwk()]);
    desk.later(9);
    assert_eq!(desk.door.knock(&alice).await.retry_after(), 1);
    assert_eq!(desk.site.hits(JWKS), 1);
    desk.later(1);
    desk.door.knock(&alice).await.is("alice");
}

#[tokio::test]
async fn t08_an_issuer_that_goes_down_signs_nobody_out_for_an_hour_and_then_everybody() {
    let desk = desk().await;
    let signer = Signer::ec("k1");
    let (alice, bob) = (token(&signer, "alice"), token(&signer, "bob"));
    desk.publish([signer.jwk()]);
    desk.door.knock(&alice).await.is("alice");

    desk.fail();
    desk.later(3600);
    desk.door.knock(&alice).await.is("alice");
    desk.door.knock(&bob).await.is("bob");
    desk.later(1);
    // Also the token that was remembered.
    desk.door.knock(&alice).await.retry_after();
    desk.door.knock(&bob).await.retry_after();

    desk.publish([signer.jwk()]);
    desk.later(10);
    desk.door.knock(&alice).await.is("alice");
}

#[tokio::test]
async fn t08_a_key_that_was_taken_back_ends_also_remembered_tokens() {
    let desk = desk().await;
    let (old, new) = (Signer::ec("old"), Signer::ec("new"));
    let alice = token(&old, "alice");
    desk.publish([old.jwk(), new.jwk()]);
    desk.door.knock(&alice).await.is("alice");

    desk.publish([new.jwk()]);
    desk.later(299);
    desk.door.knock(&alice).await.is("alice");
    desk.later(2);
    // Stale keys still serve one request; it starts the fetch that takes them away.
    desk.door.knock(&alice).await.is("alice");
    // Within ten seconds of that fetch, the old name might be a new key.
    desk.later(10);
    desk.comes_to_refuse(&alice).await;
    desk.door.knock(&token(&new, "bob")).await.is("bob");
}

/// Counts how often it is asked: a fetch that ends asks once.
struct CountingClock(ManualClock, Arc<AtomicUsize>);

impl Clock for CountingClock {
    fn now(&self) -> Timestamp {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.now()
    }
}

#[tokio::test]
async fn t08_keys_are_renewed_beside_requests_again_and_again() {
    let site = Site::start().await;
    let signer = Signer::ec("k1");
    site.set(JWKS, 200, jwks([signer.jwk()]));
    let (clock, asked) = (ManualClock::at(Timestamp::from_secs(NOW)), Arc::default());
    let counting = CountingClock(clock.clone(), Arc::clone(&asked));
    let oidc = Oidc::issuer(ISSUER)
        .jwks_uri(site.url(JWKS))
        .clock(counting);
    let door = Door::new(oidc);
    let alice = token(&signer, "alice");
    door.knock(&alice).await.is("alice");

    for renewals in 1..=3 {
        clock.advance(Duration::from_secs(301));
        door.knock(&alice).await.is("alice");
        let before = asked.load(Ordering::SeqCst);
        let renewed = async {
            while asked.load(Ordering::SeqCst) == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), renewed)
            .await
            .unwrap();
        assert_eq!(site.hits(JWKS), 1 + renewals);
    }
}

#[tokio::test]
async fn t08_a_new_key_is_known_before_the_old_set_is_stale() {
    let desk = desk().await;
    let (old, new) = (Signer::ec("old"), Signer::ec("new"));
    desk.publish([old.jwk()]);
    desk.door.knock(&token(&old, "alice")).await.is("alice");
    desk.publish([old.jwk(), new.jwk()]);
    desk.later(60);
    desk.door.knock(&token(&new, "bob")).await.is("bob");
    desk.door.knock(&token(&old, "alice")).await.is("alice");
}

fn metadata(issuer: &str, site: &Site) -> String {
    json!({ "issuer": issuer, "jwks_uri": site.url(JWKS) }).to_string()
}

const OAUTH: &str = "/.well-known/oauth-authorization-server/tenant";
const OPENID: &str = "/tenant/.well-known/openid-configuration";

#[rstest]
#[case::rfc_8414(OAUTH)]
#[case::openid(OPENID)]
#[tokio::test]
async fn keys_are_found_through_the_issuers_metadata(#[case] path: &str) {
    let site = Site::start().await;
    let issuer = site.url("/tenant");
    let signer = Signer::ec("k1");
    site.set(path, 200, metadata(&issuer, &site));
    site.set(JWKS, 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let door = Door::new(Oidc::issuer(&issuer).clock(clock));
    let claims = json!({ "iss": issuer, "sub": "alice", "aud": RESOURCE, "exp": NOW + 60 });
    door.knock(&signer.access_token(&claims)).await.is("alice");
}

#[rstest]
#[case::small(1)]
#[case::larger_than_any_metadata(10_000)]
#[tokio::test]
async fn a_page_in_place_of_the_oauth_metadata_is_passed_over(#[case] words: usize) {
    let site = Site::start().await;
    let issuer = site.url("/tenant");
    let signer = Signer::ec("k1");
    site.set(OAUTH, 200, "<html>welcome</html>".repeat(words));
    site.set(OPENID, 200, metadata(&issuer, &site));
    site.set(JWKS, 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let door = Door::new(Oidc::issuer(&issuer).clock(clock));
    let claims = json!({ "iss": issuer, "sub": "alice", "aud": RESOURCE, "exp": NOW + 60 });
    door.knock(&signer.access_token(&claims)).await.is("alice");
}

#[rstest]
#[case::slash("/tenant/", "")]
#[case::other("/other", "")]
#[case::plain_http("/tenant", "http://keys.example.com/jwks.json")]
#[case::file("/tenant", "file:///etc/passwd")]
#[tokio::test]
async fn t05_metadata_of_another_issuer_or_with_an_odd_key_url_is_refused(
    #[case] named: &str,
    #[case] jwks_uri: &str,
) {
    let site = Site::start().await;
    let issuer = site.url("/tenant");
    let signer = Signer::ec("k1");
    let mut document: Value = serde_json::from_str(&metadata(&site.url(named), &site)).unwrap();
    if !jwks_uri.is_empty() {
        document["jwks_uri"] = json!(jwks_uri);
    }
    site.set(OAUTH, 200, document.to_string());
    site.set(JWKS, 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let door = Door::new(Oidc::issuer(&issuer).clock(clock));
    let claims = json!({ "iss": issuer, "sub": "alice", "aud": RESOURCE, "exp": NOW + 60 });
    door.knock(&signer.access_token(&claims))
        .await
        .retry_after();
    assert_eq!(site.hits(JWKS), 0);
}
