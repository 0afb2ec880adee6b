//! The OpenAPI document, as committed and as served.

use serde_json::Value;
use veza_standalone::testing::repository;

use crate::support::Api;

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let api = Api::start().await;
    let path = repository().join("api/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap();
    let printed = api.veza.run("veza-api", &["openapi"]).await;
    assert!(
        committed == printed,
        "api/openapi.json is not up to date: `make openapi` writes it"
    );
    let served = api.get("/api/openapi.json", "").await.body;
    assert_eq!(served, serde_json::from_str::<Value>(&committed).unwrap());
    assert_eq!(served["openapi"], "3.1.0");
}

/// Generators make their functions' names of these.
#[tokio::test]
async fn operations_have_names_of_their_own_and_references_lead_somewhere() {
    let api = Api::start().await;
    let document = api.get("/api/openapi.json", "").await.body;
    let mut names = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            names.push(operation["operationId"].as_str().unwrap().to_owned());
            assert!(operation["summary"].is_string(), "{operation}");
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    assert_references(&document, &document);
}

fn assert_references(document: &Value, part: &Value) {
    match part {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                let found = document.pointer(reference.trim_start_matches('#'));
                assert!(found.is_some(), "{reference} leads nowhere");
            }
            map.values()
                .for_each(|part| assert_references(document, part));
        }
        Value::Array(list) => list
            .iter()
            .for_each(|part| assert_references(document, part)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_to_try_it_needs_nothing_from_elsewhere() {
    let api = Api::start().await;
    let page = reqwest::get(api.url("/api/docs")).await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
    let start = reqwest::get(api.url("/api/docs/start.js")).await.unwrap();
    assert!(start.text().await.unwrap().contains("/api/openapi.json"));
}
