use proptest::prelude::*;
use serde_json::{Value as Json, json};
use veza_schemas::report::{HeardBasis, Report};

use super::*;

/// 2026-03-01T12:00:00Z
const NOW: i64 = 1_772_366_400_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

fn anonymous() -> RequestContext {
    RequestContext {
        received_at_ms: NOW,
        address: "203.0.113.9".parse().unwrap(),
        user_agent: Some("Mozilla/5.0".into()),
        subject: None,
        do_not_track: false,
        may_import: false,
    }
}

fn signed_in() -> RequestContext {
    RequestContext {
        subject: Some(Uuid::from_u128(42)),
        ..anonymous()
    }
}

fn importing() -> RequestContext {
    RequestContext {
        may_import: true,
        ..signed_in()
    }
}

fn at(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap().to_string()
}

fn minimal() -> Json {
    json!({"play_id": Uuid::from_u128(1), "track_id": Uuid::from_u128(2), "started_at": at(NOW - MINUTE), "heard_ms": 31_000})
}

/// The minimal report with some fields set; `null` takes one away.
fn with(changes: Json) -> Json {
    let mut report = minimal();
    for (name, value) in changes.as_object().unwrap() {
        report[name] = value.clone();
    }
    report
}

fn accepted(changes: Json, context: &RequestContext) -> PlayReport {
    validate(&with(changes).to_string(), context).unwrap()
}

fn refused(changes: Json, context: &RequestContext) -> Refusal {
    validate(&with(changes).to_string(), context).unwrap_err()
}

#[test]
fn the_least_report_gets_the_defaults_and_the_collectors_stamps() {
    let report = accepted(json!({}), &anonymous());
    assert_eq!(report.play_uuid(), Ok(Uuid::from_u128(1)));
    assert_eq!(report.track_uuid(), Ok(Uuid::from_u128(2)));
    assert_eq!(
        (report.seq, report.heard_before_ms, report.ended),
        (0, 0, true)
    );
    assert_eq!(
        (report.started_at_ms, report.sent_at_ms),
        (NOW - MINUTE, None)
    );
    assert_eq!(report.received_at_ms, NOW);
    assert_eq!(report.address.as_deref(), Some("203.0.113.9"));
    assert_eq!(report.user_agent.as_deref(), Some("Mozilla/5.0"));
    assert!(!report.imported && !report.do_not_track && !report.heard_assumed);
}

#[test]
fn each_bad_field_is_named_with_its_code() {
    use RefusalCode::*;
    let deep: Json =
        serde_json::from_str(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).unwrap();
    for (field, value, code) in [
        ("play_id", json!(null), MissingField),
        ("track_id", json!(null), MissingField),
        ("started_at", json!(null), MissingField),
        ("heard_ms", json!(null), MissingField),
        ("play_id", json!("7"), WrongType),
        ("play_id", json!(7), WrongType),
        ("track_id", json!({"id": 7}), WrongType),
        ("started_at", json!("yesterday"), WrongType),
        ("started_at", json!("2026-03-01T12:00:00"), WrongType),
        ("started_at", json!(NOW), WrongType),
        ("sent_at", json!("2026-13-01T12:00:00Z"), WrongType),
        ("seq", json!("1"), WrongType),
        ("seq", json!(-1), OutOfRange),
        ("seq", json!(65_536), OutOfRange),
        ("heard_ms", json!(30_000.5), WrongType),
        ("heard_ms", json!(86_400_001), OutOfRange),
        ("heard_ms", json!(u64::MAX), OutOfRange),
        ("heard_ms", json!(1e14), OutOfRange),
        ("heard_ms", deep, WrongType),
        ("heard_before_ms", json!(true), WrongType),
        ("heard_before_ms", json!(86_400_001), OutOfRange),
        ("ended", json!("yes"), WrongType),
        ("ended", json!(1), WrongType),
        ("referrer", json!("not a url"), NotAUrl),
        (
            "referrer",
            json!(format!("https://a.example/{}", "x".repeat(2_048))),
            TooLong,
        ),
        ("page_url", json!("/page"), NotAUrl),
        ("page_url", json!(["https://a.example"]), WrongType),
        ("context", json!("x".repeat(33)), TooLong),
        ("listener", json!("x".repeat(65)), TooLong),
        ("listener", json!(5), WrongType),
        ("heardms", json!(1), UnknownField),
        ("country", json!("FR"), ScopeRequired),
        ("address", json!("192.0.2.1"), ScopeRequired),
        ("user_agent", json!("x"), ScopeRequired),
        ("subject", json!("x"), ScopeRequired),
        ("heard_basis", json!("assumed"), ScopeRequired),
        ("bot", json!(false), UnknownField),
    ] {
        let refusal = refused(json!({ field: value }), &anonymous());
        assert_eq!(
            (refusal.field.as_deref(), refusal.code),
            (Some(field), code),
            "{}",
            refusal.message
        );
        assert!(
            refusal.message.contains(&format!("`{field}`")),
            "{}",
            refusal.message
        );
        let readable = field != "play_id";
        assert_eq!(
            refusal.play_id.is_some(),
            readable || value == json!("7"),
            "{field}"
        );
    }
}

