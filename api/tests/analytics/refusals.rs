//! Bad parameters: 422 with the one that is wrong, and what would be right; never a zero.

use crate::world::World;

const REPORTS: [&str; 8] = [
    "overview",
    "geography",
    "demographics",
    "traffic-sources",
    "tracks",
    "excluded",
    "revenue",
    "plays",
];

/// Names and values of a query.
type Parameters<'a> = &'a [(&'a str, &'a str)];

async fn refused(world: &World, report: &str, query: &[(&str, &str)]) -> (u16, String, String) {
    let answer = world.report(report, query).await;
    let problem = answer.json();
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{answer:?}"
    );
    assert!(!problem["detail"].as_str().unwrap().is_empty());
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("code"), text("field"))
}

#[tokio::test]
async fn every_report_names_the_parameter_that_is_wrong() {
    let world = World::shared().await;
    let long = "x".repeat(1_000);
    let cases: &[(Parameters, &str, &str)] = &[
        (&[("from", "yesterday")], "invalid", "from"),
        (&[("from", "2026-02-30")], "invalid", "from"),
        (&[("from", "2026-01-01T00:00:00 02:00")], "invalid", "from"),
        (&[("to", "")], "invalid", "to"),
        (
            &[("from", "2026-05-01"), ("to", "2026-05-01")],
            "invalid",
            "to",
        ),
        (
            &[("from", "2026-05-02"), ("to", "2026-05-01")],
            "invalid",
            "to",
        ),
        (
            &[("from", "2001-01-01"), ("to", "2026-05-01")],
            "range_too_long",
            "to",
        ),
        (
            &[
                ("from", "2026-01-01"),
                ("to", "2026-05-01"),
                ("bucket", "hour"),
            ],
            "range_too_long",
            "bucket",
        ),
        (&[("tz", "Mars/Olympus")], "invalid", "tz"),
        (&[("tz", "+02:00")], "invalid", "tz"),
        (&[("bucket", "minute")], "invalid", "bucket"),
        (
            &[("bucket", "day"), ("bucket", "week")],
            "invalid",
            "bucket",
        ),
        (&[("bots", "yes")], "invalid", "bots"),
        (&[("creator", "me")], "invalid", "creator"),
        (&[("track", "1")], "invalid", "track"),
        (&[("artist", "")], "invalid", "artist"),
        (&[("country", "France")], "invalid", "country"),
        (&[("region", "Bretagne")], "invalid", "region"),
        (&[("city", "FR/Brest")], "invalid", "city"),
        (&[("device", "toaster")], "invalid", "device"),
        (&[("os", "a\nb")], "invalid", "os"),
        (&[("browser", &long)], "invalid", "browser"),
        (&[("channel", "word-of-mouth")], "invalid", "channel"),
        (&[("source", "google")], "invalid", "source"),
        (&[("context", "toilet")], "invalid", "context"),
        (&[("campaign", "")], "invalid", "campaign"),
        (&[("colour", "blue")], "unknown_field", "colour"),
    ];
    for report in REPORTS {
        for (query, code, field) in cases {
            let found = refused(world, report, query).await;
            assert_eq!(
                found,
                (422, (*code).to_owned(), (*field).to_owned()),
                "{report} {query:?}"
            );
        }
    }
}

#[tokio::test]
async fn parameters_of_one_report_are_unknown_to_others() {
    let world = World::shared().await;
    let cases: &[(&str, Parameters, &str, &str)] = &[
        ("overview", &[("limit", "3")], "unknown_field", "limit"),
        ("live", &[("from", "2026-01-01")], "unknown_field", "from"),
        (
            "geography",
            &[("outcome", "counted")],
            "unknown_field",
            "outcome",
        ),
        ("geography", &[("limit", "0")], "invalid", "limit"),
        ("traffic-sources", &[("limit", "301")], "invalid", "limit"),
        ("tracks", &[("align", "birth")], "invalid", "align"),
        ("tracks", &[("days", "28")], "invalid", "days"),
        (
            "tracks",
            &[("align", "release"), ("days", "0")],
            "invalid",
            "days",
        ),
        (
            "tracks",
            &[("align", "release"), ("limit", "51")],
            "invalid",
            "limit",
        ),
        ("plays", &[("limit", "101")], "invalid", "limit"),
        ("plays", &[("cursor", "nonsense")], "invalid", "cursor"),
        ("plays", &[("outcome", "rejected")], "invalid", "outcome"),
        ("plays", &[("reason", "counted")], "invalid", "reason"),
        ("plays", &[("completed", "yes")], "invalid", "completed"),
        ("plays", &[("heard", "yes")], "invalid", "heard"),
        (
            "plays",
            &[("received_from", "yesterday")],
            "invalid",
            "received_from",
        ),
        (
            "plays",
            &[("received_to", "2026-01-01")],
            "invalid",
            "received_to",
        ),
        ("plays/not-a-uuid", &[], "invalid", "play_id"),
        (
            "demographics",
            &[("versions", "yes")],
            "invalid",
            "versions",
        ),
        ("export", &[], "missing_field", "format"),
        ("export", &[("format", "xlsx")], "invalid", "format"),
        (
            "export",
            &[("format", "csv"), ("limit", "3")],
            "unknown_field",
            "limit",
        ),
        (
            "export",
            &[("format", "csv"), ("country", "France")],
            "invalid",
            "country",
        ),
    ];
    for (report, query, code, field) in cases {
        let found = refused(world, report, query).await;
        assert_eq!(
            found,
            (422, (*code).to_owned(), (*field).to_owned()),
            "{report} {query:?}"
        );
    }
}

#[tokio::test]
async fn a_hundred_values_are_allowed_and_no_more() {
    let world = World::shared().await;
    let hundred = vec![("country", "FR"); 100];
    assert_eq!(world.report("geography", &hundred).await.status, 200);
    let more = vec![("country", "FR"); 101];
    let (status, _, field) = refused(world, "geography", &more).await;
    assert_eq!((status, field.as_str()), (422, "country"));
}

#[tokio::test]
async fn another_format_is_not_acceptable() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    let answer = world.get(token, "overview", &[], "application/xml").await;
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (406, &"not_acceptable".into())
    );
}
