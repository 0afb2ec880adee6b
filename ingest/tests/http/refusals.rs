//! Bad input gets the right 4xx, by field; nothing of it reaches Kafka, and the next good report is taken.

use serde_json::{Value, json};

use crate::support::{Answer, Collector, answer, gzip, report, report_with};

const JSON: &str = "application/json";

struct Bad {
    name: &'static str,
    media_type: &'static str,
    encoding: &'static str,
    body: Vec<u8>,
}

impl Bad {
    fn json(name: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            name,
            media_type: JSON,
            encoding: "identity",
            body: body.into(),
        }
    }

    fn gzip(name: &'static str, body: Vec<u8>) -> Self {
        Self {
            encoding: "gzip",
            ..Self::json(name, body)
        }
    }

    fn typed(name: &'static str, media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            media_type,
            ..Self::json(name, body)
        }
    }

    async fn send(self, collector: &Collector) -> Answer {
        let request = collector
            .post()
            .header("content-type", self.media_type)
            .header("content-encoding", self.encoding)
            .body(self.body);
        answer(request).await
    }
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_the_next_good_one_is_taken() {
    let collector = Collector::start().await;
    let good = report().to_string();
    let packed = gzip(good.as_bytes());
    let bomb = gzip(&vec![b' '; 300 << 20]);
    let latin1 = good
        .replace("7", "\u{e9}")
        .chars()
        .map(|c| c as u8)
        .collect::<Vec<u8>>();
    let many = json!(vec![json!({}); 1_001]).to_string();
    let cases: [(Bad, u16, &str, Option<&str>); 19] = [
        (
            Bad::json("garbage", "\u{1}\u{2}garbage"),
            400,
            "unreadable",
            None,
        ),
        (Bad::json("empty", ""), 400, "unreadable", None),
        (Bad::json("blank", " \r\n\t"), 400, "unreadable", None),
        (
            Bad::json("cut JSON", &good[..good.len() - 3]),
            400,
            "unreadable",
            None,
        ),
        (
            Bad::json("two objects", format!("{good}{good}")),
            400,
            "unreadable",
            None,
        ),
        (Bad::json("a scalar", "17"), 400, "unreadable", None),
        (
            Bad::json("deep and open", "[".repeat(1 << 20)),
            400,
            "unreadable",
            None,
        ),
        (Bad::json("UTF-16", utf16(&good)), 400, "unreadable", None),
        (Bad::json("Latin-1", latin1), 400, "unreadable", None),
        (
            Bad::gzip("truncated gzip", packed[..packed.len() / 2].to_vec()),
            400,
            "unreadable",
            None,
        ),
        (
            Bad::gzip("no gzip at all", good.clone().into()),
            400,
            "unreadable",
            None,
        ),
        (Bad::gzip("gzip bomb", bomb), 413, "too_large", None),
        (
            Bad::json("huge", vec![b' '; 20 << 20]),
            413,
            "too_large",
            None,
        ),
        (Bad::json("too many", many), 413, "too_large", None),
        (
            Bad::typed("a form", "application/x-www-form-urlencoded", good.clone()),
            415,
            "unsupported_media_type",
            Some("Content-Type"),
        ),
        (
            Bad::typed("XML", "application/xml", "<play/>"),
            415,
            "unsupported_media_type",
            Some("Content-Type"),
        ),
        (
            Bad::typed(
                "another charset",
                "application/json; charset=utf-16",
                utf16(&good),
            ),
            415,
            "unsupported_media_type",
            Some("Content-Type"),
        ),
        (
            Bad {
                encoding: "br",
                ..Bad::json("another encoding", good.clone())
            },
            415,
            "unsupported_media_type",
            Some("Content-Encoding"),
        ),
        (
            Bad::json("an empty array", "[]"),
            422,
            "invalid",
            Some("reports"),
        ),
    ];
    let count = cases.len();
    for (bad, status, code, field) in cases {
        let name = bad.name;
        let answer = bad.send(&collector).await;
        assert_eq!(
            answer.problem(),
            (status, code, field),
            "{name}: {answer:?}"
        );
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "*",
            "{name}: its page must be able to read why"
        );
        collector.accepts_a_good_report().await;
    }
    assert_eq!(collector.records().len(), count, "only the good ones");
}

