use http::StatusCode;
use portcullis_auth::{MockAppClient, MockCognito, MockCognitoError, MockUser, SealingKeys};
use rstest::rstest;
use serde_json::json;

use super::browser::*;

#[test]
fn tokens_can_be_issued_with_any_claim_wrong() {
    let (mock, _) = pool(|app| app);
    let good = part(&mock.access_token("app", USER).issue().unwrap(), 1);
    assert_eq!(
        good["scope"],
        "openid email profile mcp-server/read mcp-server/write"
    );
    let token = mock
        .access_token("public", USER)
        .scopes(["mcp-server/write"])
        .resource(RESOURCE)
        .claim("exp", 1.5)
        .without("token_use")
        .issue()
        .unwrap();
    let claims = part(&token, 1);
    assert_eq!(claims["client_id"], "public");
    assert_eq!(claims["scope"], "mcp-server/write");
    assert_eq!(claims["aud"], RESOURCE);
    assert_eq!(claims["exp"], json!(1.5));
    assert!(!claims.contains_key("token_use"));
    assert_eq!(
        part(&mock.id_token("app", USER).issue().unwrap(), 1)["token_use"],
        "id"
    );
    let robot = part(&mock.client_credentials_token("robot").issue().unwrap(), 1);
    assert_eq!(robot["sub"], "robot");
    let unknown = mock.access_token("nobody", USER).issue();
    assert!(matches!(unknown, Err(MockCognitoError::UnknownClient(id)) if id == "nobody"));
    let unknown = mock.access_token("app", "nobody").issue();
    assert!(matches!(unknown, Err(MockCognitoError::UnknownUser(name)) if name == "nobody"));
}

#[tokio::test]
async fn rotation_adds_keys_and_drops_old_ones_when_told() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let old = mock.access_token("app", USER).issue().unwrap();
    mock.rotate_keys().unwrap();
    let new = mock.access_token("app", USER).issue().unwrap();
    assert_ne!(part(&old, 0)["kid"], part(&new, 0)["kid"]);
    assert_eq!(user_info(&router, &old).await.status, StatusCode::OK);
    let jwks = "/us-west-2_AbC123/.well-known/jwks.json";
    let keys = get(&router, jwks, None).await.json()["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 4);
    mock.drop_old_keys();
    let keys = get(&router, jwks, None).await.json()["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert_eq!(
        user_info(&router, &old).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(user_info(&router, &new).await.status, StatusCode::OK);
}

#[tokio::test]
async fn refresh_tokens_and_subjects_outlive_a_restart_with_the_same_key() {
    let start = |keys: &SealingKeys| {
        MockCognito::builder()
            .refresh_keys(keys.clone())
            .user(MockUser::new(USER, PASSWORD))
            .client(
                MockAppClient::new("app")
                    .secret("app-secret")
                    .callback(CALLBACK)
                    .scopes(["openid", "mcp-server/read"]),
            )
            .resource_server("mcp-server", ["read"])
            .build("http://localhost:9229")
            .unwrap()
            .router()
    };
    let new_keys = || SealingKeys::parse(&SealingKeys::generate("k").unwrap()).unwrap();
    let (ours, others) = (new_keys(), new_keys());
    let before = tokens(&start(&ours), &[]).await;
    let token = before.text("refresh_token");
    let after = refresh(&start(&ours), &token).await;
    let sub = |answer: &Answer| part(&answer.text("access_token"), 1)["sub"].clone();
    assert_eq!(sub(&before), sub(&after));
    assert_eq!(
        refresh(&start(&others), &token).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn callbacks_users_and_clients_can_be_added_later() {
    let (mock, _) = pool(|app| app);
    let router = mock.router();
    let late = "http://localhost:54321/callback";
    let uri = authorize_uri(&[("redirect_uri", late)]);
    assert_eq!(
        get(&router, &uri, None).await.status,
        StatusCode::BAD_REQUEST
    );
    mock.add_callback("app", late).unwrap();
    assert_eq!(get(&router, &uri, None).await.status, StatusCode::FOUND);
    mock.add_user(MockUser::new("ann", "Other-Pass1!"));
    mock.add_client(MockAppClient::new("late").callback(late).scopes(["openid"]))
        .unwrap();
    assert!(mock.access_token("late", "ann").issue().is_ok());
    for bad in [
        "http://127.0.0.1:1/cb",
        "http://evil.example/cb",
        "https://a.example/#f",
        "javascript:alert(1)",
        "/cb",
    ] {
        assert!(mock.add_callback("app", bad).is_err(), "{bad}");
    }
    assert!(mock.add_callback("nobody", late).is_err());
}

#[rstest]
#[case("https://auth.example.com")]
#[case("http://localhost.evil.example")]
#[case("http://localhost@evil.example")]
#[case("http://0.0.0.0:9229")]
#[case("http://localhost:9229/path")]
#[case("localhost")]
fn the_mock_is_for_loopback_only(#[case] origin: &str) {
    let refused = MockCognito::builder().build(origin);
    assert!(matches!(refused, Err(MockCognitoError::Config(_))));
}

#[test]
fn the_aws_issuer_is_claimed_on_request() {
    let mock = MockCognito::builder()
        .pool_id("us-west-2_AbC123")
        .aws_issuer();
    let mock = mock.build("http://localhost:9229/").unwrap();
    assert_eq!(
        mock.issuer().as_str(),
        "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC123"
    );
    assert_eq!(
        mock.jwks_uri(),
        "http://localhost:9229/us-west-2_AbC123/.well-known/jwks.json"
    );
}

#[rstest]
#[case(MockAppClient::new("a").callback(CALLBACK).scopes(["mcp-server/none"]), "does not exist")]
#[case(MockAppClient::new("a").callback("http://127.0.0.1/cb").scopes(["openid"]), "http://localhost")]
#[case(MockAppClient::new("a").callback(CALLBACK), "at least one scope")]
#[case(MockAppClient::new("").scopes(["openid"]), "1 to 128")]
fn a_client_that_cognito_would_refuse_is_refused(
    #[case] client: MockAppClient,
    #[case] says: &str,
) {
    let refused = MockCognito::builder()
        .client(client)
        .build("http://localhost:9229");
    assert!(refused.unwrap_err().to_string().contains(says));
}

#[test]
fn t31_passwords_and_secrets_are_not_printed() {
    let printed = format!(
        "{:?} {:?}",
        MockUser::new(USER, PASSWORD),
        MockAppClient::new("app").secret("app-secret")
    );
    assert!(!printed.contains(PASSWORD) && !printed.contains("app-secret"));
}
