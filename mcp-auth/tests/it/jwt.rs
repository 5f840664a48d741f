//! T1, T3, T4, T5, T7, T11: one token after the other at the door of an `Oidc` resource.

use portcullis_auth::{ManualClock, Oidc, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    door::{Answer, Door, RESOURCE},
    issuer::{Signer, Site, encode, jwks},
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.com";

struct Desk {
    signer: Signer,
    door: Door,
    _site: Site,
}

async fn desk() -> Desk {
    desk_with(Signer::ec("k1"), |oidc| oidc).await
}

async fn desk_with(signer: Signer, configure: impl FnOnce(Oidc) -> Oidc) -> Desk {
    let site = Site::start().await;
    site.set("/jwks.json", 200, jwks([signer.jwk()]));
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let oidc = Oidc::issuer(ISSUER)
        .jwks_uri(site.url("/jwks.json"))
        .clock(clock);
    let door = Door::new(configure(oidc));
    Desk {
        signer,
        door,
        _site: site,
    }
}

impl Desk {
    async fn try_claims(&self, claims: &Value) -> Answer {
        self.door.knock(&self.signer.access_token(claims)).await
    }

    /// Tries good claims with one of them set, or removed by `null`.
    async fn try_with(&self, name: &str, value: Value) -> Answer {
        let mut claims = claims();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        self.try_claims(&claims).await
    }

    async fn try_header(&self, header: Value) -> Answer {
        self.door
            .knock(&self.signer.token(&header, &claims()))
            .await
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "alice", "aud": RESOURCE, "client_id": "app",
        "iat": NOW - 10, "exp": NOW + 600, "scope": "weather/read openid",
    })
}

#[tokio::test]
async fn a_good_token_says_who_calls_and_goes_no_further() {
    let answer = desk().await.try_claims(&claims()).await;
    answer.is("alice");
    assert_eq!(answer.body["client"], "app");
    assert_eq!(answer.body["kind"], "User");
    assert_eq!(answer.body["scopes"], "weather/read openid");
    assert_eq!(answer.body["authorization"], false);
}

#[rstest]
#[case::rsa(Signer::rsa("k1"))]
#[case::ed25519(Signer::ed("k1"))]
#[tokio::test]
async fn other_asymmetric_algorithms_are_verified(#[case] signer: Signer) {
    desk_with(signer, |oidc| oidc)
        .await
        .try_claims(&claims())
        .await
        .is("alice");
}

#[tokio::test]
async fn t01_alg_none_is_refused() {
    let desk = desk().await;
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": alg, "kid": "k1", "typ": "at+jwt" }).to_string();
        let input = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims().to_string().as_bytes())
        );
        desk.door.knock(&format!("{input}.")).await.is_refused();
        desk.door
            .knock(&format!("{input}.{}", encode(b"x")))
            .await
            .is_refused();
    }
}

#[tokio::test]
async fn t01_hmac_with_the_public_key_as_its_secret_is_refused() {
    let desk = desk_with(Signer::rsa("k1"), |oidc| oidc).await;
    let header = json!({ "alg": "HS256", "kid": "k1", "typ": "at+jwt" }).to_string();
    let input = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims().to_string().as_bytes())
    );
    let secret =
        aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &desk.signer.public_bytes());
    let tag = aws_lc_rs::hmac::sign(&secret, input.as_bytes());
    desk.door
        .knock(&format!("{input}.{}", encode(tag.as_ref())))
        .await
        .is_refused();
}

#[rstest]
#[case::of_another_type("RS256")]
#[case::of_another_curve("ES384")]
#[case::unknown("ES256K")]
#[case::in_lower_case("es256")]
#[tokio::test]
async fn t01_an_alg_that_the_key_does_not_make_is_refused(#[case] alg: &str) {
    let header = json!({ "alg": alg, "kid": "k1", "typ": "at+jwt" });
    desk().await.try_header(header).await.is_refused();
}

#[tokio::test]
async fn t01_a_key_that_names_an_alg_makes_no_other() {
    let desk = desk_with(Signer::rsa("k1"), |oidc| oidc).await;
    let header = |alg: &str| json!({ "alg": alg, "kid": "k1", "typ": "at+jwt" });
    desk.try_header(header("RS256")).await.is("alice");
    desk.try_header(header("RS384")).await.is_refused();
}

#[tokio::test]
async fn t01_a_signature_of_another_key_is_refused() {
    let desk = desk().await;
    let token = Signer::ec("k1").access_token(&claims());
    desk.door.knock(&token).await.is_refused();
}

#[tokio::test]
async fn t01_a_token_does_not_bring_its_own_key() {
    let desk = desk().await;
    let stranger = Signer::ec("k1");
    let header = json!({ "alg": "ES256", "kid": "k1", "typ": "at+jwt", "jwk": stranger.jwk() });
    desk.door
        .knock(&stranger.token(&header, &claims()))
        .await
        .is_refused();
}

