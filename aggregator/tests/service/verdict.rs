//! What counts a play, and what is stored of one that does not: each reason by its own report, on the real servers.

use crate::support::{PATIENCE, creator, heard, play_id, reasons, rows, send, stored, track};
use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, eventually};

const THREE_MINUTES: i32 = 180_000;
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

#[tokio::test]
async fn each_reason_has_its_report() {
    let veza = Installation::new().await;
    let creator = creator(&veza).await;
    let song = track(&veza, &creator, THREE_MINUTES).await;
    let jingle = track(&veza, &creator, 20_000).await;

    let short_track_whole = heard(jingle, 20_000);
    let one_second_short = heard(song, 29_000);
    let seek_to_the_end = heard(song, 3_000);
    let unknown_track = heard(Uuid::new_v4(), 60_000);
    let own = PlayReport {
        subject: Some(creator.user.to_string()),
        ..heard(song, 60_000)
    };
    let bot = PlayReport {
        user_agent: Some(CRAWLER.into()),
        ..heard(song, 60_000)
    };
    let mut impossible = heard(song, 60_000);
    impossible.started_at_ms = impossible.received_at_ms - 20_000;
    let whole = heard(song, 180_000);

    let first = PlayReport {
        ended: false,
        ..heard(song, 20_000)
    };
    let second = PlayReport {
        seq: 1,
        heard_ms: 10_000,
        heard_before_ms: 20_000,
        sent_at_ms: first.sent_at_ms.map(|at| at + 10_000),
        ..first.clone()
    };

    let five_firsts: Vec<_> = {
        let first = heard(song, 40_000);
        (0..5)
            .map(|seq| PlayReport {
                seq,
                ..first.clone()
            })
            .collect()
    };

    let _aggregator = veza.start_aggregator().await;
    let singles = [
        &short_track_whole,
        &one_second_short,
        &seek_to_the_end,
        &unknown_track,
        &own,
        &bot,
        &impossible,
        &whole,
        &first,
        &second,
    ];
    send(&veza, &singles.map(Clone::clone)).await;
    send(&veza, &five_firsts).await;
    // The same report again: a player that did not hear the answer.
    send(&veza, std::slice::from_ref(&whole)).await;
    stored(&veza, 16).await;

    let rows = rows(&veza).await;
    for (report, expected) in [
        (&short_track_whole, vec![""]),
        (&one_second_short, vec!["too_short"]),
        (&seek_to_the_end, vec!["too_short"]),
        (&unknown_track, vec!["unknown_track"]),
        (&own, vec!["own_play"]),
        (&bot, vec!["bot"]),
        (&impossible, vec!["impossible_time"]),
        (&whole, vec!["", "duplicate"]),
        (&first, vec!["continued", ""]),
        (
            &five_firsts[0],
            vec![
                "",
                "already_counted",
                "already_counted",
                "already_counted",
                "already_counted",
            ],
        ),
    ] {
        assert_eq!(reasons(&rows, report), expected, "{report:?}");
    }
    let row = |report: &PlayReport| &rows[&play_id(report)][0];
    assert_eq!(
        (
            row(&whole)["counted"].as_u64(),
            row(&whole)["completed"].as_u64()
        ),
        (Some(1), Some(1))
    );
    assert_eq!(
        (row(&bot)["counted"].as_u64(), row(&bot)["bot"].as_u64()),
        (Some(0), Some(1))
    );
    assert_eq!(
        (row(&own)["counted"].as_u64(), row(&own)["own"].as_u64()),
        (Some(0), Some(1))
    );
    assert_eq!(row(&seek_to_the_end)["skipped"], 1);
    assert_eq!(row(&whole)["creator_id"].as_i64(), Some(creator.id));
    assert_eq!(row(&unknown_track)["creator_id"], 0);
}

