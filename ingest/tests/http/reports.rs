//! What is accepted is in Kafka, as it was meant.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Collector, answer, gzip, metric, report, report_with};

#[tokio::test]
async fn every_form_of_a_body_arrives() {
    let collector = Collector::start().await;
    let (one, two) = (report().to_string(), report().to_string());
    let send = async |media_type: Option<&str>, encoding: Option<&str>, body: Vec<u8>| {
        let mut request = collector.post().body(body);
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let answer = answer(request).await;
        assert_eq!(
            (answer.status, &answer.body["rejected"]),
            (202, &json!([])),
            "{answer:?}"
        );
        answer.body["accepted"].as_u64().unwrap()
    };
    let (json, lines) = (Some("application/json"), Some("application/x-ndjson"));
    let array = format!("[{one},\n{two}]");
    let two_lines = format!("{one}\n\n{two}\r\n");
    let mut sent = 0;
    sent += send(json, None, one.clone().into()).await;
    sent += send(json, None, array.clone().into()).await;
    sent += send(lines, None, two_lines.clone().into()).await;
    sent += send(Some("text/plain;charset=UTF-8"), None, array.clone().into()).await;
    sent += send(None, None, one.clone().into()).await;
    sent += send(json, Some("gzip"), gzip(array.as_bytes())).await;
    sent += send(lines, Some("gzip"), gzip(two_lines.as_bytes())).await;
    sent += send(Some("text/plain"), Some("gzip"), gzip(one.as_bytes())).await;
    assert_eq!(sent, 13);
    assert_eq!(collector.records().len(), 13);
    let metrics = collector.service.metrics().await;
    assert_eq!(
        metric(&metrics, "ingest_reports_total{code=\"accepted\"}"),
        13.0
    );
}

#[tokio::test]
async fn every_field_arrives_as_sent() {
    let collector = Collector::start().await;
    let report = report_with(json!({
        "seq": 3, "started_at": "2026-11-01T10:00:00.123+01:00", "sent_at": "2026-11-01T09:00:31Z", "heard_ms": 30_000, "heard_before_ms": 60_000,
        "ended": false, "referrer": "https://search.example/?q=é", "page_url": "https://veza.example/?utm_source=x", "context": "playlist", "listener": "l-1",
    }));
    let mut shifted = report.clone();
    // Times near now, the same distance apart.
    let now = jiff::Timestamp::now().as_millisecond();
    let time = |ms: i64| json!(jiff::Timestamp::from_millisecond(ms).unwrap());
    shifted["started_at"] = time(now - 31_000);
    shifted["sent_at"] = time(now);
    let answer = answer(
        collector
            .post()
            .header("user-agent", "Tester/1")
            .json(&shifted),
    )
    .await;
    assert_eq!(answer.status, 202, "{answer:?}");

    let record = collector.only_record();
    assert_eq!(json!(record.play_uuid().unwrap()), shifted["play_id"]);
    assert_eq!(json!(record.track_uuid().unwrap()), shifted["track_id"]);
    assert_eq!(
        (
            record.seq,
            record.heard_ms,
            record.heard_before_ms,
            record.ended
        ),
        (3, 30_000, 60_000, false)
    );
    assert_eq!(
        (record.started_at_ms, record.sent_at_ms),
        (now - 31_000, Some(now))
    );
    assert_eq!(record.referrer.as_deref(), report["referrer"].as_str());
    assert_eq!(record.page_url.as_deref(), report["page_url"].as_str());
    assert_eq!(record.context.as_deref(), Some("playlist"));
    assert_eq!(record.listener.as_deref(), Some("l-1"));
    assert_eq!(record.user_agent.as_deref(), Some("Tester/1"));
    assert_eq!(record.address.as_deref(), Some("127.0.0.1"));
    assert!((now..now + 10_000).contains(&record.received_at_ms));
    assert!(!record.imported && record.subject.is_none() && record.country.is_none());
}

#[tokio::test]
async fn of_a_hundred_with_one_bad_99_are_kept_and_the_bad_one_is_named() {
    let collector = Collector::start().await;
    let mut batch: Vec<Value> = (0..100).map(|_| report()).collect();
    batch[41]["heard_ms"] = json!(-1);
    let answer = collector.report(&json!(batch)).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.body["accepted"], 99);
    let rejected = answer.body["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["index"], 41);
    assert_eq!(rejected[0]["play_id"], batch[41]["play_id"]);
    assert_eq!(rejected[0]["code"], "out_of_range");
    assert_eq!(rejected[0]["field"], "heard_ms");
    assert_eq!(
        rejected[0]["message"],
        "`heard_ms` is -1; it must be an integer from 0 to 86400000"
    );

    let mut expected: Vec<Uuid> = batch
        .iter()
        .map(|r| r["play_id"].as_str().unwrap().parse().unwrap())
        .collect();
    expected.remove(41);
    let mut stored: Vec<Uuid> = collector
        .records()
        .iter()
        .map(|record| record.play_id())
        .collect();
    expected.sort();
    stored.sort();
    assert_eq!(stored, expected);
}

#[tokio::test]
async fn a_line_that_is_garbage_costs_only_itself() {
    let collector = Collector::start().await;
    let body = format!("{}\n{{\"play_id\": oops\n[1]\n{}\n", report(), report());
    let request = collector
        .post()
        .header("content-type", "application/x-ndjson")
        .body(body);
    let answer = answer(request).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(2)));
    for (rejected, index) in answer.body["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .zip([1, 2])
    {
        assert_eq!(rejected["index"], index);
        assert_eq!(rejected["code"], "unreadable");
        assert_eq!(
            (&rejected["field"], &rejected["play_id"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert_eq!(collector.records().len(), 2);
}

#[tokio::test]
async fn a_full_request_of_a_thousand_is_taken() {
    let collector = Collector::start().await;
    let batch: Vec<Value> = (0..1_000).map(|_| report()).collect();
    let answer = collector.report(&json!(batch)).await;
    assert_eq!(
        (answer.status, &answer.body["accepted"]),
        (202, &json!(1_000))
    );
    assert_eq!(collector.records().len(), 1_000);
}

#[tokio::test]
async fn a_play_is_in_the_partition_that_kafkas_own_clients_choose() {
    // From Kafka's own UtilsTest.
    assert_eq!(murmur2(b"21"), -973_932_308);
    assert_eq!(murmur2(b"foobar"), -790_332_482);
    assert_eq!(murmur2(b"a-little-bit-long-string"), -985_981_536);

    let collector = Collector::start().await;
    let batch: Vec<Value> = (0..60).map(|_| report()).collect();
    collector.report(&json!(batch)).await;
    let records = collector.records();
    assert_eq!(records.len(), 60);
    for record in records {
        assert_eq!(record.key, record.play_id().to_string());
        let chosen = (murmur2(record.key.as_bytes()) & 0x7fff_ffff) % record.partitions;
        assert_eq!(record.partition, chosen);
    }
}

/// Kafka's hash of keys (`org.apache.kafka.common.utils.Utils.murmur2`).
fn murmur2(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut h = 0x9747_b28c ^ data.len() as u32;
    let words = data.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        let mut k = u32::from_le_bytes(word.try_into().unwrap()).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
    }
    if !rest.is_empty() {
        let tail = rest
            .iter()
            .rev()
            .fold(0, |tail, byte| (tail << 8) | u32::from(*byte));
        h = (h ^ tail).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    (h ^ (h >> 15)) as i32
}
