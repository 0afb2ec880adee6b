//! Money of generated orders and refunds, against sums over the same orders.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;
use veza_standalone::testing::Installation;

use crate::support::Api;

const ORDERS: usize = 120;
const TAX_BPS: i64 = 2_000;
const ZONE: &str = "America/New_York";

struct Seller {
    id: i64,
    currency: &'static str,
    products: Vec<Product>,
}

#[derive(Clone, Copy)]
struct Product {
    id: Uuid,
    list: i64,
    /// Its id and per cent.
    promotion: Option<(Uuid, i64)>,
}

struct Line {
    id: Uuid,
    product: Uuid,
    list: i64,
    promotion: Option<Uuid>,
    percent: i64,
    discount: i64,
    net: i64,
    tax: i64,
    total: i64,
}

struct Order {
    currency: &'static str,
    seller: i64,
    paid_at: Timestamp,
    lines: Vec<Line>,
    /// When, of the first line: amount and tax.
    refund: Option<(Timestamp, i64, i64)>,
}

/// As the API names them.
type Sums = BTreeMap<&'static str, i64>;

#[tokio::test]
async fn sums_are_those_of_the_orders_by_day_currency_product_and_seller() {
    let veza = Installation::new().await;
    let mut random = StdRng::seed_from_u64(11);
    let buyer = user(&veza, "buyer").await;
    let mut sellers = Vec::new();
    for (name, currency) in [("one", "EUR"), ("two", "EUR"), ("three", "USD")] {
        sellers.push(seller(&veza, name, currency).await);
    }
    let mut orders = Vec::new();
    for number in 0..ORDERS {
        // Each buys a product once.
        let buyer = match number {
            0 => buyer,
            _ => user(&veza, &format!("buyer-{number}")).await,
        };
        let order = order(&mut random, &sellers);
        let mut tx = veza.postgres().begin().await.unwrap();
        insert(&mut tx, buyer, &order).await;
        tx.commit().await.unwrap();
        orders.push(order);
    }
    let api = Api::on(veza, &[]).await;
    let admin = api.admin().await;
    let zone = TimeZone::get(ZONE).unwrap();
    let day = |time: Timestamp| time.to_zoned_datetime(zone.clone()).date().to_string();
    let today: jiff::civil::Date = day(Timestamp::now()).parse().unwrap();
    let from = today.saturating_sub(60.days());

    for (group, of_line) in [
        (
            "product",
            (|_: &Order, line: &Line| line.product.to_string()) as fn(&Order, &Line) -> String,
        ),
        ("seller", |order, _| order.seller.to_string()),
    ] {
        let path = format!(
            "/api/v1/admin/analytics/transactions?from={from}&tz={ZONE}&bucket=day&group={group}"
        );
        let answer = api.get(&path, &admin.token).await;
        let currencies = answer.data()["currencies"].as_array().unwrap().clone();
        assert_eq!(
            currencies
                .iter()
                .map(|found| &found["currency"])
                .collect::<Vec<_>>(),
            ["EUR", "USD"]
        );
        for found in &currencies {
            let own = || {
                let own = orders.iter();
                own.filter(|order| json!(order.currency) == found["currency"])
            };
            let mut total = Sums::new();
            let mut days: BTreeMap<String, Sums> = BTreeMap::new();
            let mut groups: BTreeMap<String, Sums> = BTreeMap::new();
            for order in own() {
                for (index, line) in order.lines.iter().enumerate() {
                    let mut sums = vec![
                        &mut total,
                        days.entry(day(order.paid_at)).or_default(),
                        groups.entry(of_line(order, line)).or_default(),
                    ];
                    for sums in &mut sums {
                        add_line(sums, line);
                    }
                    // An order is counted once, and of a product each line.
                    *sums[0].entry("count").or_default() += i64::from(index == 0);
                    *sums[1].entry("count").or_default() += i64::from(index == 0);
                    *sums[2].entry("count").or_default() +=
                        i64::from(index == 0 || group == "product");
                }
                if let Some((at, amount, tax)) = order.refund {
                    let line = &order.lines[0];
                    let sums = [
                        &mut total,
                        days.entry(day(at)).or_default(),
                        groups.entry(of_line(order, line)).or_default(),
                    ];
                    for sums in sums {
                        *sums.entry("refunds_minor").or_default() += amount;
                        *sums.entry("refunded_tax_minor").or_default() += tax;
                    }
                }
            }
            check(&found["total"], &total, "total");
            for bucket in found["buckets"].as_array().unwrap() {
                let start: Timestamp = bucket["start"].as_str().unwrap().parse().unwrap();
                let name = day(start);
                let expected = days.remove(&name).unwrap_or_default();
                check(&bucket["sums"], &expected, &name);
            }
            assert!(days.is_empty(), "{days:?}");
            let listed = found["groups"].as_array().unwrap();
            assert_eq!(listed.len(), groups.len());
            for row in listed {
                check(row, &groups[row["id"].as_str().unwrap()], "a group");
            }
            let paid = |row: &Value| row["paid_minor"].as_i64().unwrap();
            assert!(
                listed
                    .windows(2)
                    .all(|pair| paid(&pair[0]) >= paid(&pair[1]))
            );
        }
    }

    let nothing = "/api/v1/admin/analytics/transactions?from=2020-01-01&to=2020-02-01";
    let answer = api.get(nothing, &admin.token).await;
    assert_eq!(answer.data()["currencies"], json!([]));
}

