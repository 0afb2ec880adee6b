//! One report, judged by itself: either what goes into Kafka, or why not, by field, with what would be right.

mod fields;

use std::net::IpAddr;

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;
use uuid::Uuid;
use veza_schemas::record::{FUTURE_TOLERANCE_MS, MAX_AGE_MS, OLDEST_IMPORT_MS, PlayReport};
use veza_schemas::report::{
    CONTEXTS, MAX_CONTEXT_BYTES, MAX_HEARD_MS, MAX_LISTENER_BYTES, MAX_URL_BYTES, RefusalCode,
    RefusedReport,
};

use fields::{Field, Fields, Value, shown};

/// Longest user agent that is kept: what is beyond it tells nothing more.
const KEPT_AGENT_BYTES: usize = 512;
/// Longest `subject` of an import.
const MAX_SUBJECT_BYTES: usize = 64;
/// Stored for a place on the site that is not in [`CONTEXTS`].
const OTHER_CONTEXT: &str = "other";

/// What the collector itself knows of a request.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Server's clock, Unix ms.
    pub received_at_ms: i64,
    pub address: IpAddr,
    pub user_agent: Option<String>,
    /// The verified token's account.
    pub subject: Option<Uuid>,
    /// `DNT` or `Sec-GPC` was sent.
    pub do_not_track: bool,
    /// The token has the scope `plays:import`.
    pub may_import: bool,
}

/// Why a report is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As sent, where it is a text.
    pub play_id: Option<String>,
    pub code: RefusalCode,
    pub field: Option<String>,
    pub message: String,
}

impl Refusal {
    /// As the answer names it.
    pub fn at(self, index: usize) -> RefusedReport {
        RefusedReport {
            index,
            play_id: self.play_id,
            code: self.code,
            field: self.field,
            message: self.message,
        }
    }
}

/// The record of the report that `text` is.
pub fn validate(text: &str, context: &RequestContext) -> Result<PlayReport, Refusal> {
    let fields = Fields::parse(text).map_err(|why| Refusal {
        play_id: None,
        code: RefusalCode::Unreadable,
        field: None,
        message: format!("not a report: {why}"),
    })?;
    record(&fields, context).map_err(|fault| Refusal {
        play_id: sent_play_id(&fields),
        code: fault.code,
        field: Some(fault.field),
        message: fault.message,
    })
}

/// Long enough for a UUID in any notation; more would only be repeated to its sender.
fn sent_play_id(fields: &Fields) -> Option<String> {
    match fields.get(Field::PlayId) {
        Some(Value::Text(text)) if text.len() <= 64 => Some(text.to_string()),
        _ => None,
    }
}

/// What is wrong with one field.
struct Fault {
    code: RefusalCode,
    field: String,
    message: String,
}

impl Fault {
    fn new(code: RefusalCode, field: Field, message: String) -> Self {
        Self {
            code,
            field: field.name().into(),
            message,
        }
    }

    fn wrong_type(field: Field, value: &Value, right: &str) -> Self {
        let message = format!("`{}` is {value}; it must be {right}", field.name());
        Self::new(RefusalCode::WrongType, field, message)
    }
}

fn record(fields: &Fields, context: &RequestContext) -> Result<PlayReport, Fault> {
    check_names(fields)?;
    if !context.may_import {
        refuse_import_fields(fields)?;
    }
    let play_id = uuid(fields, Field::PlayId)?;
    let seq = integer(fields, Field::Seq, u16::MAX.into())?.unwrap_or(0);
    let track_id = uuid(fields, Field::TrackId)?;
    let started_at_ms = required(time(fields, Field::StartedAt)?, Field::StartedAt)?;
    let sent_at_ms = time(fields, Field::SentAt)?;
    let heard_ms = required(
        integer(fields, Field::HeardMs, MAX_HEARD_MS)?,
        Field::HeardMs,
    )?;
    let heard_before_ms = integer(fields, Field::HeardBeforeMs, MAX_HEARD_MS)?.unwrap_or(0);
    let origin = origin(fields, context)?;
    let report = PlayReport {
        play_id: Bytes::copy_from_slice(play_id.as_bytes()),
        seq,
        track_id: Bytes::copy_from_slice(track_id.as_bytes()),
        started_at_ms,
        sent_at_ms,
        heard_ms,
        heard_before_ms,
        ended: boolean(fields, Field::Ended)?.unwrap_or(true),
        referrer: address_of_page(fields, Field::Referrer)?,
        page_url: address_of_page(fields, Field::PageUrl)?,
        context: place_on_site(fields)?,
        listener: listener(fields, context)?,
        received_at_ms: context.received_at_ms,
        address: origin.address,
        user_agent: origin.user_agent,
        country: origin.country,
        subject: origin.subject,
        do_not_track: context.do_not_track,
        imported: context.may_import,
        heard_assumed: origin.heard_assumed,
    };
    check_times(&report)?;
    Ok(report)
}

