//! `veza-aggregator rejected replay`: a rejected record that can be read now is sent once more. The replay is a new record, with the
//! old one's bytes and a header that names it; the old one stays what it is, one rejection.
//!
//! Which records were replayed is kept in Postgres, from before the send: a process that dies in between leaves it known that the
//! replay may have arrived. Sent twice, it is a duplicate.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use rdkafka::config::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use sqlx::PgPool;
use veza_enrich::record::Record;
use veza_schemas::record::PlayReport;
use veza_schemas::topic::REPLAY_OF_HEADER;

use super::rejected::{Filter, Name, Rejection, select};
use crate::settings::Settings;
use crate::warehouse::Warehouse;

/// Rejections that are looked at at once.
const PAGE: usize = 1_000;
/// How long Kafka may take to take a record.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub again: bool,
    pub dry_run: bool,
}

/// A replay that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    pub begun_at: Timestamp,
    /// Partition and offset of the new record; `None`: not known to have arrived.
    pub arrived: Option<(i32, i64)>,
}

/// What becomes of a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Send { key: uuid::Uuid },
    ReplayedBefore,
    NoBytes,
    Unreadable,
}

#[derive(Debug, Default)]
struct Counts {
    sent: u64,
    replayed_before: u64,
    no_bytes: u64,
    unreadable: u64,
}

/// Replays the `records`, and those that `filter` finds if there are none.
pub async fn run(
    settings: &Settings,
    warehouse: &Warehouse,
    pool: &PgPool,
    (records, filter): (&[Name], &Filter),
    options: Options,
) -> anyhow::Result<()> {
    let producer = producer(settings)?;
    let mut counts = Counts::default();
    let mut after: Option<Name> = None;
    let condition = condition(records, filter);
    loop {
        let page = select(
            warehouse,
            &format!("{condition} AND {}", beyond(after.as_ref())),
            &format!("ORDER BY topic_id, kafka_partition, kafka_offset LIMIT {PAGE}"),
        )
        .await?;
        let known = known(pool, &page).await?;
        for rejection in &page {
            let plan = plan(rejection, known.get(&rejection.name), options);
            counts.add(plan);
            let Plan::Send { key } = plan else { continue };
            if options.dry_run {
                println!(
                    "{}  would be sent as a report of play {key}",
                    rejection.name
                );
                continue;
            }
            begin(pool, &rejection.name).await?;
            let (partition, offset) = send(settings, &producer, rejection, key).await?;
            arrived(pool, &rejection.name, partition, offset).await?;
            println!(
                "{}  sent as partition {partition} offset {offset}, a report of play {key}",
                rejection.name
            );
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.name.clone()),
            _ => break,
        }
    }
    println!("{}", counts.summary(options.dry_run));
    Ok(())
}

fn condition(records: &[Name], filter: &Filter) -> String {
    if records.is_empty() {
        return format!("({})", filter.sql());
    }
    let any: Vec<String> = records
        .iter()
        .map(|name| format!("({})", name.sql()))
        .collect();
    format!("({}) AND ({})", any.join(" OR "), filter.sql())
}

/// Those that come after `name`, in the order of the pages.
fn beyond(name: Option<&Name>) -> String {
    name.map_or_else(
        || "1".into(),
        |Name { topic_id, partition, offset }| {
            format!(
                "(toString(topic_id), kafka_partition, kafka_offset) > ('{topic_id}', {partition}, {offset})"
            )
        },
    )
}

fn plan(rejection: &Rejection, replayed: Option<&Replayed>, options: Options) -> Plan {
    if rejection.raw.is_empty() {
        return Plan::NoBytes;
    }
    let Ok(record) = Record::read(&rejection.raw) else {
        return Plan::Unreadable;
    };
    if replayed.is_some() && !options.again {
        return Plan::ReplayedBefore;
    }
    Plan::Send {
        key: record.play_id,
    }
}

/// Which of the rejections were replayed before.
pub async fn known(
    pool: &PgPool,
    rejections: &[Rejection],
) -> anyhow::Result<BTreeMap<Name, Replayed>> {
    let names = || rejections.iter().map(|rejection| &rejection.name);
    let topic_ids: Vec<String> = names().map(|name| name.topic_id.clone()).collect();
    let partitions: Vec<i32> = names().map(|name| name.partition.into()).collect();
    let offsets: Vec<i64> = names().map(|name| name.offset as i64).collect();
    let rows = sqlx::query!(
        r#"SELECT topic_id, kafka_partition, kafka_offset, (extract(epoch FROM begun_at) * 1000)::bigint AS "begun_ms!",
                  new_partition, new_offset
           FROM replays
           WHERE (topic_id, kafka_partition, kafka_offset) IN (SELECT * FROM UNNEST($1::text[], $2::int[], $3::bigint[]))"#,
        &topic_ids,
        &partitions,
        &offsets,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let name = Name {
                topic_id: row.topic_id,
                partition: row.kafka_partition.try_into()?,
                offset: row.kafka_offset.try_into()?,
            };
            let replayed = Replayed {
                begun_at: Timestamp::from_millisecond(row.begun_ms)?,
                arrived: row.new_partition.zip(row.new_offset),
            };
            Ok((name, replayed))
        })
        .collect()
}

