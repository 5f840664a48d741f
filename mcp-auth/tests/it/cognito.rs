//! T6: what counts as an access token of a Cognito user pool.

use portcullis_auth::{AuthScheme, Cognito, CognitoIssuerType, ManualClock, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    door::{Answer, Door, RESOURCE, resource},
    issuer::{Signer, Site, jwks},
};

const NOW: u64 = 1_800_000_000;
const POOL: &str = "us-west-2_AbC123";
const ISSUER: &str = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC123";

struct Pool {
    signer: Signer,
    door: Door,
    _site: Site,
}

async fn pool(configure: impl FnOnce(Cognito) -> Cognito) -> Pool {
    let site = Site::start().await;
    let signer = Signer::rsa("kid+with/odd=letters");
    site.set(
        &format!("/{POOL}/.well-known/jwks.json"),
        200,
        jwks([signer.jwk()]),
    );
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let cognito = Cognito::user_pool(POOL).endpoint(&site.origin).clock(clock);
    Pool {
        signer,
        door: Door::new(configure(cognito)),
        _site: site,
    }
}

impl Pool {
    /// As Cognito signs: no `typ`.
    async fn knock(&self, claims: &Value) -> Answer {
        let header = json!({ "kid": self.signer.kid, "alg": "RS256" });
        self.door.knock(&self.signer.token(&header, claims)).await
    }

    async fn knock_with(&self, changes: Value) -> Answer {
        let mut claims = access_token();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => claims.as_object_mut().unwrap().remove(name),
                value => claims
                    .as_object_mut()
                    .unwrap()
                    .insert(name.clone(), value.clone()),
            };
        }
        self.knock(&claims).await
    }
}

fn access_token() -> Value {
    json!({
        "sub": "aaaa-bbbb", "iss": ISSUER, "token_use": "access", "client_id": "1a2b3c",
        "username": "alice", "scope": "mcp-server/read openid", "cognito:groups": ["staff"],
        "origin_jti": "o", "event_id": "e", "jti": "j", "version": 2,
        "auth_time": NOW - 60, "iat": NOW - 60, "exp": NOW + 3600,
    })
}

#[tokio::test]
async fn a_users_token_says_who_the_user_is() {
    let pool = pool(|cognito| cognito.client("other").client("1a2b3c")).await;
    let answer = pool.knock(&access_token()).await;
    answer.is("aaaa-bbbb");
    assert_eq!(answer.body["iss"], ISSUER);
    assert_eq!(answer.body["kind"], "User");
    assert_eq!(answer.body["client"], "1a2b3c");
    assert_eq!(answer.body["username"], "alice");
    assert_eq!(answer.body["groups"], json!(["staff"]));
    assert_eq!(answer.body["scopes"], "mcp-server/read openid");
}

#[rstest]
#[case::id_token(json!({ "token_use": "id", "aud": "1a2b3c", "client_id": null }))]
#[case::id_token_with_a_client(json!({ "token_use": "id" }))]
#[case::no_token_use(json!({ "token_use": null }))]
#[case::odd_token_use(json!({ "token_use": ["access"] }))]
#[case::another_app_client(json!({ "client_id": "9z8y7x" }))]
#[case::a_longer_client(json!({ "client_id": "1a2b3c4" }))]
#[case::no_client(json!({ "client_id": null }))]
#[case::another_pool(json!({ "iss": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_Other1" }))]
#[case::another_region(json!({ "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-west-2_AbC123" }))]
#[case::the_issuer_with_a_slash(json!({ "iss": format!("{ISSUER}/") }))]
#[case::bound_to_another_resource(json!({ "aud": "https://mcp.example.com/other" }))]
#[case::bound_to_a_longer_url(json!({ "aud": "https://mcp.example.com/weather/mcp/x" }))]
#[case::bound_to_several(json!({ "aud": [RESOURCE, "https://mcp.example.com/other"] }))]
#[case::aud_of_another_client(json!({ "aud": "9z8y7x" }))]
#[case::aud_of_two_clients(json!({ "aud": ["1a2b3c", "9z8y7x"] }))]
#[case::the_other_form_of_the_issuer(json!({ "iss": "https://issuer-cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC123" }))]
#[case::expired(json!({ "exp": NOW - 60 }))]
#[case::groups_as_text(json!({ "cognito:groups": "staff" }))]
#[tokio::test]
async fn t06_other_tokens_of_the_pool_are_refused(#[case] changes: Value) {
    let pool = pool(|cognito| cognito.client("1a2b3c")).await;
    pool.knock_with(changes).await.is_refused();
}