fn check_names(fields: &Fields) -> Result<(), Fault> {
    if let Some(name) = &fields.unknown {
        let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        let message = format!(
            "{} is no field of a report; those are {}",
            shown(name),
            known.join(", ")
        );
        return Err(Fault {
            code: RefusalCode::UnknownField,
            field: shown(name).trim_matches('`').to_owned(),
            message,
        });
    }
    if let Some(field) = fields.twice {
        let message = format!("`{}` is there twice; send it once", field.name());
        return Err(Fault::new(RefusalCode::Unreadable, field, message));
    }
    Ok(())
}

fn refuse_import_fields(fields: &Fields) -> Result<(), Fault> {
    let mut import_fields = Field::ALL.iter().filter(|field| field.needs_import_scope());
    match import_fields.find(|field| fields.get(**field).is_some()) {
        None => Ok(()),
        Some(field) => {
            let message = format!(
                "`{}` needs a token with the scope plays:import; leave it out",
                field.name()
            );
            Err(Fault::new(RefusalCode::ScopeRequired, *field, message))
        }
    }
}

/// Who listened, where and with what: as the collector saw it, or as recorded at the time of an import, whose own address
/// and agent say nothing about the listener.
struct Origin {
    address: Option<String>,
    user_agent: Option<String>,
    country: Option<String>,
    subject: Option<String>,
    heard_assumed: bool,
}

fn origin(fields: &Fields, context: &RequestContext) -> Result<Origin, Fault> {
    if context.may_import {
        return imported_origin(fields);
    }
    Ok(Origin {
        address: Some(context.address.to_string()),
        user_agent: context.user_agent.as_deref().map(kept_agent),
        country: None,
        subject: context
            .subject
            .map(|subject| subject.hyphenated().to_string()),
        heard_assumed: false,
    })
}

fn imported_origin(fields: &Fields) -> Result<Origin, Fault> {
    let agent = text(fields, Field::UserAgent, usize::MAX)?;
    Ok(Origin {
        address: recorded_address(fields)?,
        user_agent: agent.map(kept_agent),
        country: country(fields)?,
        subject: text(fields, Field::Subject, MAX_SUBJECT_BYTES)?.map(account),
        heard_assumed: heard_assumed(fields)?,
    })
}

fn recorded_address(fields: &Fields) -> Result<Option<String>, Fault> {
    let Some(sent) = text(fields, Field::Address, usize::MAX)? else {
        return Ok(None);
    };
    match sent.parse::<IpAddr>() {
        Ok(address) => Ok(Some(address.to_canonical().to_string())),
        Err(_) => Err(not(fields, Field::Address, "an IPv4 or IPv6 address")),
    }
}

fn country(fields: &Fields) -> Result<Option<String>, Fault> {
    let Some(sent) = text(fields, Field::Country, usize::MAX)? else {
        return Ok(None);
    };
    if sent.len() != 2 || !sent.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(not(
            fields,
            Field::Country,
            "a country of ISO 3166-1 as two letters, such as `FR`",
        ));
    }
    Ok(Some(sent.to_ascii_uppercase()))
}

fn heard_assumed(fields: &Fields) -> Result<bool, Fault> {
    match text(fields, Field::HeardBasis, usize::MAX)? {
        None | Some("measured") => Ok(false),
        Some("assumed") => Ok(true),
        Some(_) => Err(not(fields, Field::HeardBasis, "`measured` or `assumed`")),
    }
}

/// An account's UUID in the notation that tokens give it, so that both are the same listener.
fn account(subject: &str) -> String {
    match Uuid::try_parse(subject) {
        Ok(id) => id.hyphenated().to_string(),
        Err(_) => subject.to_owned(),
    }
}

fn kept_agent(agent: &str) -> String {
    agent[..agent.floor_char_boundary(KEPT_AGENT_BYTES)].to_owned()
}

fn address_of_page(fields: &Fields, field: Field) -> Result<Option<String>, Fault> {
    let Some(address) = text(fields, field, MAX_URL_BYTES)? else {
        return Ok(None);
    };
    if let Err(why) = Url::parse(address) {
        let message = format!(
            "`{}` is {}, which is no absolute URL ({why}); right is such as `https://example.com/page`",
            field.name(),
            shown(address)
        );
        return Err(Fault::new(RefusalCode::NotAUrl, field, message));
    }
    Ok(Some(address.to_owned()))
}

fn place_on_site(fields: &Fields) -> Result<Option<String>, Fault> {
    let sent = text(fields, Field::Context, MAX_CONTEXT_BYTES)?;
    let known = sent.map(|sent| {
        if CONTEXTS.contains(&sent) {
            sent
        } else {
            OTHER_CONTEXT
        }
    });
    Ok(known.map(str::to_owned))
}

