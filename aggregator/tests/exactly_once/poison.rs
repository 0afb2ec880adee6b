//! Records that can't be read are rejections, one each, and hold up nobody.

use crate::support::{
    assert_each_offset_once, creator, heard, reasons, rows, send, send_to, stored, track,
};
use veza_standalone::testing::Installation;

#[tokio::test]
async fn unreadable_bytes_are_rejected_with_their_reason_and_their_neighbours_count() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let _aggregator = veza.start_aggregator().await;
    let (before, after) = (heard(song, 60_000), heard(song, 60_000));
    send(&veza, std::slice::from_ref(&before)).await;
    for partition in 0..6 {
        veza.produce_to(partition, "poison", b"\xff\xfe\0 no report")
            .await;
    }
    veza.produce_to(0, "empty", b"").await;
    send(&veza, std::slice::from_ref(&after)).await;
    stored(&veza, 9).await;
    assert_each_offset_once(&veza, 9).await;

    let rows = rows(&veza).await;
    assert_eq!(
        (reasons(&rows, &before), reasons(&rows, &after)),
        (vec![""], vec![""])
    );
    let rejected = veza.clickhouse("SELECT code, count() AS n, any(reason) AS reason, any(hex(raw)) AS raw FROM rejected GROUP BY code ORDER BY code").await;
    assert_eq!(
        (rejected[0]["code"].as_str(), rejected[0]["n"].as_u64()),
        (Some("not_a_uuid"), Some(1))
    );
    assert_eq!(
        (rejected[1]["code"].as_str(), rejected[1]["n"].as_u64()),
        (Some("undecodable"), Some(6))
    );
    assert_eq!(rejected[1]["raw"], "FFFE00206E6F207265706F7274");
    assert!(
        rejected[1]["reason"]
            .as_str()
            .unwrap()
            .starts_with("not a PlayReport: "),
        "{rejected:?}"
    );
}

#[tokio::test]
async fn a_partition_of_only_poison_goes_on() {
    let veza = Installation::new().await;
    for _ in 0..50 {
        veza.produce_to(3, "poison", b"\xff").await;
    }
    let aggregator = veza.start_aggregator().await;
    stored(&veza, 50).await;
    assert_each_offset_once(&veza, 50).await;
    let metrics = aggregator.metrics().await;
    assert!(
        metrics.contains(r#"veza_aggregator_records_total{outcome="rejected"} 50"#),
        "{metrics}"
    );
}

#[tokio::test]
async fn poison_first_in_the_middle_last_or_alone_is_one_rejection_and_its_partition_goes_on() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    // P: poison, R: a report; a partition each, and all of it in one range.
    let orders = ["PRR", "RPR", "RRP", "P", "PPP"];
    let mut reports = Vec::new();
    for (partition, order) in (0..).zip(orders) {
        for kind in order.chars() {
            if kind == 'P' {
                veza.produce_to(partition, "poison", b"\xff").await;
            } else {
                let report = heard(song, 60_000);
                send_to(&veza, partition, std::slice::from_ref(&report)).await;
                reports.push(report);
            }
        }
    }
    let records = orders.concat().len() as u64;
    let _aggregator = veza.start_aggregator().await;
    stored(&veza, records).await;

    let after: Vec<_> = orders.iter().map(|_| heard(song, 60_000)).collect();
    for (partition, report) in (0..).zip(&after) {
        send_to(&veza, partition, std::slice::from_ref(report)).await;
    }
    stored(&veza, records + after.len() as u64).await;
    assert_each_offset_once(&veza, records + after.len() as u64).await;
    let rows = rows(&veza).await;
    for report in reports.iter().chain(&after) {
        assert_eq!(reasons(&rows, report), [""]);
    }
    let rejected = veza
        .clickhouse("SELECT kafka_partition AS partition, groupArray(kafka_offset) AS offsets FROM (SELECT * FROM rejected ORDER BY kafka_offset) GROUP BY kafka_partition ORDER BY kafka_partition")
        .await;
    let expected = [vec![0], vec![1], vec![2], vec![0], vec![0, 1, 2]];
    for (row, offsets) in rejected.iter().zip(expected) {
        assert_eq!(row["offsets"], serde_json::json!(offsets), "{row}");
    }
    assert_eq!(rejected.len(), orders.len());
}