#[tokio::test]
async fn t06_a_bound_token_of_another_app_client_is_refused_where_clients_are_listed() {
    let pool = pool(|cognito| cognito.client("1a2b3c")).await;
    pool.knock_with(json!({ "aud": RESOURCE }))
        .await
        .is("aaaa-bbbb");
    pool.knock_with(json!({ "aud": RESOURCE, "client_id": "9z8y7x" }))
        .await
        .is_refused();
}

#[tokio::test]
async fn t06_where_binding_is_required_aud_decides() {
    let pool = pool(Cognito::require_resource_binding).await;
    pool.knock_with(json!({ "aud": RESOURCE, "client_id": "any" }))
        .await
        .is("aaaa-bbbb");
    pool.knock(&access_token()).await.is_refused();
    pool.knock_with(json!({ "aud": "https://mcp.example.com/other" }))
        .await
        .is_refused();
}

#[tokio::test]
async fn t06_binding_and_clients_are_both_demanded_where_both_are_configured() {
    let pool = pool(|cognito| cognito.client("1a2b3c").require_resource_binding()).await;
    pool.knock_with(json!({ "aud": RESOURCE }))
        .await
        .is("aaaa-bbbb");
    pool.knock(&access_token()).await.is_refused();
    pool.knock_with(json!({ "aud": RESOURCE, "client_id": "any" }))
        .await
        .is_refused();
}

#[tokio::test]
async fn t06_an_audience_that_is_the_app_client_binds_no_resource() {
    let triggered = json!({ "aud": "1a2b3c" });
    let listed = pool(|cognito| cognito.client("1a2b3c").client("other")).await;
    listed.knock_with(triggered.clone()).await.is("aaaa-bbbb");
    listed
        .knock_with(json!({ "aud": "other" }))
        .await
        .is_refused();
    listed
        .knock_with(json!({ "aud": "9z8y7x", "client_id": "9z8y7x" }))
        .await
        .is_refused();
    let bound = pool(|cognito| cognito.client("1a2b3c").require_resource_binding()).await;
    bound.knock_with(triggered).await.is_refused();
    bound
        .knock_with(json!({ "aud": ["1a2b3c", RESOURCE] }))
        .await
        .is("aaaa-bbbb");
}

const UPDATED: &str = "https://issuer-cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC123";
const REPLICA: &str = "https://cognito-idp.eu-west-1.amazonaws.com/us-west-2_AbC123";

#[rstest]
#[case::as_created(|it| it, &[ISSUER], &[UPDATED, REPLICA])]
#[case::updated(|it: Cognito| it.issuer_type(CognitoIssuerType::Updated), &[UPDATED], &[ISSUER, REPLICA])]
#[case::replicated(|it: Cognito| it.replica_region("eu-west-1"), &[ISSUER, REPLICA], &[UPDATED])]
#[tokio::test]
async fn t05_a_pool_has_the_issuers_that_were_configured_and_no_other(
    #[case] configure: fn(Cognito) -> Cognito,
    #[case] good: &[&str],
    #[case] foreign: &[&str],
) {
    let pool = pool(|cognito| configure(cognito.client("1a2b3c"))).await;
    for issuer in good {
        let answer = pool.knock_with(json!({ "iss": issuer })).await;
        answer.is("aaaa-bbbb");
        assert_eq!(answer.body["iss"], *issuer);
    }
    for issuer in foreign {
        pool.knock_with(json!({ "iss": issuer })).await.is_refused();
    }
    let elsewhere = "https://cognito-idp.ap-south-1.amazonaws.com/us-west-2_AbC123";
    pool.knock_with(json!({ "iss": elsewhere }))
        .await
        .is_refused();
}

#[test]
fn an_issuer_type_is_spelt_as_in_the_cognito_api() {
    assert_eq!("UPDATED".parse().ok(), Some(CognitoIssuerType::Updated));
    assert_eq!("original".parse().ok(), Some(CognitoIssuerType::Original));
    assert!("new".parse::<CognitoIssuerType>().is_err());
}

#[tokio::test]
async fn t06_a_client_credentials_token_is_a_machine() {
    let pool = pool(|cognito| cognito.client("1a2b3c")).await;
    let machine = json!({ "sub": "1a2b3c", "username": null, "cognito:groups": null });
    let answer = pool.knock_with(machine).await;
    answer.is("1a2b3c");
    assert_eq!(answer.body["kind"], "Machine");
    // A name does not make it a person.
    let answer = pool.knock_with(json!({ "sub": "1a2b3c" })).await;
    assert_eq!(answer.body["kind"], "Machine");
}