#[rstest]
#[case::missing("exp", Value::Null)]
#[case::expired("exp", json!(NOW - 31))]
#[case::at_the_end_of_the_leeway("exp", json!(NOW - 30))]
#[case::string("exp", json!((NOW + 600).to_string()))]
#[case::float("exp", json!(1_800_000_600.5))]
#[case::negative("exp", json!(-1))]
#[case::huge("exp", json!(u64::MAX))]
#[case::exponent("exp", json!(1e300))]
#[case::object("exp", json!({}))]
#[case::not_yet("nbf", json!(NOW + 31))]
#[case::string("nbf", json!("0"))]
#[case::float("nbf", json!(0.5))]
#[case::negative("nbf", json!(-1))]
#[case::boolean("nbf", json!(false))]
#[case::future("iat", json!(NOW + 31))]
#[case::string("iat", json!("0"))]
#[case::huge("iat", json!(u64::MAX))]
#[case::negative("iat", json!(-5))]
#[tokio::test]
async fn t03_times_that_are_missing_ill_typed_or_over_are_refused(
    #[case] name: &str,
    #[case] value: Value,
) {
    desk().await.try_with(name, value).await.is_refused();
}

#[tokio::test]
async fn t03_an_explicit_null_is_not_an_absent_time() {
    let desk = desk().await;
    for name in ["exp", "nbf", "iat"] {
        let mut claims = claims();
        claims[name] = Value::Null;
        desk.try_claims(&claims).await.is_refused();
    }
}

#[rstest]
#[case("exp", NOW - 29)]
#[case("nbf", NOW + 30)]
#[case("iat", NOW + 30)]
#[tokio::test]
async fn t03_clocks_may_differ_by_thirty_seconds(#[case] name: &str, #[case] at: u64) {
    desk().await.try_with(name, json!(at)).await.is("alice");
}

#[rstest]
#[case::missing(Value::Null)]
#[case::other(json!("https://mcp.example.com/other/mcp"))]
#[case::longer(json!("https://mcp.example.com/weather/mcp2"))]
#[case::below(json!("https://mcp.example.com/weather/mcp/x"))]
#[case::shorter(json!("https://mcp.example.com/weather"))]
#[case::similar_host(json!("https://mcp.example.com.evil.test/weather/mcp"))]
#[case::the_client(json!("app"))]
#[case::empty(json!(""))]
#[case::empty_list(json!([]))]
#[case::others(json!(["https://a.example", "app"]))]
#[case::list_with_a_number(json!([RESOURCE, 7]))]
#[case::number(json!(7))]
#[case::object(json!({ RESOURCE: true }))]
#[tokio::test]
async fn t04_a_token_for_somebody_else_is_refused(#[case] aud: Value) {
    desk().await.try_with("aud", aud).await.is_refused();
}

#[rstest]
#[case::list(json!(["https://a.example", RESOURCE]))]
#[case::canonicalised(json!("HTTPS://MCP.example.com/weather/mcp/"))]
#[tokio::test]
async fn t04_an_audience_that_names_the_resource_is_good(#[case] aud: Value) {
    desk().await.try_with("aud", aud).await.is("alice");
}

#[rstest]
#[case::missing(Value::Null)]
#[case::trailing_slash(json!("https://login.example.com/"))]
#[case::upper_case(json!("https://LOGIN.example.com"))]
#[case::other(json!("https://login.example.org"))]
#[case::list(json!([ISSUER]))]
#[tokio::test]
async fn t05_another_issuer_is_refused(#[case] iss: Value) {
    desk().await.try_with("iss", iss).await.is_refused();
}

#[rstest]
#[case::missing(None)]
#[case::jwt(Some("JWT"))]
#[case::other(Some("logout+jwt"))]
#[tokio::test]
async fn t07_only_typ_at_jwt_is_an_access_token(#[case] typ: Option<&str>) {
    let header = match typ {
        Some(typ) => json!({ "alg": "ES256", "kid": "k1", "typ": typ }),
        None => json!({ "alg": "ES256", "kid": "k1" }),
    };
    desk().await.try_header(header).await.is_refused();
}

#[rstest]
#[case("AT+JWT")]
#[case("application/at+jwt")]
#[tokio::test]
async fn t07_typ_is_a_media_type(#[case] typ: &str) {
    let header = json!({ "alg": "ES256", "kid": "k1", "typ": typ });
    desk().await.try_header(header).await.is("alice");
}

