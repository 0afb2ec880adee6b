//! `GET /admin/analytics/pipeline/rejected`: the records that could not be read, to look into.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::analytics::query::{RejectedKey, RejectedRow, Warehouse};
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::Result;
use crate::extract::Query;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// Only records of this code.
    code: Option<String>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<RejectedKey>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// A record of the topic that is not a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectedRecord {
    pub topic_id: String,
    pub partition: u16,
    pub offset: u64,
    /// When Kafka took it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `undecodable`, `not_a_uuid`, `out_of_range`.
    pub code: String,
    /// What is wrong with it.
    pub reason: String,
    /// What an operator can do.
    pub what_to_do: &'static str,
    /// Of the whole record; null: its bytes have been emptied, as they are 14 days after it came.
    #[schema(required)]
    pub size: Option<u64>,
    /// Its first 1,024 bytes in hexadecimal digits; null likewise.
    #[schema(required)]
    pub hex: Option<String>,
    /// The same as text, `·` for what can't be shown; null likewise.
    #[schema(required)]
    pub text: Option<String>,
}

/// Records that could not be read, newest first
#[utoipa::path(get, path = "/admin/analytics/pipeline/rejected", operation_id = "rejected", tag = "admin", params(Parameters),
    responses((status = 200, body = Page<RejectedRecord>)))]
pub async fn rejected(
    State(warehouse): State<clickhouse::Client>,
    Query(asked): Query<Parameters>,
) -> Result<Page<RejectedRecord>> {
    let after = asked.cursor.as_ref().map(|Cursor(key)| key);
    let rows = Warehouse::new(warehouse)
        .rejected(asked.code.as_deref(), after, asked.limit.plus_one())
        .await?;
    let found = page(rows, asked.limit, RejectedKey::of)?;
    Ok(Page {
        data: found.data.into_iter().map(RejectedRecord::of).collect(),
        meta: found.meta,
    })
}

impl RejectedRecord {
    fn of(row: RejectedRow) -> Self {
        let kept = row.size > 0;
        Self {
            topic_id: row.topic_id,
            partition: row.kafka_partition,
            offset: row.kafka_offset,
            at: Timestamp::from_millisecond(row.at_ms).unwrap_or_default(),
            what_to_do: what_to_do(&row.code),
            code: row.code,
            reason: row.reason,
            size: kept.then_some(row.size),
            text: kept.then(|| as_text(&row.hex)),
            hex: kept.then_some(row.hex),
        }
    }
}

fn what_to_do(code: &str) -> &'static str {
    match code {
        "undecodable" => {
            "Something other than the collector writes into the topic, or a newer collector than this aggregator: \
             see which producers may write, and bring the aggregators up to date."
        }
        "not_a_uuid" | "out_of_range" => {
            "The collector refuses such a report, so another producer wrote it, or a collector of another version: \
             see which producers may write into the topic."
        }
        _ => {
            "This version does not know the code: the aggregators are newer than the API; bring the API up to date."
        }
    }
}

/// What can be shown of bytes in hexadecimal digits.
fn as_text(hex: &str) -> String {
    let byte = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).filter_map(byte).collect();
    let shown = |c: char| match c {
        char::REPLACEMENT_CHARACTER => '·',
        c if c.is_control() => '·',
        c => c,
    };
    String::from_utf8_lossy(&bytes).chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_far_as_they_are_text() {
        assert_eq!(as_text("68C3A97900FF0A"), "héy···");
    }
}
