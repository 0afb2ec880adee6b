//! The reference month: 200,000 reports of known truth, and what every report says of them, in six zones, under random pairs
//! of filters.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::breakdowns::{REPORTS, compare};
use crate::csv::parse;
use crate::overview::{ZONES, check, filters};
use crate::plays::pages;
use crate::truth::{Bots, assert_same, measures, plays, selected};
use crate::world::{MONTH_FROM, MONTH_TO, Row, World};

const MONTH: [(&str, &str); 2] = [("from", MONTH_FROM), ("to", MONTH_TO)];
/// Random pairs of filters that every report is asked under.
const PAIRS: usize = 6;

fn month(world: &World) -> Vec<&Row> {
    let start = |date: &str| format!("{date}T00:00:00Z").parse().unwrap();
    selected(world.own_rows(), start(MONTH_FROM), start(MONTH_TO), &[])
}

#[tokio::test]
async fn the_reference_month_is_true_in_six_zones_through_both_clock_changes() {
    let world = World::month().await;
    assert_eq!(world.rows.len(), 200_000);
    for zone in ZONES {
        check(world, zone, "day", MONTH_FROM, MONTH_TO).await;
    }
    for (zone, from, to) in [
        ("America/New_York", "2026-03-07", "2026-03-10"),
        ("Australia/Lord_Howe", "2026-04-04", "2026-04-07"),
        ("Asia/Kathmandu", "2026-03-20", "2026-03-22"),
    ] {
        check(world, zone, "hour", from, to).await;
    }
}

#[tokio::test]
async fn every_report_of_the_reference_month_is_true_under_random_pairs_of_filters() {
    let world = World::month().await;
    let month = month(world);
    let filters = filters(world);
    let mut random = StdRng::seed_from_u64(31);
    for _ in 0..PAIRS {
        let pair: Vec<_> = filters.choose_multiple(&mut random, 2).collect();
        let [(name, value, test), (other_name, other_value, other)] = pair[..] else {
            unreachable!("two were chosen");
        };
        // Of the same filter, either fits.
        let fits = |row: &Row| match name == other_name {
            true => test(row) || other(row),
            false => test(row) && other(row),
        };
        let (bots_name, bots) = *Bots::ALL.choose(&mut random).unwrap();
        let limit = random.random_range(1..8);
        let limit_text = limit.to_string();
        let asked = [
            MONTH[0],
            MONTH[1],
            (name, value.as_str()),
            (other_name, other_value.as_str()),
            ("bots", bots_name),
        ];
        let what = format!("{asked:?}");
        let rows: Vec<&Row> = month.iter().copied().filter(|row| fits(row)).collect();
        let (overview, _) = world.report("overview", &asked).await.parts();
        assert_same(&overview["total"], &measures(&rows, bots), &what);
        let of_bots = plays(&rows, bots);
        for (report, lists) in REPORTS {
            let (report, own) = report.split_once('?').unwrap_or((report, ""));
            // A third filter by country would be another question.
            if own == "country=FR" {
                continue;
            }
            let mut query = asked.to_vec();
            query.push(("limit", &limit_text));
            query.extend(own.split_once('='));
            let what = format!("{report} {query:?}");
            compare(world, (report, &query), lists, limit, &of_bots, &what).await;
        }
    }
}

/// One number, wherever it is asked for.
#[tokio::test]
async fn sums_agree_across_overview_breakdowns_export_and_the_list_paged_to_its_end() {
    let world = World::month().await;
    let asked = [MONTH[0], MONTH[1], ("country", "FR"), ("device", "phone")];
    let rows: Vec<&Row> = month(world)
        .into_iter()
        .filter(|row| row.country == "FR" && row.device == "phone")
        .collect();
    let expected = plays(&rows, Bots::Exclude).len();
    assert!(expected > 5_000, "{expected} are too few to mean anything");

    let (overview, _) = world.report("overview", &asked).await.parts();
    assert_eq!(overview["total"]["plays"], expected);
    for report in ["geography", "demographics", "traffic-sources", "tracks"] {
        let (data, _) = world.report(report, &asked).await.parts();
        assert_eq!(data["total"]["plays"], expected, "{report}");
    }
    let (excluded, _) = world.report("excluded", &asked).await.parts();
    assert_eq!(excluded["counted"], expected);
    assert_eq!(excluded["received"], rows.len());

    let export = [&asked[..], &[("format", "csv")]].concat();
    let export = world.report("export", &export).await;
    assert_eq!(export.status, 200);
    let lines = parse(&export.text);
    let outcome = lines[0].iter().position(|name| name == "outcome").unwrap();
    let counted = lines.iter().filter(|line| line[outcome] == "counted");
    assert_eq!(counted.count(), expected);
    assert_eq!(lines.len() - 1, rows.len());

    let listed = pages(world, &world.creators[0].token, &asked, "100").await;
    assert_eq!(listed.len(), expected);
}