/// An account is a better listener than an id made by the player; who asks not to be tracked is none.
fn listener(fields: &Fields, context: &RequestContext) -> Result<Option<String>, Fault> {
    let sent = text(fields, Field::Listener, MAX_LISTENER_BYTES)?;
    let account_wins = context.subject.is_some() && !context.may_import;
    if account_wins || context.do_not_track {
        return Ok(None);
    }
    Ok(sent.map(str::to_owned))
}

fn check_times(report: &PlayReport) -> Result<(), Fault> {
    if report
        .sent_at_ms
        .is_some_and(|sent| sent < report.started_at_ms)
    {
        let message = "`sent_at` lies before `started_at`; both are the player's clock, and a play begins before it is reported";
        return Err(Fault::new(
            RefusalCode::SentBeforeStarted,
            Field::SentAt,
            message.into(),
        ));
    }
    let started = report.times().started_by_server_clock_ms();
    let refuse = |code, what: &str| {
        let message = format!("`started_at`{} {what}", corrected(report));
        Err(Fault::new(code, Field::StartedAt, message))
    };
    if started > report.received_at_ms.saturating_add(FUTURE_TOLERANCE_MS) {
        return refuse(
            RefusalCode::InFuture,
            "lies more than 5 min in the future; send `sent_at`, and a clock that is ahead is corrected",
        );
    }
    if report.imported && started < OLDEST_IMPORT_MS {
        return refuse(RefusalCode::TooOld, "lies before 2000");
    }
    if !report.imported && started < report.received_at_ms - MAX_AGE_MS {
        return refuse(
            RefusalCode::TooOld,
            "lies more than 30 days back; older plays need a token with the scope plays:import",
        );
    }
    Ok(())
}

/// What was done to `started_at` before it was judged.
fn corrected(report: &PlayReport) -> String {
    match report.times().skew_ms() {
        0 => String::new(),
        skew => format!(
            ", corrected by the {} s that `sent_at` is off,",
            skew / 1_000
        ),
    }
}

fn not(fields: &Fields, field: Field, right: &str) -> Fault {
    Fault::wrong_type(field, fields.get(field).unwrap_or(&Value::Null), right)
}

fn required<T>(value: Option<T>, field: Field) -> Result<T, Fault> {
    value.ok_or_else(|| {
        let message = format!("`{}` is missing", field.name());
        Fault::new(RefusalCode::MissingField, field, message)
    })
}

fn uuid(fields: &Fields, field: Field) -> Result<Uuid, Fault> {
    let right = "a UUID as text, such as `0b6f6a1e-6f3c-4d7e-9a51-2f1f3c9f6a10`";
    let value = required(fields.get(field), field)?;
    let parsed = match value {
        Value::Text(text) => Uuid::try_parse(text).ok(),
        _ => None,
    };
    parsed.ok_or_else(|| Fault::wrong_type(field, value, right))
}

/// Unix milliseconds.
fn time(fields: &Fields, field: Field) -> Result<Option<i64>, Fault> {
    let right = "a time of RFC 3339 as text, such as `2026-03-01T18:30:00.250Z`";
    let Some(value) = fields.get(field) else {
        return Ok(None);
    };
    let parsed = match value {
        Value::Text(text) => text.parse::<Timestamp>().ok(),
        _ => None,
    };
    let time = parsed.ok_or_else(|| Fault::wrong_type(field, value, right))?;
    Ok(Some(time.as_millisecond()))
}

fn integer(fields: &Fields, field: Field, most: u32) -> Result<Option<u32>, Fault> {
    let Some(value) = fields.get(field) else {
        return Ok(None);
    };
    let right = format!("an integer from 0 to {most}");
    let Value::Integer(sent) = value else {
        return Err(Fault::wrong_type(field, value, &right));
    };
    match u32::try_from(*sent) {
        Ok(number) if number <= most => Ok(Some(number)),
        _ => {
            let message = format!("`{}` is {sent}; it must be {right}", field.name());
            Err(Fault::new(RefusalCode::OutOfRange, field, message))
        }
    }
}

fn boolean(fields: &Fields, field: Field) -> Result<Option<bool>, Fault> {
    match fields.get(field) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(value) => Err(Fault::wrong_type(field, value, "true or false")),
    }
}

/// A text of at most `most` bytes. The empty one is as good as none: `document.referrer` of a direct visit is empty.
fn text<'f>(fields: &'f Fields, field: Field, most: usize) -> Result<Option<&'f str>, Fault> {
    match fields.get(field) {
        None => Ok(None),
        Some(Value::Text(text)) if text.is_empty() => Ok(None),
        Some(Value::Text(text)) if text.len() <= most => Ok(Some(text)),
        Some(Value::Text(text)) => {
            let message = format!(
                "`{}` has {} bytes; at most {most} are allowed",
                field.name(),
                text.len()
            );
            Err(Fault::new(RefusalCode::TooLong, field, message))
        }
        Some(value) => Err(Fault::wrong_type(field, value, "a text")),
    }
}

#[cfg(test)]
mod tests;
