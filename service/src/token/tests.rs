use jsonwebtoken::jwk::Jwk;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const RSA: &[u8] = include_bytes!("test_keys/rsa.pem");
const EC: &[u8] = include_bytes!("test_keys/ec.pem");
const ED: &[u8] = include_bytes!("test_keys/ed.pem");

fn settings(secret: Option<&str>) -> Tokens {
    Tokens {
        secret: secret.map(str::to_owned),
        issuer: "veza".into(),
        audience: "veza".into(),
        jwks_url: None,
        jwks_file: None,
    }
}

fn verifier() -> TokenVerifier {
    TokenVerifier::new(&settings(Some(SECRET))).unwrap()
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

fn claims() -> Value {
    json!({"iss": "veza", "aud": "veza", "sub": Uuid::from_u128(7), "role": "creator",
           "scopes": ["plays:import"], "exp": now() + 60, "iat": now()})
}

fn signed(claims: &Value, algorithm: Algorithm, key: &EncodingKey, id: Option<&str>) -> String {
    let mut header = Header::new(algorithm);
    header.kid = id.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn with_secret(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    signed(claims, Algorithm::HS256, &key, None)
}

/// `claims()` with one of them replaced, or taken away.
async fn verdict(name: &str, value: Option<Value>) -> Result<Claims, TokenError> {
    let mut claims = claims();
    match value {
        Some(value) => claims[name] = value,
        None => drop(claims.as_object_mut().unwrap().remove(name)),
    }
    verifier().verify(&with_secret(&claims)).await
}

#[tokio::test]
async fn what_the_signer_issues_the_verifier_accepts() {
    let signer = TokenSigner::new(&settings(Some(SECRET))).unwrap();
    let scopes = vec!["plays:import".to_owned()];
    let signed = signer
        .sign(
            Uuid::from_u128(9),
            Role::Admin,
            scopes,
            Duration::from_secs(900),
        )
        .unwrap();
    let claims = verifier().verify(&signed.token).await.unwrap();
    assert_eq!(claims, signed.claims);
    assert!(claims.has_scope("plays:import") && !claims.has_scope("plays"));
    assert_eq!(claims.exp - claims.iat, 900);
}

#[tokio::test]
async fn each_wrong_claim_has_its_own_refusal() {
    assert!(verdict("jti", Some(json!("x"))).await.is_ok());
    assert_eq!(
        verdict("exp", Some(json!(now() - 60))).await,
        Err(TokenError::Expired)
    );
    assert_eq!(
        verdict("nbf", Some(json!(now() + 60))).await,
        Err(TokenError::NotYetValid)
    );
    assert_eq!(
        verdict("iss", Some(json!("other"))).await,
        Err(TokenError::Issuer)
    );
    assert_eq!(
        verdict("aud", Some(json!("other"))).await,
        Err(TokenError::Audience)
    );
    for name in ["exp", "iss", "aud", "sub", "role"] {
        let refused = verdict(name, None).await;
        assert!(
            matches!(&refused, Err(TokenError::Claims(why)) if why.contains(name)),
            "{name}: {refused:?}"
        );
    }
    assert!(matches!(
        verdict("sub", Some(json!("me"))).await,
        Err(TokenError::Claims(_))
    ));
    assert!(matches!(
        verdict("role", Some(json!("root"))).await,
        Err(TokenError::Claims(_))
    ));
}

#[tokio::test]
async fn a_forged_or_unsigned_token_is_refused() {
    let other = EncodingKey::from_secret(b"another secret, of the same length");
    let forged = signed(&claims(), Algorithm::HS256, &other, None);
    assert_eq!(verifier().verify(&forged).await, Err(TokenError::Signature));
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", forged.split('.').nth(1).unwrap());
    assert_eq!(
        verifier().verify(&unsigned).await,
        Err(TokenError::Malformed)
    );
    let long = format!("{}{}", forged, "x".repeat(MAX_TOKEN_BYTES));
    assert_eq!(verifier().verify(&long).await, Err(TokenError::Malformed));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let hs512 = signed(&claims(), Algorithm::HS512, &key, None);
    assert_eq!(verifier().verify(&hs512).await, Err(TokenError::Algorithm));
}

fn jwk(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

/// A verifier of the document `keys` in a file.
fn with_document(keys: &[Value]) -> Result<TokenVerifier, TokenSetupError> {
    let path = std::env::temp_dir().join(format!("veza-jwks-{}.json", Uuid::new_v4()));
    std::fs::write(&path, json!({"keys": keys}).to_string()).unwrap();
    let settings = Tokens {
        jwks_file: Some(path.clone()),
        ..settings(None)
    };
    let verifier = TokenVerifier::new(&settings);
    std::fs::remove_file(path).unwrap();
    verifier
}

#[tokio::test]
async fn each_kind_of_key_is_accepted_for_its_own_algorithm_only() {
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    let ec = EncodingKey::from_ec_pem(EC).unwrap();
    let ed = EncodingKey::from_ed_pem(ED).unwrap();
    let verifier = with_document(&[
        jwk(&rsa, Algorithm::RS256, "rsa"),
        jwk(&ec, Algorithm::ES256, "ec"),
        jwk(&ed, Algorithm::EdDSA, "ed"),
    ])
    .unwrap();
    for (key, algorithm, id) in [
        (&rsa, Algorithm::RS256, "rsa"),
        (&ec, Algorithm::ES256, "ec"),
        (&ed, Algorithm::EdDSA, "ed"),
    ] {
        let token = signed(&claims(), algorithm, key, Some(id));
        assert!(verifier.verify(&token).await.is_ok(), "{id}");
        let anonymous = signed(&claims(), algorithm, key, None);
        assert!(
            verifier.verify(&anonymous).await.is_ok(),
            "{id} without a key id"
        );
        let unknown = signed(&claims(), algorithm, key, Some("nobody"));
        assert_eq!(verifier.verify(&unknown).await, Err(TokenError::UnknownKey));
    }
    let crossed = signed(&claims(), Algorithm::RS256, &rsa, Some("ec"));
    assert_eq!(verifier.verify(&crossed).await, Err(TokenError::UnknownKey));
    let rs512 = signed(&claims(), Algorithm::RS512, &rsa, Some("rsa"));
    assert_eq!(verifier.verify(&rs512).await, Err(TokenError::Algorithm));
}

#[tokio::test]
async fn a_public_key_is_never_a_secret() {
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    let public = jwk(&rsa, Algorithm::RS256, "rsa");
    let verifier = with_document(std::slice::from_ref(&public)).unwrap();
    let confused = EncodingKey::from_secret(public["n"].as_str().unwrap().as_bytes());
    let token = signed(&claims(), Algorithm::HS256, &confused, Some("rsa"));
    assert_eq!(verifier.verify(&token).await, Err(TokenError::Algorithm));
}

#[test]
fn a_document_without_a_usable_key_is_refused_at_start() {
    let secret = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "s"});
    assert!(matches!(
        with_document(&[secret]),
        Err(TokenSetupError::Jwks(jwks::JwksError::NoUsableKey))
    ));
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    let mut encryption = jwk(&rsa, Algorithm::RS256, "rsa");
    encryption["use"] = json!("enc");
    assert!(with_document(&[encryption]).is_err());
}

#[tokio::test]
async fn a_document_that_cannot_be_had_yet_is_our_fault_and_not_the_callers() {
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    let nobody_listens = Tokens {
        jwks_url: Some("http://127.0.0.1:9/jwks.json".parse().unwrap()),
        ..settings(None)
    };
    let verifier = TokenVerifier::new(&nobody_listens).unwrap();
    let token = signed(&claims(), Algorithm::RS256, &rsa, Some("rsa"));
    let error = verifier.verify(&token).await.unwrap_err();
    assert_eq!(error, TokenError::KeysUnavailable);
    assert_eq!(ProblemResponse::from(error).problem().status, 503);
}

#[tokio::test]
async fn keys_are_fetched_from_their_address() {
    let (rsa, ec) = (
        EncodingKey::from_rsa_pem(RSA).unwrap(),
        EncodingKey::from_ec_pem(EC).unwrap(),
    );
    let document =
        json!({"keys": [jwk(&rsa, Algorithm::RS256, "rsa"), jwk(&ec, Algorithm::ES256, "ec")]});
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router =
        axum::Router::new().route("/", axum::routing::get(async move || axum::Json(document)));
    let stop = tokio_util::sync::CancellationToken::new();
    let guard = stop.clone().drop_guard();
    tokio::spawn(crate::shutdown::serve(
        listener,
        router,
        Default::default(),
        stop,
    ));

    let by_address = Tokens {
        jwks_url: Some(format!("http://{address}/").parse().unwrap()),
        ..settings(Some(SECRET))
    };
    let verifier = TokenVerifier::new(&by_address).unwrap();
    let token = signed(&claims(), Algorithm::ES256, &ec, Some("ec"));
    assert!(verifier.verify(&token).await.is_ok());
    assert!(
        verifier.verify(&with_secret(&claims())).await.is_ok(),
        "our own tokens stay valid beside it"
    );
    drop(guard);
}

#[test]
fn an_address_that_could_never_be_fetched_is_refused_at_start() {
    let secure = Tokens {
        jwks_url: Some("https://login.example/jwks.json".parse().unwrap()),
        ..settings(None)
    };
    let refused = TokenVerifier::new(&secure)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("VEZA_TOKEN_JWKS_FILE"), "{refused}");
}

#[test]
fn a_short_or_missing_secret_is_refused_at_start() {
    assert!(matches!(
        TokenVerifier::new(&settings(Some("short"))),
        Err(TokenSetupError::ShortSecret(5))
    ));
    assert!(matches!(
        TokenVerifier::new(&settings(None)),
        Err(TokenSetupError::NoKey)
    ));
    assert!(matches!(
        TokenSigner::new(&settings(None)),
        Err(TokenSetupError::NoSecret)
    ));
}

#[test]
fn only_one_bearer_token_is_read() {
    let read = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers).map(|token| token.map(str::to_owned))
    };
    assert_eq!(read(&[]), Ok(None));
    assert_eq!(read(&["bearer abc"]), Ok(Some("abc".into())));
    for bad in [
        &["Basic abc"][..],
        &["Bearer"],
        &["Bearer "],
        &["Bearer a b"],
        &["Bearer a", "Bearer b"],
    ] {
        assert_eq!(read(bad), Err(TokenError::Scheme), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_token(text in "\\PC{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert!(runtime.block_on(verifier().verify(&text)).is_err());
    }
}
