//! Bad input to every operation of the OpenAPI document: the right 4xx, never a 5xx, and the next good request works.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api};

/// An operation, with a token that it admits.
struct Operation {
    method: Method,
    path: String,
    token: String,
    /// In JSON; what takes a file says in its own tests what it refuses.
    has_body: bool,
    body_is_optional: bool,
    /// Names and schemas of the body's fields.
    fields: Map<String, Value>,
    query: Vec<String>,
}

struct Everything {
    api: Api,
    operations: Vec<Operation>,
}

impl Everything {
    async fn new() -> Self {
        let api = Api::start().await;
        let (creator, admin) = (api.creator().await, api.admin().await);
        let importer = api.machine(&admin, "plays:import").await;
        let track = api.track(&creator).await;
        let document = api.get("/api/openapi.json", "").await.body;
        let mut operations = Vec::new();
        for (template, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let needs = operation["security"][0]["bearer"].as_array();
                let needs: Vec<&str> = needs
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let token = match needs.first() {
                    Some(&"admin") => admin.token.clone(),
                    Some(&"plays:import") => importer.clone(),
                    _ => creator.token.clone(),
                };
                let id = if template.contains("/tracks/") {
                    track.to_string()
                } else if template.contains("/creators/") {
                    creator.creator_id.to_string()
                } else {
                    Uuid::nil().to_string()
                };
                let path = ["play_id", "product_id", "item", "file"]
                    .iter()
                    .fold(template.replace("{id}", &id), |path, name| {
                        path.replace(&format!("{{{name}}}"), &Uuid::nil().to_string())
                    });
                let body = &operation["requestBody"];
                operations.push(Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    path,
                    token,
                    has_body: body["content"]["application/json"].is_object(),
                    body_is_optional: body["required"] != json!(true),
                    fields: fields(&document, body),
                    query: query(operation),
                });
            }
        }
        assert!(
            operations
                .iter()
                .filter(|operation| operation.has_body)
                .count()
                > 5
        );
        Self { api, operations }
    }

    fn with_body(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .filter(|operation| operation.has_body)
    }

    async fn send(&self, operation: &Operation, content_type: &str, body: Vec<u8>) -> Answer {
        let request = self
            .api
            .request(operation.method.clone(), &operation.path, &operation.token);
        self.api
            .read(request.header(CONTENT_TYPE, content_type).body(body))
            .await
    }

    async fn send_json(&self, operation: &Operation, body: &Value) -> Answer {
        self.send(operation, "application/json", body.to_string().into_bytes())
            .await
    }

    async fn assert_well(&self) {
        self.api.get("/api/v1/config", "").await.assert_status(200);
    }
}

fn query(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The properties of the body's schema, `$ref`s followed.
fn fields(document: &Value, body: &Value) -> Map<String, Value> {
    let mut schema = &body["content"]["application/json"]["schema"];
    if let Some(alternatives) = schema["oneOf"].as_array() {
        schema = alternatives
            .iter()
            .find(|schema| schema["type"] != "null")
            .unwrap();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        schema = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_body_that_is_no_json_is_unreadable() {
    let all = Everything::new().await;
    let deep = "[".repeat(100_000).into_bytes();
    let garbage: [&[u8]; 6] = [
        b"\x00\xff\xfe",
        b"{",
        b"{\"a\":1",
        b"{'a':1}",
        b"{} {}",
        &deep,
    ];
    for operation in all.with_body() {
        for body in garbage {
            let answer = all.send(operation, "application/json", body.to_vec()).await;
            // `{` begins an object, whose missing fields may be noticed before its missing end.
            assert!(
                [400, 422].contains(&answer.status),
                "{} {answer:?}",
                operation.path
            );
            assert!(answer.body["code"].is_string(), "{answer:?}");
        }
        let empty = all.send(operation, "application/json", Vec::new()).await;
        if !operation.body_is_optional {
            empty.assert_problem(400, "unreadable", "");
        }
    }
    all.assert_well().await;
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    let all = Everything::new().await;
    for operation in all.with_body() {
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "",
        ] {
            let answer = all
                .send(operation, content_type, b"{\"a\":1}".to_vec())
                .await;
            answer.assert_problem(415, "unsupported_media_type", "");
        }
    }
    all.assert_well().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let all = Everything::new().await;
    let huge = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20)).into_bytes();
    for operation in all.with_body() {
        let answer = all.send(operation, "application/json", huge.clone()).await;
        answer.assert_problem(413, "too_large", "");
    }
    all.assert_well().await;
}

