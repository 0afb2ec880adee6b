//! Records that can't be read are rejections, one each, and hold up nobody.

mod support;

use support::{assert_each_offset_once, creator, heard, reasons, rows, send, stored, track};
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