#[tokio::test]
async fn t06_groups_are_not_taken_from_scopes() {
    let pool = pool(|cognito| cognito.client("1a2b3c")).await;
    let answer = pool
        .knock_with(json!({ "scope": "cognito:groups/staff staff", "groups": ["staff"], "cognito:groups": null }))
        .await;
    assert_eq!(answer.body["groups"], json!([]));
}

#[tokio::test]
async fn t01_only_rs256_is_accepted() {
    let pool = pool(|cognito| cognito.client("1a2b3c")).await;
    for alg in ["RS384", "PS256", "HS256", "none", "ES256"] {
        let header = json!({ "kid": pool.signer.kid, "alg": alg });
        pool.door
            .knock(&pool.signer.token(&header, &access_token()))
            .await
            .is_refused();
    }
}

#[tokio::test]
async fn t07_tokens_of_another_kind_are_refused() {
    let pool = pool(|cognito| cognito.client("1a2b3c")).await;
    let header = json!({ "kid": pool.signer.kid, "alg": "RS256", "typ": "dpop+jwt" });
    pool.door
        .knock(&pool.signer.token(&header, &access_token()))
        .await
        .is_refused();
}

#[tokio::test]
async fn keys_may_be_elsewhere_and_the_issuer_of_an_emulator_another() {
    let site = Site::start().await;
    let signer = Signer::rsa("k1");
    let clock = ManualClock::at(Timestamp::from_secs(NOW));
    let cognito = Cognito::user_pool(POOL).client("1a2b3c").clock(clock);

    site.set("/keys", 200, jwks([signer.jwk()]));
    let door = Door::new(cognito.clone().jwks_uri(site.url("/keys")));
    door.knock(&signer.token(&json!({ "kid": "k1", "alg": "RS256" }), &access_token()))
        .await
        .is("aaaa-bbbb");

    site.set("/emulated/.well-known/jwks.json", 200, jwks([signer.jwk()]));
    let door = Door::new(cognito.issuer(site.url("/emulated")));
    let mut claims = access_token();
    claims["iss"] = json!(site.url("/emulated"));
    door.knock(&signer.token(&json!({ "kid": "k1", "alg": "RS256" }), &claims))
        .await
        .is("aaaa-bbbb");
}

#[rstest]
#[case("")]
#[case("us-west-2")]
#[case("us-west-2_")]
#[case("_AbC123")]
#[case("uswest2_AbC123")]
#[case("us-west-2_AbC/123")]
#[case("us-west-2.evil.example/x?_AbC123")]
#[case("us-west-2_../other")]
#[case("US-WEST-2_AbC123")]
fn a_malformed_pool_id_is_an_error_that_names_the_setting(#[case] pool: &str) {
    let scheme = Cognito::user_pool(pool).client("1a2b3c");
    let error = scheme.for_resource(&resource()).err().unwrap();
    assert_eq!(error.setting(), "Cognito::user_pool");
}

#[rstest]
#[case::nothing_decides(Cognito::user_pool(POOL), "Cognito::client")]
#[case::empty_client(Cognito::user_pool(POOL).client(""), "Cognito::client")]
#[case::plain_http(Cognito::user_pool(POOL).client("a").jwks_uri("http://a.example"), "Cognito::jwks_uri")]
#[case::relative(Cognito::user_pool(POOL).client("a").endpoint("localhost:9229"), "Cognito::endpoint")]
#[case::region(Cognito::user_pool(POOL).client("a").replica_region("evil.example/x?-"), "Cognito::replica_region")]
#[case::region_twice(Cognito::user_pool(POOL).client("a").replica_region("us-west-2"), "Cognito::replica_region")]
#[case::issuer(Cognito::user_pool(POOL).client("a").issuer("http://a.example"), "Cognito::issuer")]
fn a_half_configured_pool_does_not_start(#[case] scheme: Cognito, #[case] setting: &str) {
    let error = scheme.for_resource(&resource()).err().unwrap();
    assert_eq!(error.setting(), setting, "{error}");
}

#[test]
fn a_pool_in_china_has_its_own_domain() {
    let auth = Cognito::user_pool("cn-north-1_AbC123")
        .client("a")
        .for_resource(&resource());
    let issuer = &auth.unwrap().authorization_servers()[0].to_string();
    assert_eq!(
        issuer,
        "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC123"
    );
}
