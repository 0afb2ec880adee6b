//! `Accept: text/csv`: the same numbers as one table.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::truth::assert_same;
use crate::world::World;

const ALL_TIME: [(&str, &str); 3] = [
    ("from", "2026-02-01"),
    ("to", "2026-12-01"),
    ("bucket", "month"),
];

/// RFC 4180, read without a library so that quoting is seen.
pub fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                row.last_mut().unwrap().push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'));
                rows.push(vec![String::new()]);
            }
            c => row.last_mut().unwrap().push(c),
        }
    }
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line ends");
    rows
}

async fn table(
    world: &World,
    report: &str,
    query: &[(&str, &str)],
) -> Vec<BTreeMap<String, String>> {
    let answer = world
        .get(&world.creators[0].token, report, query, "text/csv")
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert!(
        answer.headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains(".csv")
    );
    let mut rows = parse(&answer.text).into_iter();
    let columns = rows.next().unwrap();
    rows.map(|row| {
        assert_eq!(row.len(), columns.len(), "{row:?}");
        columns.iter().cloned().zip(row).collect()
    })
    .collect()
}

/// A cell as the JSON value of the same name shows it.
pub fn assert_cell(row: &BTreeMap<String, String>, column: &str, value: &Value) {
    let cell = &row[column];
    match value {
        Value::Null => assert_eq!(cell, "", "{column}"),
        Value::Number(_) => assert_same(&cell.parse().unwrap(), value, column),
        Value::Bool(truth) => assert_eq!(cell, &truth.to_string(), "{column}"),
        Value::String(text) => {
            assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), text, "{column}")
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_overview_has_a_row_a_bucket_and_the_total() {
    let world = World::shared().await;
    let (data, _) = world.report("overview", &ALL_TIME).await.parts();
    let rows = table(world, "overview", &ALL_TIME).await;
    let buckets = data["buckets"].as_array().unwrap();
    assert_eq!(rows.len(), buckets.len() + 1);
    for (row, bucket) in rows.iter().zip(buckets.iter().chain([&data["total"]])) {
        for measure in ["plays", "listeners", "heard_ms", "completion", "skip_rate"] {
            assert_cell(row, measure, &bucket[measure]);
        }
        assert_cell(row, "start", &bucket["start"]);
        assert_cell(row, "complete", &bucket["complete"]);
    }
}

#[tokio::test]
async fn breakdowns_have_a_row_an_entry_with_its_dimension_where_there_are_several() {
    let world = World::shared().await;
    let cases: [(&str, &[&str]); 5] = [
        ("geography", &["countries"]),
        ("geography?country=FR", &["countries", "regions", "cities"]),
        ("demographics", &["devices", "systems", "browsers"]),
        (
            "traffic-sources",
            &["sources", "channels", "contexts", "campaigns"],
        ),
        ("tracks", &["tracks"]),
    ];
    for (report, lists) in cases {
        let (name, filter) = report.split_once('?').unwrap_or((report, ""));
        let mut query = ALL_TIME.to_vec();
        query.push(("limit", "3"));
        query.extend(filter.split_once('='));
        let (data, _) = world.report(name, &query).await.parts();
        let mut rows = table(world, name, &query).await.into_iter();
        for (i, list) in lists.iter().enumerate() {
            let (rest, unknown) = match i {
                0 => ("rest".to_owned(), "unknown".to_owned()),
                _ => (format!("{list}_rest"), format!("{list}_unknown")),
            };
            let entries = data[list]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| ("entry", entry));
            for (kind, entry) in
                entries.chain([("rest", &data[&rest]), ("unknown", &data[&unknown])])
            {
                let row = rows.next().unwrap();
                assert_eq!(row["kind"], kind, "{report}");
                assert_eq!(
                    row.get("dimension").map(String::as_str),
                    (lists.len() > 1).then_some(*list)
                );
                for column in ["key", "label", "plays", "listeners", "share"] {
                    assert_cell(&row, column, &entry[column]);
                }
            }
        }
        let total = rows.next().unwrap();
        assert_cell(&total, "plays", &data["total"]["plays"]);
        assert!(rows.next().is_none());
    }
}

#[tokio::test]
async fn rows_are_the_same_and_the_next_page_is_linked() {
    let world = World::shared().await;
    let query = [
        ALL_TIME[0],
        ALL_TIME[1],
        ("limit", "7"),
        ("outcome", "excluded"),
    ];
    let (data, meta) = world.report("plays", &query).await.parts();
    let rows = table(world, "plays", &query).await;
    assert_eq!(rows.len(), 7);
    for (row, found) in rows.iter().zip(data.as_array().unwrap()) {
        for column in [
            "play_id",
            "started_at",
            "listener",
            "source",
            "heard_ms",
            "outcome",
            "reason",
            "bot",
        ] {
            assert_cell(row, column, &found[column]);
        }
        assert_cell(row, "title", &found["track"]["title"]);
    }
    let answer = world
        .get(&world.creators[0].token, "plays", &query, "text/csv")
        .await;
    let link = answer.headers["link"].to_str().unwrap();
    assert!(
        link.contains(meta["next_cursor"].as_str().unwrap()) && link.ends_with("rel=\"next\""),
        "{link}"
    );
}

#[tokio::test]
async fn what_a_spreadsheet_would_run_is_quoted() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    for (report, formula) in [
        ("traffic-sources", "\"'=evil.example\""),
        ("traffic-sources", "\"'@spring\""),
        ("tracks", "\"'-1, by 0\""),
    ] {
        let query = [ALL_TIME[0], ALL_TIME[1], ("limit", "300")];
        let answer = world.get(token, report, &query, "text/csv").await;
        assert!(
            answer.text.contains(formula),
            "{formula} in {}",
            answer.text
        );
    }
    let plays = world
        .get(
            token,
            "plays",
            &[ALL_TIME[0], ALL_TIME[1], ("artist", "=SUM(A1)")],
            "text/csv",
        )
        .await;
    assert!(plays.text.contains(",\"'=SUM(A1)\","));
}
