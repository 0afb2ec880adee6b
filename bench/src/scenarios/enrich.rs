//! Each enricher alone, on one thread: ns of CPU a call over realistic reports, with what it remembers warm and, where that matters, cold.

use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use prost::Message;
use veza_enrich::agent::Agents;
use veza_enrich::listener::{Identity, ListenerKey};
use veza_enrich::place::{Database, Places};
use veza_enrich::record::Record;
use veza_enrich::source::Sources;
use veza_enrich::verdict::{Evidence, Seen, judge};
use veza_enrich::{Enricher, Position, Track};
use veza_schemas::record::PlayReport;
use veza_standalone::fetch::{Downloads, fetch};
use veza_standalone::home::Home;

use crate::listening::{DURATION_MS, Listening};
use crate::report::{Goal, Report};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Reports that each enricher is given
    #[arg(long, default_value_t = 200_000)]
    reports: usize,
}

const KEY: &str = "00112233445566778899aabbccddeeff";
/// Goal of the whole way from record to row: the parts measured apart allow 500,000 reports a second and core.
const ENRICH_GOAL_NS: f64 = 2_000.0;

pub fn run(args: Args) -> anyhow::Result<Report> {
    let downloads = fetch(&Home::from_environment(), &|what| eprintln!("{what}"))?;
    let mut listening = Listening::new(&downloads.user_agents, 42)?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let reports: Vec<PlayReport> = (0..args.reports).map(|_| listening.next(now_ms)).collect();
    let encoded: Vec<Vec<u8>> = reports.iter().map(Message::encode_to_vec).collect();
    let records = encoded
        .iter()
        .map(|bytes| Record::read(bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let mut report = Report::new("enrich");
    parts(&mut report, &reports, &encoded, &records, &downloads)?;
    whole(&mut report, &records, &downloads)?;
    report.note(format!(
        "{} reports; CPU time of the one thread that works. Cold: nothing is remembered yet.",
        args.reports
    ));
    Ok(report)
}

/// Each part alone.
fn parts(
    report: &mut Report,
    reports: &[PlayReport],
    encoded: &[Vec<u8>],
    records: &[Record<'_>],
    downloads: &Downloads,
) -> anyhow::Result<()> {
    let mut add = |what: &str, ns: f64| report.add(what, ns, "ns a call");
    add("read a record", each(encoded, |bytes| Record::read(bytes)));
    add(
        "the same, its texts copied",
        each(encoded, |bytes| PlayReport::decode(bytes.as_slice())),
    );

    let places = places(downloads)?;
    let addresses: Vec<IpAddr> = reports
        .iter()
        .filter_map(|report| report.address.as_deref()?.parse().ok())
        .collect();
    add(
        "place, cold",
        each(&addresses, |address| places.of(*address)),
    );
    add(
        "place, warm",
        each(&addresses, |address| places.of(*address)),
    );

    let agents = Agents::new()?;
    let agent = |report: &PlayReport| agents.of(report.user_agent.as_deref());
    add("agent and bot, cold", each(reports, agent));
    add("agent and bot, warm", each(reports, agent));

    let sources = Sources::new(&["veza.example".into()])?;
    add(
        "source",
        each(reports, |report| {
            sources.of(report.referrer.as_deref(), report.page_url.as_deref())
        }),
    );

    let key: ListenerKey = KEY.parse().context("the key")?;
    add(
        "listener",
        each(records, |record| {
            key.of(&Identity {
                listener: record.report.listener,
                user_agent: record.report.user_agent,
                started_at_ms: record.started_at_ms,
                address: Some(IpAddr::from([192, 0, 2, 7])),
                ..Identity::default()
            })
        }),
    );
    add(
        "verdict",
        each(reports, |report| {
            judge(&Evidence {
                heard_ms: report.heard_ms,
                heard_before_ms: report.heard_before_ms,
                wall_ms: 100_000,
                duration_ms: Some(DURATION_MS),
                ended: report.ended,
                own: false,
                bot: false,
                imported: false,
                assumed: false,
                seen: Seen::default(),
            })
        }),
    );
    Ok(())
}

/// From record to row.
fn whole(report: &mut Report, records: &[Record<'_>], downloads: &Downloads) -> anyhow::Result<()> {
    let enricher = Enricher::new(KEY.parse().context("the key")?, &["veza.example".into()])?;
    let places = places(downloads)?;
    let track = Track {
        creator_id: 7,
        creator_user: None,
        duration_ms: DURATION_MS,
    };
    let row = |record: &Record<'_>| {
        let position = Position {
            topic_id: "q7wTq4DfQeS5Zb-_k1XgHA",
            partition: 2,
            offset: 11,
        };
        enricher.enrich(record, position, &places, Some(&track), Seen::default())
    };
    report.add("record to row, cold", each(records, row), "ns a call");
    let goal = Goal::AtMost(ENRICH_GOAL_NS);
    report.add_with_goal("record to row, warm", each(records, row), "ns a call", goal);
    Ok(())
}

fn places(downloads: &Downloads) -> anyhow::Result<Places> {
    let databases = downloads.geoip.iter().map(|file| {
        let bytes =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Arc::new(Database::read(
            &file.display().to_string(),
            bytes,
        )?))
    });
    Ok(Places::new(databases.collect::<anyhow::Result<_>>()?))
}

/// ns of this thread's CPU time for each of `inputs`.
fn each<'a, I, O>(inputs: &'a [I], work: impl Fn(&'a I) -> O) -> f64 {
    let begun = thread_time();
    for input in inputs {
        black_box(work(black_box(input)));
    }
    (thread_time() - begun).as_nanos() as f64 / inputs.len().max(1) as f64
}

fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the kernel writes into `time`, which is ours and outlives the call.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0, "every Linux has this clock");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
