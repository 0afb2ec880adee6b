//! `/analytics/revenue` and its projection: orders and refunds of known truth.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// Tax on top, in basis points, of every sale here.
const TAX_BPS: i64 = 2_000;

/// A line that was paid.
struct Sale {
    order: Uuid,
    item: Uuid,
    payment: Uuid,
}

async fn product(world: &World, creator: usize, track: Option<usize>) -> Uuid {
    let creator = &world.creators[creator];
    sqlx::query_scalar(
        "INSERT INTO products (seller_id, kind, title, price_minor, currency, track_id, state, published_at)
         SELECT id, 'single', 'A product', 1000, currency, $2, 'published', now() FROM creators WHERE id = $1 RETURNING id",
    )
    .bind(creator.id)
    .bind(track.map(|track| creator.tracks[track].id))
    .fetch_one(world.veza.postgres())
    .await
    .unwrap()
}

/// Sells a product to somebody new, for `net` and its tax.
async fn sell(world: &World, product: Uuid, net: i64, at: &str) -> Sale {
    let db = world.veza.postgres();
    let tax = (net * TAX_BPS + 5_000) / 10_000;
    let buyer: Uuid = sqlx::query_scalar(
        "INSERT INTO users (email, password_hash, name) VALUES ($1, '', 'Buyer') RETURNING id",
    )
    .bind(format!("{}@example.org", Uuid::new_v4()))
    .fetch_one(db)
    .await
    .unwrap();
    let mut tx = db.begin().await.unwrap();
    let order: Uuid = sqlx::query_scalar(
        "INSERT INTO orders (buyer_id, seller_id, currency, state, list_minor, discount_minor, net_minor, tax_minor, total_minor,
           tax_country, tax_bps, tax_inclusive, tax_is_default, expires_at, paid_at)
         SELECT $1, seller_id, currency, 'paid', $3, 0, $3, $4, $3 + $4, 'FR', $5, false, false, now(), $6::text::timestamptz
         FROM products WHERE id = $2 RETURNING id",
    )
    .bind(buyer)
    .bind(product)
    .bind(net)
    .bind(tax)
    .bind(TAX_BPS)
    .bind(at)
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    let item = sqlx::query_scalar(
        "INSERT INTO order_items (order_id, line, buyer_id, product_id, title, list_minor, discount_minor, net_minor, tax_bps,
           tax_inclusive, tax_minor, total_minor, owned_from)
         VALUES ($1, 1, $2, $3, 'A product', $4, 0, $4, $5, false, $6, $4 + $6, $7::text::timestamptz) RETURNING id",
    )
    .bind(order)
    .bind(buyer)
    .bind(product)
    .bind(net)
    .bind(TAX_BPS)
    .bind(tax)
    .bind(at)
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    let payment = sqlx::query_scalar(
        "INSERT INTO payments (order_id, provider, method, amount_minor, currency, state, decided_at)
         SELECT id, 'test', 'card', total_minor, currency, 'approved', paid_at FROM orders WHERE id = $1 RETURNING id",
    )
    .bind(order)
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    Sale {
        order,
        item,
        payment,
    }
}