#[tokio::test]
async fn a_row_keeps_where_from_on_what_and_whence_and_no_address() {
    let veza = Installation::new().await;
    let creator = creator(&veza).await;
    let song = track(&veza, &creator, THREE_MINUTES).await;
    let report = PlayReport {
        address: Some("81.2.69.142".into()),
        user_agent: Some("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1".into()),
        referrer: Some("https://www.google.co.uk/".into()),
        page_url: Some("https://veza.example/tracks/1?utm_campaign=Spring".into()),
        context: Some("playlist".into()),
        listener: Some("anonymous-1".into()),
        ..heard(song, 60_000)
    };
    let asked_not_to_be_known = PlayReport {
        do_not_track: true,
        ..PlayReport {
            play_id: heard(song, 0).play_id,
            ..report.clone()
        }
    };
    let _aggregator = veza.start_aggregator().await;
    send(&veza, &[report.clone(), asked_not_to_be_known.clone()]).await;
    stored(&veza, 2).await;

    let rows = rows(&veza).await;
    let row = &rows[&play_id(&report)][0];
    for (column, expected) in [
        ("country", "GB"),
        ("device", "phone"),
        ("os", "iOS"),
        ("os_version", "18.7"),
        ("browser", "Mobile Safari"),
        ("channel", "search"),
        ("source", "search/Google"),
        ("context", "playlist"),
        ("campaign", "Spring"),
        ("page", "/tracks/1"),
        ("reason", ""),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_ne!(row["listener"], 0);
    assert_ne!(row["place"], 0);
    assert!(!row.to_string().contains("81.2.69.142"), "{row}");
    assert_eq!(row["started_at"], time(report.started_at_ms));
    assert_eq!(row["received_at"], time(report.received_at_ms));
    let unknown = &rows[&play_id(&asked_not_to_be_known)][0];
    assert_eq!(
        (&unknown["listener"], &unknown["reason"]),
        (&0.into(), &"".into())
    );
}

fn time(unix_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(unix_ms).unwrap();
    time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

#[tokio::test]
async fn a_range_over_the_edge_of_a_month_is_stored_in_both() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, THREE_MINUTES).await;
    let edge = "2026-03-01T00:00:00Z"
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_millisecond();
    let play = heard(song, 60_000);
    // One partition, one range: all reports of one play.
    let reports: Vec<_> = [-900_000, -1, 0, 1]
        .into_iter()
        .zip(0..)
        .map(|(offset_ms, seq)| PlayReport {
            seq,
            started_at_ms: edge + offset_ms,
            sent_at_ms: None,
            imported: true,
            ..play.clone()
        })
        .collect();
    send(&veza, &reports).await;
    let _aggregator = veza.start_aggregator().await;
    stored(&veza, 4).await;
    let slots = veza
        .clickhouse(
            "SELECT toString(slot) AS slot, count() AS n FROM plays GROUP BY slot ORDER BY slot",
        )
        .await;
    let slots: Vec<_> = slots
        .iter()
        .map(|row| (row["slot"].as_str().unwrap(), row["n"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        slots,
        [("2026-02-28 23:45:00", 2), ("2026-03-01 00:00:00", 2)]
    );
}

#[tokio::test]
async fn a_play_is_stored_before_a_page_asks_and_postgres_knows_how_far() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, THREE_MINUTES).await;
    let _aggregator = veza.start_aggregator().await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    let mut slowest = std::time::Duration::ZERO;
    for n in 2..5 {
        let begun = std::time::Instant::now();
        send(&veza, &[heard(song, 60_000)]).await;
        stored(&veza, n).await;
        slowest = slowest.max(begun.elapsed());
    }
    assert!(
        slowest < std::time::Duration::from_millis(2_500),
        "{slowest:?}"
    );
    eventually(PATIENCE, || async {
        let row: (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), sum(next_offset)::bigint, sum(log_end)::bigint, count(*) FILTER (WHERE oldest_unstored_at IS NULL) FROM partition_progress",
        )
        .fetch_one(veza.postgres())
        .await
        .unwrap();
        if row == (6, 4, 4, 6) { Ok(()) } else { Err(row) }
    })
    .await;
    let topic: String = sqlx::query_scalar("SELECT DISTINCT topic_id FROM partition_progress")
        .fetch_one(veza.postgres())
        .await
        .unwrap();
    assert_eq!(
        veza.clickhouse("SELECT DISTINCT topic_id FROM plays").await[0]["topic_id"],
        topic
    );
}
