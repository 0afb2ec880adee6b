//! Every answer fits its schema in the OpenAPI document, from which the web app's types are made: nothing is missing, null
//! only where it may be, and nothing is told that is not described.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::world::World;

struct Document(Value);

impl Document {
    async fn of(world: &World) -> Self {
        let url = format!("{}/api/openapi.json", world.service.url());
        Self(reqwest::get(url).await.unwrap().json().await.unwrap())
    }

    fn answer(&self, path: &str) -> &Value {
        let operation = &self.0["paths"][format!("/api/v1/analytics/{path}")]["get"];
        &operation["responses"]["200"]["content"]["application/json"]["schema"]
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                let target = self.0.pointer(pointer);
                self.resolved(target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => schema,
        }
    }

    /// What is wrong with the value, at which place.
    fn complaints(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.resolved(schema);
        if let Some(alternatives) = schema["oneOf"].as_array() {
            let each: Vec<_> = alternatives
                .iter()
                .map(|one| self.complaints(one, value, at))
                .collect();
            let fits = each.iter().any(Vec::is_empty);
            return if fits { Vec::new() } else { each.concat() };
        }
        let mut found = Vec::new();
        if let Some(types) = types(schema)
            && !types.iter().any(|name| is_of_type(value, name))
        {
            found.push(format!("{at}: {value} is not {types:?}"));
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            found.push(format!("{at}: {value} is none of {allowed:?}"));
        }
        for (i, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(self.complaints(&schema["items"], item, &format!("{at}[{i}]")));
        }
        if let Some(object) = value.as_object() {
            found.extend(self.complaints_of_object(schema, object, at));
        }
        found
    }

    fn complaints_of_object(
        &self,
        schema: &Value,
        object: &Map<String, Value>,
        at: &str,
    ) -> Vec<String> {
        let (properties, required) = self.members(schema);
        let missing = required.iter().filter(|name| !object.contains_key(**name));
        let mut found: Vec<String> = missing
            .map(|name| format!("{at}.{name} is missing"))
            .collect();
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match properties.iter().find(|(known, _)| *known == name) {
                Some((_, schema)) => found.extend(self.complaints(schema, value, &at)),
                None => found.push(format!("{at} is not described")),
            }
        }
        found
    }

    /// All properties, and the required ones, those of `allOf` included.
    fn members<'a>(
        &'a self,
        schema: &'a Value,
    ) -> (Vec<(&'a String, &'a Value)>, BTreeSet<&'a str>) {
        let schema = self.resolved(schema);
        let own = schema["properties"].as_object().into_iter().flatten();
        let mut properties: Vec<_> = own.collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let mut required: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (more, needed) = self.members(part);
            properties.extend(more);
            required.extend(needed);
        }
        (properties, required)
    }
}

fn types(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other}"),
    }
}

const YEAR: [(&str, &str); 2] = [("from", "2026-02-01"), ("to", "2026-12-01")];
const FUTURE: [(&str, &str); 2] = [("from", "2090-01-01"), ("to", "2091-01-01")];
const PERIODS: [(&str, &str); 4] = [
    ("period1_start", "2026-03-01"),
    ("period1_end", "2026-04-01"),
    ("period2_start", "2026-04-01"),
    ("period2_end", "2028-05-01"),
];

async fn assert_fits(world: &World, document: &Document, path: &str, query: &[(&str, &str)]) {
    let answer = world.report(path, query).await;
    assert_eq!(answer.status, 200, "{path} {query:?}: {answer:?}");
    let template = if path.starts_with("plays/") {
        "plays/{play_id}"
    } else {
        path
    };
    let complaints = document.complaints(document.answer(template), &answer.json(), path);
    assert_eq!(complaints, [""; 0], "{query:?}");
}

#[tokio::test]
async fn every_answer_fits_its_schema() {
    let full = World::shared().await;
    let nothing_known = World::empty().await;
    let document = Document::of(full).await;
    for world in [full, &nothing_known] {
        for range in [YEAR, FUTURE] {
            for report in [
                "overview",
                "geography",
                "demographics",
                "traffic-sources",
                "tracks",
                "excluded",
                "plays",
                "revenue",
            ] {
                assert_fits(world, &document, report, &range).await;
            }
            let france = [&range[..], &[("country", "FR"), ("limit", "2")]].concat();
            assert_fits(world, &document, "geography", &france).await;
            let aligned = [&range[..], &[("align", "release"), ("artist", "=SUM(A1)")]].concat();
            assert_fits(world, &document, "tracks", &aligned).await;
            let excluded = [&range[..], &[("outcome", "excluded"), ("limit", "100")]].concat();
            assert_fits(world, &document, "plays", &excluded).await;
        }
        assert_fits(world, &document, "live", &[]).await;
        assert_fits(world, &document, "revenue/projection", &[]).await;
        assert_fits(world, &document, "compare", &PERIODS).await;
    }
    let play = full.own_rows().next().unwrap().play_id;
    assert_fits(full, &document, &format!("plays/{play}"), &[]).await;
}

#[tokio::test]
async fn the_check_sees_what_does_not_fit() {
    let world = World::shared().await;
    let document = Document::of(world).await;
    let mut answer = world.report("geography", &YEAR).await.json();
    let schema = document.answer("geography");
    assert_eq!(document.complaints(schema, &answer, ""), [""; 0]);
    answer["data"]["countries"][0]["plays"] = Value::Null;
    answer["data"]["rest"]
        .as_object_mut()
        .unwrap()
        .remove("count");
    answer["meta"]["bucket"] = "minute".into();
    answer["meta"]["more"] = 1.into();
    assert_eq!(document.complaints(schema, &answer, "").len(), 4);
}