#[test]
fn bad_fields_of_an_import_are_named_too() {
    use RefusalCode::*;
    for (field, value, code) in [
        ("address", json!("localhost"), WrongType),
        ("country", json!("FRA"), WrongType),
        ("country", json!("F1"), WrongType),
        ("subject", json!("x".repeat(65)), TooLong),
        ("user_agent", json!(5), WrongType),
        ("heard_basis", json!("guessed"), WrongType),
    ] {
        let refusal = refused(json!({ field: value }), &importing());
        assert_eq!(
            (refusal.field.as_deref(), refusal.code),
            (Some(field), code),
            "{}",
            refusal.message
        );
    }
}

#[test]
fn what_is_no_report_is_unreadable() {
    let twice = r#"{"seq": null, "seq": 1}"#;
    for text in [
        "",
        "5",
        "null",
        "[]",
        "\"text\"",
        "{\"a\":",
        "{oops",
        twice,
        r#"{"heard_ms": 1e999}"#,
        r#"{"listener": "\ud800"}"#,
    ] {
        let refusal = validate(text, &anonymous()).unwrap_err();
        assert_eq!(
            refusal.code,
            RefusalCode::Unreadable,
            "{text}: {}",
            refusal.message
        );
    }
    assert_eq!(
        validate(twice, &anonymous()).unwrap_err().field.as_deref(),
        Some("seq")
    );
}

#[test]
fn nulls_and_empty_texts_are_as_good_as_none() {
    let report = accepted(
        json!({"seq": null, "sent_at": null, "ended": null, "referrer": "", "page_url": null, "context": "", "listener": "", "country": null}),
        &anonymous(),
    );
    assert_eq!(report, accepted(json!({}), &anonymous()));
}

#[test]
fn the_edges_are_allowed() {
    let report = accepted(
        json!({"seq": 65_535, "heard_ms": 86_400_000, "heard_before_ms": 86_400_000.0, "context": "x".repeat(32), "listener": "é".repeat(32),
               "referrer": format!("https://a.example/{}", "x".repeat(2_030)), "page_url": "android-app://com.example/"}),
        &anonymous(),
    );
    assert_eq!(
        (report.seq, report.heard_ms, report.heard_before_ms),
        (65_535, 86_400_000, 86_400_000)
    );
    assert_eq!(
        report.context.as_deref(),
        Some("other"),
        "an unknown place is stored as other"
    );
    assert_eq!(
        accepted(json!({"context": "radio"}), &anonymous())
            .context
            .as_deref(),
        Some("radio")
    );
}

#[test]
fn a_report_may_not_be_sent_before_it_began() {
    let refusal = refused(json!({"sent_at": at(NOW - 2 * MINUTE)}), &anonymous());
    assert_eq!(
        (refusal.code, refusal.field.as_deref()),
        (RefusalCode::SentBeforeStarted, Some("sent_at"))
    );
    accepted(json!({"sent_at": at(NOW - MINUTE)}), &anonymous());
}

#[test]
fn the_future_begins_after_five_minutes() {
    accepted(json!({"started_at": at(NOW + 5 * MINUTE)}), &anonymous());
    let refusal = refused(
        json!({"started_at": at(NOW + 5 * MINUTE + 1)}),
        &anonymous(),
    );
    assert_eq!(
        (refusal.code, refusal.field.as_deref()),
        (RefusalCode::InFuture, Some("started_at"))
    );
}

#[test]
fn a_clock_that_is_ahead_is_corrected_before_it_is_judged() {
    let hour = 60 * MINUTE;
    let report = accepted(
        json!({"started_at": at(NOW + hour - MINUTE), "sent_at": at(NOW + hour)}),
        &anonymous(),
    );
    assert_eq!(report.times().corrected_started_at_ms(), NOW - MINUTE);
    // The other way about: a clock far behind makes a play look old, and it is not.
    accepted(
        json!({"started_at": at(NOW - 40 * DAY), "sent_at": at(NOW - 40 * DAY + MINUTE)}),
        &anonymous(),
    );
    let refusal = refused(
        json!({"started_at": at(NOW - 40 * DAY), "sent_at": at(NOW - 5 * DAY)}),
        &anonymous(),
    );
    assert_eq!(refusal.code, RefusalCode::TooOld);
    assert!(refusal.message.contains("432000 s"), "{}", refusal.message);
}