#[tokio::test]
async fn what_is_no_object_and_what_is_unknown_is_named() {
    let all = Everything::new().await;
    for operation in all.with_body() {
        for body in [
            json!([]),
            json!(null),
            json!("text"),
            json!(7),
            json!([[], []]),
        ] {
            let answer = all.send_json(operation, &body).await;
            answer.assert_problem(422, "invalid", "body");
        }
        let answer = all.send_json(operation, &json!({"nonsense": 1})).await;
        answer.assert_problem(422, "unknown_field", "nonsense");
    }
    all.assert_well().await;
}

#[tokio::test]
async fn a_field_of_the_wrong_kind_is_named() {
    let all = Everything::new().await;
    let long = "x".repeat(100_000);
    let mut tried = 0;
    for operation in all.with_body() {
        for name in operation.fields.keys() {
            let wrong = [
                json!({"a": {"b": []}}),
                json!([1, "2", null]),
                json!(true),
                json!(-1.5),
                json!(1e300),
                json!("\u{0}"),
                json!(long),
            ];
            for value in wrong {
                let answer = all.send_json(operation, &json!({name: value})).await;
                // Any text may be tried as a password or a token.
                let is_secret = ["password", "refresh_token"].contains(&name.as_str());
                if is_secret && value.is_string() {
                    assert!(answer.status < 500, "{} {answer:?}", operation.path);
                    continue;
                }
                answer.assert_status(422);
                let field = answer.body["field"].as_str().unwrap_or_default();
                assert!(
                    field.starts_with(name.as_str()),
                    "{} {name}: {answer:?}",
                    operation.path
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    all.assert_well().await;
}

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let all = Everything::new().await;
    for operation in &all.operations {
        let path = format!("{}?nonsense=1", operation.path);
        let answer = all
            .api
            .call(operation.method.clone(), &path, &operation.token)
            .await;
        answer.assert_problem(422, "unknown_field", "nonsense");
    }
    all.assert_well().await;
}

#[tokio::test]
async fn a_parameter_that_is_nonsense_is_never_our_fault() {
    let all = Everything::new().await;
    let long = "x".repeat(3_000);
    let values = [
        "",
        "%00",
        "%FF",
        "%F0%9F%8E%B5",
        "-1",
        "99999999999999999999",
        "%27%3BDROP",
        "{}",
        "null",
        &long,
    ];
    let mut tried = 0;
    for operation in &all.operations {
        for name in &operation.query {
            for value in values {
                let path = format!("{}?{name}={value}", operation.path);
                let answer = all
                    .api
                    .call(operation.method.clone(), &path, &operation.token)
                    .await;
                assert!(answer.status < 500, "{path} {answer:?}");
                if value == "%FF" {
                    answer.assert_problem(400, "unreadable", "");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 30, "{tried}");
    for (path, field) in [
        ("/api/v1/tracks?limit=0", "limit"),
        ("/api/v1/tracks?limit=101", "limit"),
        ("/api/v1/tracks?limit=ten", "limit"),
        ("/api/v1/tracks?limit=1&limit=2", "limit"),
        ("/api/v1/tracks?cursor=nonsense", "cursor"),
        ("/api/v1/tracks?creator=me", "creator"),
    ] {
        all.api
            .get(path, "")
            .await
            .assert_problem(422, "invalid", field);
    }
    all.assert_well().await;
}

#[tokio::test]
async fn a_path_that_is_nonsense_is_named_or_unknown() {
    let all = Everything::new().await;
    let api = &all.api;
    api.get("/api/v1/tracks/not-a-uuid", "")
        .await
        .assert_problem(422, "invalid", "id");
    api.get("/api/v1/creators/99999999999999999999", "")
        .await
        .assert_problem(422, "invalid", "id");
    api.get("/api/v1/tracks/%FF", "")
        .await
        .assert_problem(400, "unreadable", "");
    api.get("/api/v1/tracks/%00", "")
        .await
        .assert_problem(422, "invalid", "id");
    let unknown = Uuid::new_v4();
    api.get(&format!("/api/v1/tracks/{unknown}"), "")
        .await
        .assert_problem(404, "not_found", "");
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v2/me",
        "/api/v1/tracks/",
        "/api/v1/nonsense",
    ] {
        api.get(path, "").await.assert_problem(404, "not_found", "");
    }
    let answer = api.call(Method::PUT, "/api/v1/tracks", "").await;
    answer.assert_problem(405, "method_not_allowed", "");
    assert_eq!(answer.headers["allow"], "GET, POST");
    all.assert_well().await;
}