#[tokio::test]
async fn a_report_that_is_bad_is_refused_by_its_field_and_the_next_good_one_is_taken() {
    let collector = Collector::start().await;
    let deep: Value =
        serde_json::from_str(&format!("{}1{}", "[".repeat(120), "]".repeat(120))).unwrap();
    let cases = [
        (json!({"play_id": "seven"}), "wrong_type", "play_id"),
        (json!({"track_id": null}), "missing_field", "track_id"),
        (
            json!({"started_at": 1_700_000_000}),
            "wrong_type",
            "started_at",
        ),
        (
            json!({"started_at": "2999-01-01T00:00:00Z"}),
            "in_future",
            "started_at",
        ),
        (
            json!({"started_at": "2020-01-01T00:00:00Z"}),
            "too_old",
            "started_at",
        ),
        (
            json!({"sent_at": "2020-01-01T00:00:00Z"}),
            "sent_before_started",
            "sent_at",
        ),
        (json!({"seq": 65_536}), "out_of_range", "seq"),
        (json!({"heard_ms": "31000"}), "wrong_type", "heard_ms"),
        (json!({"heard_ms": 86_400_001}), "out_of_range", "heard_ms"),
        (
            json!({"heard_before_ms": -1}),
            "out_of_range",
            "heard_before_ms",
        ),
        (
            json!({"heard_before_ms": deep}),
            "wrong_type",
            "heard_before_ms",
        ),
        (json!({"ended": "true"}), "wrong_type", "ended"),
        (json!({"referrer": "no url"}), "not_a_url", "referrer"),
        (
            json!({"page_url": format!("https://a.example/{}", "x".repeat(2_048))}),
            "too_long",
            "page_url",
        ),
        (json!({"context": "x".repeat(33)}), "too_long", "context"),
        (json!({"listener": "x".repeat(65)}), "too_long", "listener"),
        (json!({"country": "FR"}), "scope_required", "country"),
        (json!({"counted": true}), "unknown_field", "counted"),
    ];
    let count = cases.len();
    for (changes, code, field) in cases {
        let report = report_with(changes.clone());
        let answer = collector.report(&report).await;
        assert_eq!(
            answer.problem(),
            (422, "all_refused", Some(field)),
            "{changes}: {answer:?}"
        );
        assert_eq!(answer.body["accepted"], 0);
        let rejected = &answer.body["rejected"][0];
        assert_eq!(
            (&rejected["index"], &rejected["code"], &rejected["field"]),
            (&json!(0), &json!(code), &json!(field))
        );
        assert_eq!(answer.body["detail"], rejected["message"]);
        let readable = if field == "play_id" {
            json!("seven")
        } else {
            report["play_id"].clone()
        };
        assert_eq!(rejected["play_id"], readable);
        collector.accepts_a_good_report().await;
    }
    assert_eq!(collector.records().len(), count, "only the good ones");
}

#[tokio::test]
async fn what_nests_a_million_deep_is_refused_without_harm() {
    let collector = Collector::start().await;
    let deep = format!("{}{}", "[".repeat(1 << 19), "]".repeat(1 << 19));
    let answer = Bad::json("deep", deep).send(&collector).await;
    assert_eq!(answer.problem(), (422, "all_refused", Some("[0]")));
    assert_eq!(answer.body["rejected"][0]["code"], "unreadable");
    collector.accepts_a_good_report().await;
}

#[tokio::test]
async fn other_paths_and_methods_say_where_plays_go() {
    let collector = Collector::start().await;
    let elsewhere = format!("{}/v1/play", collector.service.url());
    let wrong_path = answer(collector.http.post(elsewhere).json(&report())).await;
    assert_eq!(wrong_path.problem(), (404, "not_found", None));
    let wrong_method = answer(collector.http.get(collector.url())).await;
    assert_eq!(wrong_method.problem(), (405, "method_not_allowed", None));
    assert_eq!(wrong_method.header("allow"), "POST");
}

#[tokio::test]
async fn what_is_refused_is_counted_by_code() {
    let collector = Collector::start().await;
    collector
        .report(&json!([report(), {"seq": 1}, {"nonsense": 1}]))
        .await;
    Bad::json("garbage", "garbage").send(&collector).await;
    let metrics = collector.service.metrics().await;
    for line in [
        "ingest_reports_total{code=\"accepted\"} 1",
        "ingest_reports_total{code=\"missing_field\"} 1",
        "ingest_reports_total{code=\"unknown_field\"} 1",
        "ingest_requests_refused_total{code=\"unreadable\"} 1",
        "http_requests_total{service=\"ingest\",route=\"/v1/plays\",method=\"POST\",status=\"2xx\"} 1",
        "http_requests_total{service=\"ingest\",route=\"/v1/plays\",method=\"POST\",status=\"4xx\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}