#[test]
fn thirty_days_back_and_for_imports_to_2000() {
    accepted(json!({"started_at": at(NOW - 30 * DAY)}), &anonymous());
    assert_eq!(
        refused(json!({"started_at": at(NOW - 30 * DAY - 1)}), &anonymous()).code,
        RefusalCode::TooOld
    );
    accepted(json!({"started_at": "2000-01-01T00:00:00Z"}), &importing());
    assert_eq!(
        refused(
            json!({"started_at": "1999-12-31T23:59:59.999Z"}),
            &importing()
        )
        .code,
        RefusalCode::TooOld
    );
    let refusal = refused(
        json!({"started_at": "-009999-01-02T01:59:59Z"}),
        &anonymous(),
    );
    assert_eq!(refusal.code, RefusalCode::TooOld);
}

#[test]
fn the_account_wins_over_the_listener_except_under_an_import() {
    let listener = json!({"listener": "abc"});
    assert_eq!(
        accepted(listener.clone(), &anonymous()).listener.as_deref(),
        Some("abc")
    );
    let report = accepted(listener.clone(), &signed_in());
    assert_eq!(
        (report.listener, report.subject),
        (None, Some(Uuid::from_u128(42).to_string()))
    );
    let report = accepted(listener, &importing());
    assert_eq!(
        (report.listener.as_deref(), report.subject),
        (Some("abc"), None)
    );
}

#[test]
fn who_asks_not_to_be_tracked_has_no_listener_id() {
    let context = RequestContext {
        do_not_track: true,
        ..anonymous()
    };
    let report = accepted(json!({"listener": "abc"}), &context);
    assert_eq!((report.listener, report.do_not_track), (None, true));
}

#[test]
fn an_import_says_who_where_and_with_what_and_its_own_address_is_not_taken_for_it() {
    let report = accepted(
        json!({"address": "::ffff:192.0.2.1", "user_agent": "x".repeat(600), "country": "fr",
               "subject": "0000000000000000000000000000002A", "heard_basis": "assumed"}),
        &importing(),
    );
    assert_eq!(report.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(report.user_agent.map(|agent| agent.len()), Some(512));
    assert_eq!(report.country.as_deref(), Some("FR"));
    assert_eq!(report.subject, Some(Uuid::from_u128(42).to_string()));
    assert!(report.imported && report.heard_assumed);

    let report = accepted(json!({}), &importing());
    assert_eq!(
        (report.address, report.user_agent, report.subject),
        (None, None, None)
    );
}

#[test]
fn an_agent_is_cut_between_characters() {
    let context = RequestContext {
        user_agent: Some(format!("x{}", "é".repeat(400))),
        ..anonymous()
    };
    assert_eq!(
        accepted(json!({}), &context)
            .user_agent
            .map(|agent| agent.len()),
        Some(511)
    );
}

proptest! {
    /// The contract's own type and this reader agree on what a report is.
    #[test]
    fn what_the_contract_writes_is_accepted_as_it_was_meant(
        play_id: u128, track_id: u128, seq: u16, heard_ms in 0u32..=86_400_000, heard_before_ms in 0u32..=86_400_000,
        ago in 0i64..30 * DAY, ended: bool, listener in proptest::option::of("\\PC{1,16}"), assumed: bool,
    ) {
        let started_at = Timestamp::from_millisecond(NOW - ago).unwrap();
        let report = Report {
            play_id: Uuid::from_u128(play_id), track_id: Uuid::from_u128(track_id), seq, started_at,
            sent_at: Some(Timestamp::from_millisecond(NOW).unwrap()), heard_ms, heard_before_ms, ended,
            referrer: Some("https://a.example/?q=é".into()), page_url: None, context: Some("search".into()), listener: listener.clone(),
            address: None, user_agent: None, country: Some("FR".into()), subject: None,
            heard_basis: if assumed { HeardBasis::Assumed } else { HeardBasis::Measured },
        };
        let record = validate(&serde_json::to_string(&report).unwrap(), &importing()).unwrap();
        prop_assert_eq!(record.play_uuid(), Ok(report.play_id));
        prop_assert_eq!(record.track_uuid(), Ok(report.track_id));
        prop_assert_eq!((record.seq, record.heard_ms, record.heard_before_ms), (seq.into(), heard_ms, heard_before_ms));
        prop_assert_eq!((record.started_at_ms, record.sent_at_ms), (NOW - ago, Some(NOW)));
        prop_assert_eq!((record.ended, record.heard_assumed, record.listener), (ended, assumed, listener));
        prop_assert_eq!(record.referrer, report.referrer);
    }

    /// Whatever one field holds, the answer is a record or a refusal of that field, never a panic and never another's fault.
    #[test]
    fn any_value_is_accepted_or_refused_by_its_own_field(
        index in 0..Field::ALL.len(),
        value in prop_oneof![
            Just(json!([])), Just(json!({"a": [1]})), any::<bool>().prop_map(Json::from), any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from), "\\PC{0,80}".prop_map(Json::from),
        ],
    ) {
        let name = Field::ALL[index].name();
        if let Err(refusal) = validate(&with(json!({ name: value })).to_string(), &importing()) {
            prop_assert_eq!(refusal.field.as_deref(), Some(name));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        prop_assert!(validate(&text, &anonymous()).is_err());
    }
}