async fn begin(pool: &PgPool, name: &Name) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO replays (topic_id, kafka_partition, kafka_offset) VALUES ($1, $2, $3)
         ON CONFLICT (topic_id, kafka_partition, kafka_offset) DO UPDATE SET begun_at = now(), new_partition = NULL, new_offset = NULL",
        name.topic_id,
        i32::from(name.partition),
        name.offset as i64,
    )
    .execute(pool)
    .await?;
    Ok(())
}

async fn arrived(pool: &PgPool, name: &Name, partition: i32, offset: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE replays SET new_partition = $4, new_offset = $5 WHERE topic_id = $1 AND kafka_partition = $2 AND kafka_offset = $3",
        name.topic_id,
        i32::from(name.partition),
        name.offset as i64,
        partition,
        offset,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// As ingest's: acknowledged by all, into the partition of the play's other reports.
fn producer(settings: &Settings) -> anyhow::Result<FutureProducer> {
    Ok(ClientConfig::new()
        .set("bootstrap.servers", &settings.kafka.brokers)
        .set("client.id", "veza-aggregator-replay")
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .create()?)
}

async fn send(
    settings: &Settings,
    producer: &FutureProducer,
    rejection: &Rejection,
    play_id: uuid::Uuid,
) -> anyhow::Result<(i32, i64)> {
    let (key, name) = (PlayReport::key(play_id), rejection.name.to_string());
    let header = Header {
        key: REPLAY_OF_HEADER,
        value: Some(&name),
    };
    let record = FutureRecord::to(&settings.kafka.topic)
        .key(&key)
        .payload(&rejection.raw)
        .headers(OwnedHeaders::new().insert(header));
    let delivery = producer
        .send(record, Timeout::After(SEND_TIMEOUT))
        .await
        .map_err(|(error, _)| anyhow!(error))
        .with_context(|| {
            format!("Kafka did not acknowledge the replay of {name}; if it arrived all the same, sending it --again is harmless")
        })?;
    Ok((delivery.partition, delivery.offset))
}

impl Counts {
    fn add(&mut self, plan: Plan) {
        let count = match plan {
            Plan::Send { .. } => &mut self.sent,
            Plan::ReplayedBefore => &mut self.replayed_before,
            Plan::NoBytes => &mut self.no_bytes,
            Plan::Unreadable => &mut self.unreadable,
        };
        *count += 1;
    }

    fn summary(&self, dry_run: bool) -> String {
        let sent = if dry_run { "would be sent" } else { "sent" };
        let mut parts = vec![format!("{} {sent}", self.sent)];
        for (count, why) in [
            (
                self.replayed_before,
                "replayed before, passed over (--again sends them once more; they become duplicates)",
            ),
            (self.unreadable, "can't be read now either, passed over"),
            (self.no_bytes, "without bytes, passed over"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {why}"));
            }
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use prost::Message;

    fn rejection(raw: &[u8]) -> Rejection {
        Rejection {
            name: "T:3:12".parse().unwrap(),
            code: "undecodable".into(),
            reason: "why".into(),
            at: Timestamp::UNIX_EPOCH,
            raw: raw.into(),
        }
    }

    #[test]
    fn only_what_can_be_read_and_was_not_replayed_is_sent() {
        let readable = rejection(&report().encode_to_vec());
        let [once, again] = [false, true].map(|again| Options {
            again,
            dry_run: false,
        });
        let before = Replayed {
            begun_at: Timestamp::UNIX_EPOCH,
            arrived: None,
        };
        let key = uuid::Uuid::from_bytes([1; 16]);
        assert_eq!(plan(&readable, None, once), Plan::Send { key });
        assert_eq!(plan(&readable, Some(&before), once), Plan::ReplayedBefore);
        assert_eq!(plan(&readable, Some(&before), again), Plan::Send { key });
        assert_eq!(plan(&rejection(b"\xff"), None, again), Plan::Unreadable);
        assert_eq!(plan(&rejection(b""), None, again), Plan::NoBytes);
    }
}