/// Gives back a part, with the tax in it.
async fn refund(world: &World, sale: &Sale, amount: i64, tax: i64, at: &str) {
    let mut tx = world.veza.postgres().begin().await.unwrap();
    let refund: Uuid = sqlx::query_scalar(
        "INSERT INTO refunds (order_id, payment_id, amount_minor, tax_minor, reason, refunded_at)
         VALUES ($1, $2, $3, $4, 'asked for', $5::text::timestamptz) RETURNING id",
    )
    .bind(sale.order)
    .bind(sale.payment)
    .bind(amount)
    .bind(tax)
    .bind(at)
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    sqlx::query("INSERT INTO refund_lines VALUES ($1, $2, $3, $4)")
        .bind(refund)
        .bind(sale.item)
        .bind(amount)
        .bind(tax)
        .execute(&mut *tx)
        .await
        .unwrap();
    for (table, id, state) in [
        ("order_items", sale.item, ""),
        (
            "orders",
            sale.order,
            ", state = CASE WHEN refunded_minor + $2 = total_minor THEN 'refunded' ELSE 'partially_refunded' END",
        ),
    ] {
        let sql = format!(
            "UPDATE {table} SET refunded_minor = refunded_minor + $2, refunded_tax_minor = refunded_tax_minor + $3{state}
             WHERE id = $1"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .bind(amount)
            .bind(tax)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn in_dollars(world: &World, creator: usize) {
    sqlx::query("UPDATE creators SET currency = 'USD' WHERE id = $1")
        .bind(world.creators[creator].id)
        .execute(world.veza.postgres())
        .await
        .unwrap();
}

fn days<'a>(from: &'a str, to: &'a str, tz: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("from", from), ("to", to), ("tz", tz), ("bucket", "day")]
}

fn column(data: &Value, list: &str, name: &str) -> Vec<Option<i64>> {
    let entries = data[list].as_array().unwrap().iter();
    entries.map(|entry| entry[name].as_i64()).collect()
}

#[tokio::test]
async fn a_days_revenue_in_kathmandu_has_kathmandus_edges() {
    let world = World::empty().await;
    let product = product(&world, 0, None).await;
    // Midnight in Kathmandu is 18:15 in UTC.
    let first = sell(&world, product, 1_000, "2026-05-01T18:14:59.999Z").await;
    sell(&world, product, 700, "2026-05-01T18:15:00Z").await;
    sell(&world, product, 50, "2026-05-02T18:14:59Z").await;
    sell(&world, product, 9, "2026-05-03T18:15:00Z").await;
    refund(&world, &first, 600, 100, "2026-05-03T18:14:59Z").await;
    let query = days("2026-05-01", "2026-05-04", "Asia/Kathmandu");
    let (data, meta) = world.report("revenue", &query).await.parts();
    let starts: Vec<&str> = data["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| bucket["start"].as_str().unwrap())
        .collect();
    assert_eq!(
        starts,
        [
            "2026-04-30T18:15:00Z",
            "2026-05-01T18:15:00Z",
            "2026-05-02T18:15:00Z"
        ]
    );
    assert_eq!(
        column(&data, "buckets", "net_minor"),
        [Some(1_000), Some(750), Some(-500)]
    );
    assert_eq!(
        column(&data, "buckets", "orders"),
        [Some(1), Some(2), Some(0)]
    );
    let total =
        json!({"net_minor": 1_250, "sold_minor": 1_750, "refunded_minor": 500, "orders": 3});
    assert_eq!((&data["total"], &data["currency"]), (&total, &json!("EUR")));
    assert_eq!(meta["tz"], "Asia/Kathmandu");
    assert_eq!(meta["not_filtered_by"], json!([]));
    // The same sales fall on other days elsewhere.
    let query = days("2026-05-01", "2026-05-04", "UTC");
    let (data, _) = world.report("revenue", &query).await.parts();
    assert_eq!(
        column(&data, "buckets", "net_minor"),
        [Some(1_700), Some(50), Some(-500 + 9)]
    );
}

#[tokio::test]
async fn without_orders_revenue_is_null_and_between_them_zero() {
    let world = World::empty().await;
    let query = days("2026-05-01", "2026-05-03", "UTC");
    let (data, _) = world.report("revenue", &query).await.parts();
    assert_eq!(column(&data, "buckets", "net_minor"), [None, None]);
    assert_eq!(column(&data, "buckets", "orders"), [None, None]);
    assert_eq!(data["total"]["net_minor"], Value::Null);
    let (data, _) = world.report("revenue/projection", &[]).await.parts();
    assert_eq!(data["status"], "insufficient_data");
    assert_eq!((&data["n"], &data["net_minor"]), (&json!(0), &Value::Null));

    let sold = product(&world, 0, None).await;
    sell(&world, sold, 300, "2026-05-02T12:00:00Z").await;
    let (data, _) = world.report("revenue", &query).await.parts();
    assert_eq!(column(&data, "buckets", "net_minor"), [Some(0), Some(300)]);
    // Of a time to come nothing is known.
    let year = (Timestamp::now() + 240.hours()).strftime("%F").to_string();
    let after = (Timestamp::now() + 264.hours()).strftime("%F").to_string();
    let (data, _) = world
        .report("revenue", &days(&year, &after, "UTC"))
        .await
        .parts();
    assert_eq!(data["total"]["net_minor"], Value::Null);
    // Others' orders are not one's own.
    let other = &world.creators[1].token;
    let answer = world
        .get(other, "revenue", &query, "application/json")
        .await;
    assert_eq!(answer.parts().0["total"]["net_minor"], Value::Null);
}

#[tokio::test]
async fn currencies_are_never_added_up() {
    let world = World::empty().await;
    in_dollars(&world, 1).await;
    let (euros, dollars) = (
        product(&world, 0, None).await,
        product(&world, 1, None).await,
    );
    for (product, net) in [(euros, 100), (dollars, 2_000), (dollars, 3_000)] {
        sell(&world, product, net, "2026-05-02T12:00:00Z").await;
    }
    let all = async |query: &[(&'static str, &'static str)]| {
        let query = [&days("2026-05-01", "2026-05-04", "UTC")[..], query].concat();
        world
            .get(&world.admin, "revenue", &query, "application/json")
            .await
    };
    let (data, _) = all(&[]).await.parts();
    assert_eq!(
        (
            &data["currency"],
            &data["currencies"],
            &data["total"]["net_minor"]
        ),
        (&json!("USD"), &json!(["EUR", "USD"]), &json!(5_000))
    );
    let (data, _) = all(&[("currency", "eur")]).await.parts();
    assert_eq!(
        (&data["currency"], &data["total"]["net_minor"]),
        (&json!("EUR"), &json!(100))
    );
    let (data, _) = all(&[("currency", "CHF")]).await.parts();
    assert_eq!(data["total"]["net_minor"], Value::Null);
    let problem = all(&[("currency", "Euro")]).await.json();
    assert_eq!(
        (&problem["status"], &problem["field"]),
        (&json!(422), &json!("currency"))
    );
}

#[tokio::test]
async fn revenue_knows_tracks_and_says_what_it_does_not_know() {
    let world = World::empty().await;
    let (with, without) = (
        product(&world, 0, Some(2)).await,
        product(&world, 0, None).await,
    );
    sell(&world, with, 400, "2026-05-02T12:00:00Z").await;
    sell(&world, without, 30, "2026-05-02T12:00:00Z").await;
    let track = world.creators[0].tracks[2].id.to_string();
    let other = world.creators[0].tracks[1].id.to_string();
    let total = async |filter: &[(&str, &str)]| {
        let query = [&days("2026-05-01", "2026-05-04", "UTC")[..], filter].concat();
        let (data, meta) = world.report("revenue", &query).await.parts();
        (
            data["total"]["net_minor"].as_i64(),
            meta["not_filtered_by"].clone(),
        )
    };
    assert_eq!(total(&[("track", &track)]).await, (Some(400), json!([])));
    assert_eq!(total(&[("track", "unknown")]).await, (Some(30), json!([])));
    assert_eq!(
        total(&[("track", "unknown"), ("track", &track)]).await.0,
        Some(430)
    );
    assert_eq!(total(&[("track", &other)]).await, (None, json!([])));
    assert_eq!(
        total(&[("country", "FR")]).await,
        (None, json!(["revenue"]))
    );
    let (data, meta) = world
        .report("revenue/projection", &[("device", "phone")])
        .await
        .parts();
    assert_eq!(
        (&data["status"], &data["n"], &meta["not_filtered_by"]),
        (&json!("not_filtered"), &Value::Null, &json!(["revenue"]))
    );
}

#[tokio::test]
async fn comparison_tells_the_revenue_of_both_periods() {
    let world = World::empty().await;
    let sold = product(&world, 0, None).await;
    sell(&world, sold, 1_000, "2026-04-02T12:00:00Z").await;
    let sale = sell(&world, sold, 1_000, "2026-05-02T12:00:00Z").await;
    sell(&world, sold, 1_000, "2026-05-31T23:59:59Z").await;
    refund(&world, &sale, 600, 100, "2026-05-03T12:00:00Z").await;
    let query = [
        ("period1_start", "2026-04-01"),
        ("period1_end", "2026-05-01"),
        ("period2_start", "2026-05-01"),
        ("period2_end", "2026-06-01"),
    ];
    let (data, _) = world.report("compare", &query).await.parts();
    assert_eq!(data["currency"], "EUR");
    assert_eq!(data["period1"]["revenue_minor"], 1_000);
    assert_eq!(data["period2"]["revenue_minor"], 1_500);
    assert_eq!(data["change"]["revenue_minor"], 0.5);
    let series = &data["period2"]["series"];
    assert_eq!(
        (
            &series[1]["revenue_minor"],
            &series[2]["revenue_minor"],
            &series[3]["revenue_minor"]
        ),
        (&json!(1_000), &json!(-500), &json!(0))
    );
    let filtered = [&query[..], &[("country", "FR")]].concat();
    let (data, meta) = world.report("compare", &filtered).await.parts();
    assert_eq!(data["period2"]["revenue_minor"], Value::Null);
    assert_eq!(meta["not_filtered_by"], json!(["followers", "revenue"]));
}

/// A sale on each of the `count` days before today: `net` of its number, from 0.
async fn sell_daily(world: &World, count: i64, net: impl Fn(i64) -> i64) {
    let sold = product(world, 0, None).await;
    let today = Timestamp::now().strftime("%FT12:00:00Z").to_string();
    let today: Timestamp = today.parse().unwrap();
    for day in 0..count {
        let at = today - (24 * (count - day)).hours();
        sell(world, sold, net(day), &at.to_string()).await;
    }
}

#[tokio::test]
async fn a_straight_line_is_projected_as_it_is() {
    let world = World::empty().await;
    sell_daily(&world, 90, |day| 100 + 2 * day).await;
    let (data, meta) = world.report("revenue/projection", &[]).await.parts();
    assert_eq!(
        (&data["status"], &data["n"]),
        (&json!("projected"), &json!(90))
    );
    let totals: Vec<Value> = data["projections"].as_array().unwrap().clone();
    let of = |name: &str| {
        totals
            .iter()
            .map(|total| total[name].clone())
            .collect::<Value>()
    };
    assert_eq!(of("days"), json!([30, 60, 90]));
    assert_eq!(of("total_minor"), json!([9_270, 20_340, 33_210]));
    assert_eq!(of("low_minor"), of("total_minor"));
    assert_eq!(of("high_minor"), of("total_minor"));
    assert_eq!(of("flat_minor"), json!([5_670, 11_340, 17_010]));
    assert_eq!(of("clamped"), json!([false, false, false]));
    let days = data["days"].as_array().unwrap();
    assert_eq!(days.len(), 180);
    assert_eq!(
        (&days[0]["net_minor"], &days[0]["fitted_minor"]),
        (&json!(100), &json!(100))
    );
    assert_eq!(
        (&days[90]["net_minor"], &days[90]["fitted_minor"]),
        (&Value::Null, &json!(280))
    );
    assert_eq!(
        days[90]["date"],
        Timestamp::now().strftime("%F").to_string()
    );
    assert_eq!(days[179]["date"], totals[2]["until"]);
    assert!((data["slope"].as_f64().unwrap() - 2.0).abs() < 1e-9);
    assert!((data["r_squared"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    assert_eq!(
        (&data["currency"], &meta["tz"]),
        (&json!("EUR"), &json!("UTC"))
    );

    let table = world
        .get(
            &world.creators[0].token,
            "revenue/projection",
            &[],
            "text/csv",
        )
        .await;
    assert_eq!(table.text.lines().count(), 1 + 180 + 3);
}

#[tokio::test]
async fn ten_days_are_not_enough_data() {
    let world = World::empty().await;
    sell_daily(&world, 10, |day| 100 + day).await;
    let (data, _) = world.report("revenue/projection", &[]).await.parts();
    assert_eq!(
        (&data["status"], &data["n"], &data["slope"]),
        (&json!("insufficient_data"), &json!(10), &Value::Null)
    );
    assert_eq!(
        column(&data, "projections", "total_minor"),
        [None, None, None]
    );
    assert_eq!(column(&data, "days", "net_minor").len(), 10);
    assert_eq!(data["net_minor"], 1_045);
}
