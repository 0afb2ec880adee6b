//! The database is cut off in the middle of an order.

use std::time::Duration;

use veza_standalone::testing::{Installation, eventually};

use crate::market::{Market, new_key};
use crate::proxy::Proxy;

#[tokio::test]
async fn an_order_that_is_cut_anywhere_is_whole_or_not_there_and_its_retry_succeeds_once() {
    let veza = Installation::new().await;
    let url: url::Url = veza.setting("VEZA_POSTGRES_URL").parse().unwrap();
    let proxy = Proxy::before(format!("127.0.0.1:{}", url.port().unwrap())).await;
    let mut through = url.clone();
    through.set_port(Some(proxy.address.port())).unwrap();
    // One connection: what the service does by itself is not in the way of the count for long.
    let market = Market::on(
        veza,
        &[
            ("VEZA_POSTGRES_URL", through.as_str()),
            ("VEZA_POSTGRES_CONNECTIONS", "2"),
        ],
    )
    .await;
    let products = [
        market.quick_product(1_000).await,
        market.quick_product(700).await,
    ];
    let (mut cut_orders, mut whole) = (0, 0);
    for pieces in 1..=40 {
        let key = new_key();
        proxy.cut_after(pieces);
        let before = proxy.cuts();
        let first = market.order_as(&market.buyer, &key, &products).await;
        proxy.mend();
        match first.status {
            503 => {
                first.assert_problem(503, "unavailable", "");
                cut_orders += 1;
            }
            _ => {
                first.assert_status(201);
                whole += 1;
            }
        }
        assert!(
            first.status == 201 || proxy.cuts() > before,
            "refused without a cut: {first:?}"
        );
        let half = market
            .count("SELECT count(*) FROM orders o WHERE (SELECT count(*) FROM order_items WHERE order_id = o.id) <> 2")
            .await;
        assert_eq!(half, 0, "after {pieces} pieces");
        let retried = eventually(Duration::from_secs(20), || async {
            let answer = market.order_as(&market.buyer, &key, &products).await;
            (answer.status == 201).then_some(answer)
        })
        .await;
        if first.status == 201 {
            assert_eq!(retried.body, first.body);
        }
        assert_eq!(
            market.count("SELECT count(*) FROM orders").await,
            pieces,
            "one order a key"
        );
        assert_eq!(
            market.count("SELECT count(*) FROM idempotency_keys").await,
            pieces
        );
    }
    assert!(cut_orders >= 8, "only {cut_orders} orders were cut");
    assert!(
        whole >= 1,
        "no order came through: the cuts are all too early"
    );
}
