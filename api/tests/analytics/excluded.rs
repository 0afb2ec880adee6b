//! `/analytics/excluded`: the balance of outcomes.

use serde_json::Value;
use veza_schemas::row::Outcome;

use crate::world::World;

#[tokio::test]
async fn outcomes_and_reasons_balance_what_was_received() {
    let world = World::shared().await;
    let query = [("from", "2026-02-01"), ("to", "2026-12-01")];
    let (data, meta) = world.report("excluded", &query).await.parts();
    assert_eq!(meta["filters"]["bots"], "include");
    assert_eq!(meta["without_listener"], Value::Null);
    assert_eq!(data["received"], world.own_rows().count());
    for (name, outcome) in [
        ("counted", Outcome::Counted),
        ("continued", Outcome::Continued),
        ("excluded", Outcome::Excluded),
        ("duplicate", Outcome::Duplicate),
    ] {
        let expected = world
            .own_rows()
            .filter(|row| row.reason.outcome() == outcome)
            .count();
        assert_eq!(data[name], expected, "{name}");
    }
    let reasons = data["reasons"].as_array().unwrap();
    for found in reasons {
        let reason = found["reason"].as_str().unwrap();
        let expected = world
            .own_rows()
            .filter(|row| row.reason.as_str() == reason)
            .count();
        assert_eq!(found["reports"], expected, "{reason}");
    }
    let sum: u64 = reasons
        .iter()
        .map(|found| found["reports"].as_u64().unwrap())
        .sum();
    assert_eq!(data["excluded"], sum);

    let without_bots = [query[0], query[1], ("bots", "exclude")];
    let (data, _) = world.report("excluded", &without_bots).await.parts();
    assert_eq!(
        data["received"],
        world.own_rows().filter(|row| !row.bot).count()
    );
}