fn add_line(sums: &mut Sums, line: &Line) {
    for (name, minor) in [
        ("gross_minor", line.list),
        ("discounts_minor", line.discount),
        ("tax_minor", line.tax),
        ("paid_minor", line.total),
    ] {
        *sums.entry(name).or_default() += minor;
    }
}

fn check(found: &Value, expected: &Sums, what: &str) {
    let of = |name: &str| expected.get(name).copied().unwrap_or(0);
    for name in [
        "count",
        "gross_minor",
        "discounts_minor",
        "tax_minor",
        "paid_minor",
        "refunds_minor",
        "refunded_tax_minor",
    ] {
        assert_eq!(found[name], json!(of(name)), "{what}: {name} of {found}");
    }
    let net = of("paid_minor") - of("tax_minor") - (of("refunds_minor") - of("refunded_tax_minor"));
    assert_eq!(found["net_minor"], json!(net), "{what}");
    match of("count") {
        0 => assert_eq!(found["average_ticket_minor"], Value::Null, "{what}"),
        count => {
            let average = found["average_ticket_minor"].as_i64().unwrap();
            let exact = of("paid_minor") as f64 / count as f64;
            assert!((average as f64 - exact).abs() <= 0.5, "{what}: {average}");
        }
    }
}

fn order(random: &mut StdRng, sellers: &[Seller]) -> Order {
    let seller = &sellers[random.random_range(0..sellers.len())];
    let paid_at = Timestamp::now() - random.random_range(3_600..50 * 86_400).seconds();
    let first = random.random_range(0..seller.products.len());
    let count = random.random_range(1..=seller.products.len());
    let lines: Vec<Line> = (0..count)
        .map(|n| {
            let Product {
                id: product,
                list,
                promotion,
            } = seller.products[(first + n) % seller.products.len()];
            let promotion = promotion.filter(|_| random.random_bool(0.5));
            let percent = promotion.map_or(0, |(_, percent)| percent);
            let discount = (list * percent + 50) / 100;
            let net = list - discount;
            let tax = (net * TAX_BPS + 5_000) / 10_000;
            Line {
                id: Uuid::from_u128(random.random()),
                product,
                list,
                promotion: promotion.map(|(id, _)| id),
                percent,
                discount,
                net,
                tax,
                total: net + tax,
            }
        })
        .collect();
    let refund = random.random_bool(0.3).then(|| {
        let line = &lines[0];
        let amount = random.random_range(1..=line.total);
        let at = paid_at + random.random_range(0..3_000).seconds();
        (at, amount, amount * line.tax / line.total)
    });
    Order {
        currency: seller.currency,
        seller: seller.id,
        paid_at,
        lines,
        refund,
    }
}

