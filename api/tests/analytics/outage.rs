//! A warehouse that is away: an error that says so, and never a zero.

use veza_standalone::testing::{Servers, eventually};

use crate::world::World;

#[tokio::test]
async fn while_the_warehouse_is_away_reports_are_unavailable_and_then_come_back() {
    let servers = Servers::dedicated().await;
    let world = World::on(servers.clone()).await;
    for report in ["overview", "geography", "live", "plays"] {
        assert_eq!(world.report(report, &[]).await.status, 200, "{report}");
    }
    servers.warehouse.kill9().await;
    for report in ["overview", "geography", "live", "plays"] {
        let answer = world.report(report, &[]).await;
        assert_eq!(answer.status, 503, "{report}: {answer:?}");
        assert_eq!(answer.json()["code"], "unavailable");
        assert!(answer.headers.contains_key("retry-after"));
        // What the address of the warehouse is, or the query was, is nobody's business.
        assert!(
            !answer.text.contains("SELECT") && !answer.text.contains("127.0.0.1"),
            "{answer:?}"
        );
    }
    servers.warehouse.start().await;
    eventually(std::time::Duration::from_secs(20), || async {
        let answer = world.report("overview", &[]).await;
        (answer.status == 200).then_some(()).ok_or(answer)
    })
    .await;
}
