//! A collector on real servers, a player that reports to it, and the topic as it is afterwards.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use prost::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Service};

const KAFKA_PATIENCE: Duration = Duration::from_secs(10);

/// `veza-ingest` in an installation of its own.
pub struct Collector {
    pub installation: Installation,
    pub service: Service,
    pub http: reqwest::Client,
}

impl Collector {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_in(Installation::new().await, settings).await
    }

    pub async fn start_in(installation: Installation, settings: &[(&str, &str)]) -> Self {
        let service = installation.start_ingest_with(settings).await;
        Self {
            installation,
            service,
            http: reqwest::Client::new(),
        }
    }

    pub fn url(&self) -> String {
        format!("{}/v1/plays", self.service.url())
    }

    /// `host:port`, for requests that no HTTP client would send.
    pub fn address(&self) -> &str {
        self.service.url().trim_start_matches("http://")
    }

    pub fn post(&self) -> RequestBuilder {
        self.http.post(self.url())
    }

    /// Reports as JSON.
    pub async fn report(&self, body: &Value) -> Answer {
        answer(self.post().json(body)).await
    }

    /// Sends one good report and finds it accepted.
    pub async fn accepts_a_good_report(&self) {
        let answer = self.report(&report()).await;
        assert_eq!(
            (answer.status, &answer.body["accepted"]),
            (202, &json!(1)),
            "{answer:?}"
        );
    }

    pub fn importer(&self) -> String {
        self.installation
            .token(Uuid::new_v4(), "admin", &["plays:import"])
    }

    /// Everything that is in the topic now.
    pub fn records(&self) -> Vec<Record> {
        let brokers = self.installation.setting("VEZA_KAFKA_BROKERS");
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "unused")
            .set("enable.partition.eof", "false")
            .create()
            .unwrap();
        let topic = self.installation.topic();
        let partitions = partitions(&consumer, topic);
        let mut assignment = TopicPartitionList::new();
        let mut expected = 0;
        for partition in 0..partitions {
            let (low, high) = consumer
                .fetch_watermarks(topic, partition, KAFKA_PATIENCE)
                .unwrap();
            expected += high - low;
            assignment
                .add_partition_offset(topic, partition, Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&assignment).unwrap();
        let mut records = Vec::new();
        while (records.len() as i64) < expected {
            let message = consumer
                .poll(KAFKA_PATIENCE)
                .expect("the records that the log holds")
                .unwrap();
            records.push(Record {
                partition: message.partition(),
                partitions,
                key: String::from_utf8(message.key().unwrap().to_vec()).unwrap(),
                report: PlayReport::decode(message.payload().unwrap()).unwrap(),
            });
        }
        records
    }

    /// The only record of the topic.
    pub fn only_record(&self) -> PlayReport {
        let mut records = self.records();
        assert_eq!(records.len(), 1);
        records.remove(0).report
    }
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> i32 {
    let metadata = consumer
        .fetch_metadata(Some(topic), KAFKA_PATIENCE)
        .unwrap();
    metadata.topics()[0].partitions().len() as i32
}

/// A record of the topic of plays.
pub struct Record {
    pub partition: i32,
    pub partitions: i32,
    pub key: String,
    pub report: PlayReport,
}

impl Record {
    pub fn play_id(&self) -> Uuid {
        self.report.play_uuid().unwrap()
    }
}

/// An answer of the collector.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null where the body is no JSON.
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status, code and field of a problem, which carries its media type.
    pub fn problem(&self) -> (u16, &str, Option<&str>) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        assert_eq!(self.body["status"], self.status, "{self:?}");
        assert!(
            self.body["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{self:?}"
        );
        (
            self.status,
            self.body["code"].as_str().unwrap(),
            self.body["field"].as_str(),
        )
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

/// A good report of a new play, with the fields that must be there.
pub fn report() -> Value {
    json!({"play_id": Uuid::new_v4(), "track_id": Uuid::from_u128(7), "started_at": Timestamp::now(), "heard_ms": 31_000})
}

/// A good report with some fields set.
pub fn report_with(changes: Value) -> Value {
    let mut report = report();
    for (name, value) in changes.as_object().unwrap() {
        report[name] = value.clone();
    }
    report
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn metric(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0.0, |value| value.trim().parse().unwrap())
}