async fn insert(db: &mut PgConnection, buyer: Uuid, order: &Order) {
    let sum = |of: fn(&Line) -> i64| order.lines.iter().map(of).sum::<i64>();
    let (refunded, refunded_tax) = order
        .refund
        .map_or((0, 0), |(_, amount, tax)| (amount, tax));
    let total = sum(|line| line.total);
    let state = match refunded {
        0 => "paid",
        whole if whole == total => "refunded",
        _ => "partially_refunded",
    };
    let order_id: Uuid = sqlx::query_scalar(
        "INSERT INTO orders (buyer_id, seller_id, currency, state, list_minor, discount_minor, net_minor, tax_minor, total_minor,
           refunded_minor, refunded_tax_minor, tax_country, tax_bps, tax_inclusive, tax_is_default, expires_at, paid_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'FR', $12, false, false, now(), $13::text::timestamptz)
         RETURNING id",
    )
    .bind(buyer)
    .bind(order.seller)
    .bind(order.currency)
    .bind(state)
    .bind(sum(|line| line.list))
    .bind(sum(|line| line.discount))
    .bind(sum(|line| line.net))
    .bind(sum(|line| line.tax))
    .bind(total)
    .bind(refunded)
    .bind(refunded_tax)
    .bind(TAX_BPS as i32)
    .bind(order.paid_at.to_string())
    .fetch_one(&mut *db)
    .await
    .unwrap();
    for (index, line) in order.lines.iter().enumerate() {
        let (refunded, refunded_tax) = match index {
            0 => (refunded, refunded_tax),
            _ => (0, 0),
        };
        sqlx::query(
            "INSERT INTO order_items (id, order_id, line, buyer_id, product_id, promotion_id, title, list_minor, discount_percent,
               discount_minor, net_minor, tax_bps, tax_inclusive, tax_minor, total_minor, refunded_minor, refunded_tax_minor)
             VALUES ($1, $2, $3, $4, $5, $6, 'A product', $7, $8, $9, $10, $11, false, $12, $13, $14, $15)",
        )
        .bind(line.id)
        .bind(order_id)
        .bind(index as i16 + 1)
        .bind(buyer)
        .bind(line.product)
        .bind(line.promotion)
        .bind(line.list)
        .bind(line.percent as i32)
        .bind(line.discount)
        .bind(line.net)
        .bind(TAX_BPS as i32)
        .bind(line.tax)
        .bind(line.total)
        .bind(refunded)
        .bind(refunded_tax)
        .execute(&mut *db)
        .await
        .unwrap();
    }
    let Some((at, amount, tax)) = order.refund else {
        return;
    };
    let payment: Uuid = sqlx::query_scalar(
        "INSERT INTO payments (order_id, provider, method, amount_minor, currency, state, decided_at)
         VALUES ($1, 'test', 'card', $2, $3, 'approved', now()) RETURNING id",
    )
    .bind(order_id)
    .bind(total)
    .bind(order.currency)
    .fetch_one(&mut *db)
    .await
    .unwrap();
    let refund: Uuid = sqlx::query_scalar(
        "INSERT INTO refunds (order_id, payment_id, amount_minor, tax_minor, reason, refunded_at)
         VALUES ($1, $2, $3, $4, 'test', $5::text::timestamptz) RETURNING id",
    )
    .bind(order_id)
    .bind(payment)
    .bind(amount)
    .bind(tax)
    .bind(at.to_string())
    .fetch_one(&mut *db)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO refund_lines (refund_id, item_id, amount_minor, tax_minor) VALUES ($1, $2, $3, $4)",
    )
    .bind(refund)
    .bind(order.lines[0].id)
    .bind(amount)
    .bind(tax)
    .execute(&mut *db)
    .await
    .unwrap();
}

async fn user(veza: &Installation, name: &str) -> Uuid {
    sqlx::query_scalar(
        "INSERT INTO users (email, password_hash, name) VALUES ($1, '', $2) RETURNING id",
    )
    .bind(format!("{name}@example.org"))
    .bind(name)
    .fetch_one(veza.postgres())
    .await
    .unwrap()
}

async fn seller(veza: &Installation, name: &str, currency: &'static str) -> Seller {
    let account = user(veza, name).await;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO creators (user_id, name, currency) VALUES ($1, $2, $3) RETURNING id",
    )
    .bind(account)
    .bind(name)
    .bind(currency)
    .fetch_one(veza.postgres())
    .await
    .unwrap();
    let mut products = Vec::new();
    for (number, list) in [999, 1_250, 333].into_iter().enumerate() {
        let product: Uuid = sqlx::query_scalar(
            "INSERT INTO products (seller_id, kind, title, price_minor, currency, state, published_at)
             VALUES ($1, 'album', $2, $3, $4, 'published', now()) RETURNING id",
        )
        .bind(id)
        .bind(format!("Product {number} of {name}"))
        .bind(list)
        .bind(currency)
        .fetch_one(veza.postgres())
        .await
        .unwrap();
        let mut promotion = None;
        if number > 0 {
            let percent = [0, 15, 33][number];
            let id: Uuid = sqlx::query_scalar(
                "INSERT INTO promotions (product_id, seller_id, discount_percent, starts_at, ends_at)
                 VALUES ($1, $2, $3, '2020-01-01', '2020-02-01') RETURNING id",
            )
            .bind(product)
            .bind(id)
            .bind(percent)
            .fetch_one(veza.postgres())
            .await
            .unwrap();
            promotion = Some((id, i64::from(percent)));
        }
        products.push(Product {
            id: product,
            list: i64::from(list),
            promotion,
        });
    }
    Seller {
        id,
        currency,
        products,
    }
}