#[tokio::test]
async fn t07_the_opt_out_of_typ_still_refuses_id_tokens() {
    let desk = desk_with(Signer::ec("k1"), Oidc::untyped_access_tokens).await;
    let header = json!({ "alg": "ES256", "kid": "k1" });
    desk.try_header(header.clone()).await.is("alice");

    let mut id_token = claims();
    id_token["nonce"] = json!("n");
    desk.door
        .knock(&desk.signer.token(&header, &id_token))
        .await
        .is_refused();
    let mut id_token = claims();
    id_token
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "scope" && name != "client_id");
    desk.door
        .knock(&desk.signer.token(&header, &id_token))
        .await
        .is_refused();
}

#[rstest]
#[case::crit(json!({ "crit": ["exp"] }))]
#[case::empty_crit(json!({ "crit": [] }))]
#[case::nested(json!({ "cty": "JWT" }))]
#[case::numeric_kid(json!({ "kid": 7 }))]
#[case::numeric_alg(json!({ "alg": 7 }))]
#[tokio::test]
async fn t07_headers_that_ask_for_more_are_refused(#[case] extra: Value) {
    let mut header = json!({ "alg": "ES256", "kid": "k1", "typ": "at+jwt" });
    header
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    desk().await.try_header(header).await.is_refused();
}

#[rstest]
#[case::claim(r#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#, r#","sub":"bob"}"#)]
#[case::escaped_claim(
    r#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#,
    r#","\u0073ub":"bob"}"#
)]
#[case::nested_claim(
    r#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#,
    r#","act":{"a":1,"a":2}}"#
)]
#[case::alg(r#"{"alg":"none","kid":"k1","typ":"at+jwt","alg":"ES256"}"#, "}")]
#[case::unknown_header(r#"{"alg":"ES256","kid":"k1","typ":"at+jwt","x":1,"x":1}"#, "}")]
#[tokio::test]
async fn t07_duplicate_members_are_refused(#[case] header: &str, #[case] tail: &str) {
    let desk = desk().await;
    let claims = claims().to_string();
    let claims = format!("{}{tail}", claims.strip_suffix('}').unwrap());
    desk.door
        .knock(&desk.signer.raw(header, &claims))
        .await
        .is_refused();
}

#[tokio::test]
async fn t07_what_is_no_token_is_refused_without_a_panic() {
    let desk = desk().await;
    let good = desk.signer.access_token(&claims());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let header = r#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#;
    let tokens = [
        "x".into(),
        "..".into(),
        "a.b.c".into(),
        "a.b.c.d.e".into(),
        input.into(),
        format!("{good}."),
        format!("{good}="),
        format!("{input}.{}", signature.to_uppercase()),
        desk.signer.raw(header, "[]"),
        desk.signer.raw(header, "7"),
        desk.signer.raw(header, ""),
        desk.signer.raw(header, &"[".repeat(5_000)),
        desk.signer.raw("", &claims().to_string()),
        // A token as the payload of another.
        desk.signer.raw(header, &good),
    ];
    for token in tokens {
        desk.door.knock(&token).await.is_refused();
    }
}

#[tokio::test]
async fn t07_an_oversize_token_is_refused() {
    let desk = desk().await;
    let mut big = claims();
    big["pad"] = json!("x".repeat(20_000));
    assert_eq!(desk.try_claims(&big).await.status, 400);
}

#[rstest]
#[case::missing("scope", Value::Null, "")]
#[case::empty("scope", json!(""), "")]
#[case::list("scope", json!(["a", "b"]), "a b")]
#[case::scp("scp", json!("a b"), "weather/read openid")]
#[tokio::test]
async fn t11_scopes_are_those_of_the_claim_and_none_without_it(
    #[case] name: &str,
    #[case] value: Value,
    #[case] granted: &str,
) {
    let answer = desk().await.try_with(name, value).await;
    answer.is("alice");
    assert_eq!(answer.body["scopes"], granted);
}

#[rstest]
#[case::number(json!(7))]
#[case::list_of_numbers(json!([7]))]
#[case::object(json!({ "a": true }))]
#[case::quote(json!("a\"b"))]
#[case::two_in_one(json!(["a b"]))]
#[tokio::test]
async fn t11_a_malformed_scope_claim_is_refused(#[case] scope: Value) {
    desk().await.try_with("scope", scope).await.is_refused();
}

#[rstest]
#[case::missing(Value::Null)]
#[case::empty(json!(""))]
#[case::number(json!(7))]
#[case::control(json!("a\nb"))]
#[tokio::test]
async fn a_token_without_a_subject_is_refused(#[case] sub: Value) {
    desk().await.try_with("sub", sub).await.is_refused();
}

#[tokio::test]
async fn t06_a_client_that_is_its_own_subject_is_a_machine() {
    let answer = desk().await.try_with("sub", json!("app")).await;
    answer.is("app");
    assert_eq!(answer.body["kind"], "Machine");
}
