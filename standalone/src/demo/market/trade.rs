//! Three months of trade: buyers, prices that changed, promotions past, live and to come, orders, wishes, downloads. Drawn by a
//! seed; priced by the database, whose constraints (`migrations/111_orders.sql`) hold the rules of money. One transaction: it
//! is all there, or nothing is.

use std::collections::{BTreeMap, HashSet};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::demo::people;

const SEED: u64 = 126;
const BUYERS: usize = 320;
const DAYS: i64 = 90;
/// Days before the demo's begin on which its products came out, taken in turn; the last ones within its history.
const PUBLISHED_DAYS_AGO: [i64; 12] = [400, 310, 250, 190, 150, 121, 101, 84, 61, 40, 19, 6];

const FIRST_NAMES: [&str; 20] = [
    "Alma", "Bastien", "Chiara", "Daan", "Elif", "Farid", "Greta", "Hugo", "Ida", "Jonas", "Keiko",
    "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tove",
];
const LAST_NAMES: [&str; 16] = [
    "Albers",
    "Benali",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garnier",
    "Haas",
    "Ivanova",
    "Jensen",
    "Kaya",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petit",
];
/// Where buyers are, by weight; some have no rate of their own.
const COUNTRIES: [(&str, u32); 9] = [
    ("FR", 42),
    ("GB", 14),
    ("US", 14),
    ("DE", 9),
    ("BE", 6),
    ("ES", 5),
    ("CH", 4),
    ("CA", 4),
    ("JP", 2),
];

pub struct Told {
    pub products: usize,
    pub orders: usize,
    pub wishes: usize,
    pub promotions: usize,
}

struct Product {
    id: Uuid,
    seller_id: i64,
    price_minor: i64,
    published: Timestamp,
    /// How much it is liked.
    weight: f64,
}

struct Promotion {
    id: Uuid,
    product: usize,
    percent: i32,
    from: Timestamp,
    until: Timestamp,
}

struct Buyer {
    id: Uuid,
    country: &'static str,
    since: Timestamp,
    /// Sells as well: not to itself.
    seller_id: Option<i64>,
}

struct Order {
    id: Uuid,
    buyer: usize,
    products: Vec<usize>,
    at: Timestamp,
    /// None: never, and so canceled.
    paid: Option<Timestamp>,
    address: Option<&'static str>,
}

struct Draw {
    rng: ChaCha8Rng,
    now: Timestamp,
}

impl Draw {
    /// Version 7, which sorts by time.
    fn id(&mut self, at: Timestamp) -> Uuid {
        let millis = at.as_millisecond().unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.rng.random()).into_uuid()
    }

    fn days_ago(&self, days: f64) -> Timestamp {
        self.now - SignedDuration::from_secs_f64(days * 86_400.0)
    }

    fn between_days_ago(&mut self, from: f64, to: f64) -> Timestamp {
        let days = self.rng.random_range(from..to);
        self.days_ago(days)
    }

    fn country(&mut self) -> &'static str {
        let drawn = COUNTRIES.choose_weighted(&mut self.rng, |(_, weight)| *weight);
        drawn.map_or("FR", |(country, _)| country)
    }
}

/// Writes the trade, unless it is there. None: it was.
pub async fn write(postgres_url: &str, now: Timestamp) -> anyhow::Result<Option<Told>> {
    let mut connection = PgConnection::connect(postgres_url).await?;
    let mut tx = connection.begin().await?;
    let there: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM users WHERE email = 'buyer-1@demo.veza.local')",
    )
    .fetch_one(&mut *tx)
    .await?;
    if there {
        return Ok(None);
    }
    let mut draw = Draw {
        rng: ChaCha8Rng::seed_from_u64(SEED),
        now,
    };
    let products = date_products(&mut tx, &mut draw).await?;
    let buyers = write_buyers(&mut tx, &mut draw).await?;
    let promotions = draw_promotions(&mut draw, &products);
    write_promotions(&mut tx, &products, &promotions).await?;
    change_prices(&mut tx, &draw, &products, &promotions).await?;
    let orders = draw_orders(&mut draw, &products, &promotions, &buyers);
    write_orders(&mut tx, &mut draw, &products, &buyers, &orders).await?;
    let wishes = write_wishes(&mut tx, &mut draw, &products, &buyers).await?;
    tx.commit()
        .await
        .context("the demo's trade breaks a rule of the database")?;
    Ok(Some(Told {
        products: products.len(),
        orders: orders.len(),
        wishes,
        promotions: promotions.len(),
    }))
}

/// Products came out at different times in the past.
async fn date_products(tx: &mut PgConnection, draw: &mut Draw) -> anyhow::Result<Vec<Product>> {
    let rows: Vec<(Uuid, i64, i64)> = sqlx::query_as(
        "SELECT p.id, p.seller_id, p.price_minor FROM products p WHERE p.state = 'published' ORDER BY p.seller_id, p.id",
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut products = Vec::new();
    for (number, (id, seller_id, price_minor)) in rows.into_iter().enumerate() {
        let days = PUBLISHED_DAYS_AGO[(number * 5) % PUBLISHED_DAYS_AGO.len()];
        let published = draw.between_days_ago(days as f64, days as f64 + 0.9);
        let weight =
            draw.rng.random_range(0.2_f64..1.0).powi(2) / (price_minor.max(100) as f64).sqrt();
        products.push(Product {
            id,
            seller_id,
            price_minor,
            published,
            weight,
        });
    }
    let ids: Vec<Uuid> = products.iter().map(|product| product.id).collect();
    let times = texts(products.iter().map(|product| product.published));
    for statement in [
        "UPDATE products p SET published_at = t.at, created_at = t.at - interval '2 days', updated_at = t.at
         FROM unnest($1::uuid[], $2::text[]::timestamptz[]) AS t (id, at) WHERE p.id = t.id",
        "UPDATE product_prices h SET since = t.at - interval '2 days'
         FROM unnest($1::uuid[], $2::text[]::timestamptz[]) AS t (id, at) WHERE h.product_id = t.id",
        "UPDATE product_files f SET created_at = t.at - interval '1 day', completed_at = t.at - interval '1 day'
         FROM unnest($1::uuid[], $2::text[]::timestamptz[]) AS t (id, at) WHERE f.product_id = t.id",
    ] {
        sqlx::query(statement).bind(&ids).bind(&times).execute(&mut *tx).await?;
    }
    Ok(products)
}

/// Buyers who can log in with the demo's password, as everybody here; and those whom the greeting names.
async fn write_buyers(tx: &mut PgConnection, draw: &mut Draw) -> anyhow::Result<Vec<Buyer>> {
    let mut buyers = Vec::new();
    let (mut ids, mut emails, mut names, mut times) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 1..=BUYERS {
        let since = draw.between_days_ago(0.5, DAYS as f64 + 30.0);
        let (id, country) = (draw.id(since), draw.country());
        let (first, last) = (
            draw.rng.random_range(0..FIRST_NAMES.len()),
            draw.rng.random_range(0..LAST_NAMES.len()),
        );
        ids.push(id);
        emails.push(format!("buyer-{number}@demo.veza.local"));
        names.push(format!("{} {}", FIRST_NAMES[first], LAST_NAMES[last]));
        times.push(since);
        buyers.push(Buyer {
            id,
            country,
            since,
            seller_id: None,
        });
    }
    sqlx::query(
        "INSERT INTO users (id, email, name, created_at, password_hash)
         SELECT t.id, t.email, t.name, t.at, u.password_hash
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]::timestamptz[]) AS t (id, email, name, at)
         CROSS JOIN (SELECT password_hash FROM users WHERE email = $5) u",
    )
    .bind(&ids)
    .bind(&emails)
    .bind(&names)
    .bind(texts(times.into_iter()))
    .bind(people::BUYER.1)
    .execute(&mut *tx)
    .await?;
    let known: Vec<(Uuid, Option<i64>)> = sqlx::query_as(
        "SELECT u.id, c.id FROM users u LEFT JOIN creators c ON c.user_id = u.id WHERE u.email = ANY($1) ORDER BY u.email",
    )
    .bind(vec![people::BUYER.1, people::CREATOR.1, people::SELLER.1])
    .fetch_all(tx)
    .await?;
    let since = draw.days_ago(DAYS as f64);
    buyers.extend(known.into_iter().map(|(id, seller_id)| Buyer {
        id,
        country: "FR",
        since,
        seller_id,
    }));
    Ok(buyers)
}

/// Each product has had some; a third has one now, a fifth one to come.
fn draw_promotions(draw: &mut Draw, products: &[Product]) -> Vec<Promotion> {
    let mut promotions = Vec::new();
    for (number, product) in products
        .iter()
        .enumerate()
        .filter(|(_, product)| product.price_minor > 0)
    {
        let mut add = |draw: &mut Draw, from: Timestamp, until: Timestamp| {
            let percent = *[10, 15, 20, 25, 30, 40, 50]
                .choose(&mut draw.rng)
                .unwrap_or(&20);
            let id = draw.id(from);
            promotions.push(Promotion {
                id,
                product: number,
                percent,
                from,
                until,
            });
        };
        for month in [75.0, 48.0, 22.0] {
            let start = month + draw.rng.random_range(-9.0..9.0);
            let from = draw.days_ago(start);
            if from > product.published + SignedDuration::from_hours(24)
                && draw.rng.random_bool(0.45)
            {
                let until = from + SignedDuration::from_hours(draw.rng.random_range(24..168));
                add(draw, from, until);
            }
        }
        let hours = |draw: &mut Draw, range: std::ops::Range<i64>| {
            SignedDuration::from_hours(draw.rng.random_range(range))
        };
        match number % 15 {
            0 | 6 => {
                let (since, left) = (
                    hours(draw, 2..40),
                    SignedDuration::from_mins(draw.rng.random_range(190..1_700)),
                );
                add(draw, draw.now - since, draw.now + left);
            }
            3 | 9 | 12 => {
                let (since, left) = (hours(draw, 12..96), hours(draw, 48..1_200));
                add(draw, draw.now - since, draw.now + left);
            }
            4 | 8 | 13 => {
                let (ahead, long) = (hours(draw, 20..400), hours(draw, 24..200));
                add(draw, draw.now + ahead, draw.now + ahead + long);
            }
            _ => {}
        }
    }
    promotions
}

async fn write_promotions(
    tx: &mut PgConnection,
    products: &[Product],
    promotions: &[Promotion],
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO promotions (id, product_id, seller_id, discount_percent, starts_at, ends_at, created_at)
         SELECT t.id, t.product, t.seller, t.percent, t.starts, t.ends, least(t.starts, now()) - interval '3 days'
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::int[], $5::text[]::timestamptz[], $6::text[]::timestamptz[])
           AS t (id, product, seller, percent, starts, ends)",
    )
    .bind(promotions.iter().map(|promotion| promotion.id).collect::<Vec<_>>())
    .bind(promotions.iter().map(|promotion| products[promotion.product].id).collect::<Vec<_>>())
    .bind(promotions.iter().map(|promotion| products[promotion.product].seller_id).collect::<Vec<_>>())
    .bind(promotions.iter().map(|promotion| promotion.percent).collect::<Vec<_>>())
    .bind(texts(promotions.iter().map(|promotion| promotion.from)))
    .bind(texts(promotions.iter().map(|promotion| promotion.until)))
    .execute(tx)
    .await?;
    Ok(())
}

/// Every seventh product cost more once: until two weeks after it came out, where no promotion was.
async fn change_prices(
    tx: &mut PgConnection,
    draw: &Draw,
    products: &[Product],
    promotions: &[Promotion],
) -> anyhow::Result<()> {
    for (number, product) in products
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 7 == 2)
    {
        let changed = product.published + SignedDuration::from_hours(24 * 14);
        let promoted = promotions
            .iter()
            .any(|promotion| promotion.product == number && promotion.from <= changed);
        if promoted || changed >= draw.now || product.price_minor == 0 {
            continue;
        }
        sqlx::query(
            "WITH now_open AS (UPDATE product_prices SET since = $2::text::timestamptz WHERE product_id = $1 AND until IS NULL RETURNING price_minor)
             INSERT INTO product_prices (product_id, price_minor, since, until)
             SELECT $1, price_minor + 200, $3::text::timestamptz - interval '2 days', $2::text::timestamptz FROM now_open",
        )
        .bind(product.id)
        .bind(changed.to_string())
        .bind(product.published.to_string())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// More at weekends and in the evening, more as time goes by, more of what is promoted.
fn draw_orders(
    draw: &mut Draw,
    products: &[Product],
    promotions: &[Promotion],
    buyers: &[Buyer],
) -> Vec<Order> {
    let mut orders = Vec::new();
    let mut owned = HashSet::new();
    for day in (0..DAYS).rev() {
        let noon = draw.days_ago(day as f64 + 0.5);
        let weekday = noon
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date()
            .weekday()
            .to_monday_zero_offset();
        let weekend = if weekday >= 4 { 1.5 } else { 1.0 };
        let growth = 1.0 + (DAYS - day) as f64 / DAYS as f64 * 0.6;
        let count = (11.0 * weekend * growth * draw.rng.random_range(0.75..1.25)) as usize;
        for _ in 0..count {
            let in_day = draw.rng.random_range(0.0_f64..1.0).sqrt();
            let at = draw.days_ago(day as f64 + 0.05 + 0.94 * in_day);
            // Those who log in have a few of their own.
            let buyer = match draw.rng.random_bool(0.03) {
                true => draw.rng.random_range(BUYERS..buyers.len()),
                false => draw.rng.random_range(0..BUYERS),
            };
            if buyers[buyer].since > at {
                continue;
            }
            if let Some(order) = draw_order(
                draw,
                products,
                promotions,
                &buyers[buyer],
                buyer,
                at,
                &mut owned,
            ) {
                orders.push(order);
            }
        }
    }
    orders
}

fn draw_order(
    draw: &mut Draw,
    products: &[Product],
    promotions: &[Promotion],
    person: &Buyer,
    buyer: usize,
    at: Timestamp,
    owned: &mut HashSet<(usize, usize)>,
) -> Option<Order> {
    let offered: Vec<usize> = (0..products.len())
        .filter(|number| {
            let product = &products[*number];
            product.published < at
                && Some(product.seller_id) != person.seller_id
                && !owned.contains(&(buyer, *number))
        })
        .collect();
    let attraction = |number: &usize| {
        let promoted = promotions.iter().any(|promotion| {
            promotion.product == *number && promotion.from <= at && at < promotion.until
        });
        products[*number].weight * if promoted { 3.5 } else { 1.0 }
    };
    let first = *offered.choose_weighted(&mut draw.rng, attraction).ok()?;
    let mut basket = vec![first];
    let siblings: Vec<usize> = offered
        .iter()
        .copied()
        .filter(|number| {
            *number != first && products[*number].seller_id == products[first].seller_id
        })
        .collect();
    for _ in 0..2 {
        if draw.rng.random_bool(0.22)
            && let Ok(next) = siblings.choose_weighted(&mut draw.rng, attraction)
            && !basket.contains(next)
        {
            basket.push(*next);
        }
    }
    let paid = draw
        .rng
        .random_bool(0.96)
        .then(|| at + SignedDuration::from_secs(draw.rng.random_range(20..400)));
    let paid = paid.filter(|paid| *paid < draw.now);
    if paid.is_some() {
        owned.extend(basket.iter().map(|number| (buyer, *number)));
    }
    let address = match draw.rng.random_range(0..100) {
        0..8 => None,
        8..11 => Some("NL"),
        _ => Some(person.country),
    };
    let id = draw.id(at);
    Some(Order {
        id,
        buyer,
        products: basket,
        at,
        paid,
        address,
    })
}

/// The database prices the lines: list prices and promotions of that time, today's tax.
async fn write_orders(
    tx: &mut PgConnection,
    draw: &mut Draw,
    products: &[Product],
    buyers: &[Buyer],
    orders: &[Order],
) -> anyhow::Result<()> {
    let mut columns = Lines::default();
    for order in orders {
        for (line, product) in order.products.iter().enumerate() {
            columns.order_ids.push(order.id);
            columns.item_ids.push(draw.id(order.at));
            columns.lines.push(line as i16 + 1);
            columns.buyers.push(buyers[order.buyer].id);
            columns.products.push(products[*product].id);
            columns.countries.push(buyers[order.buyer].country);
            columns.addresses.push(order.address);
            columns.times.push(order.at.to_string());
            columns.paid.push(order.paid.map(|paid| paid.to_string()));
        }
    }
    sqlx::query(
        "CREATE TEMP TABLE demo_lines ON COMMIT DROP AS
         SELECT l.*, p.title, p.seller_id, p.currency, h.price_minor AS list_minor, r.id AS promotion_id,
           coalesce(r.discount_percent, 0) AS percent, coalesce(t.bps, 2000) AS bps, coalesce(t.inclusive, false) AS inclusive,
           t.bps IS NULL AS is_default, 0::bigint AS discount_minor, 0::bigint AS net_minor, 0::bigint AS total_minor
         FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[]::timestamptz[],
           $9::text[]::timestamptz[]) AS l (order_id, item_id, line, buyer_id, product_id, country, address, at, paid_at)
         JOIN products p ON p.id = l.product_id
         JOIN product_prices h ON h.product_id = p.id AND h.since <= l.at AND (h.until IS NULL OR l.at < h.until)
         LEFT JOIN promotions r ON r.product_id = p.id AND r.starts_at <= l.at AND l.at < r.ends_at
         LEFT JOIN tax_rates t ON t.country = l.country AND t.valid @> now()",
    )
    .bind(&columns.order_ids)
    .bind(&columns.item_ids)
    .bind(&columns.lines)
    .bind(&columns.buyers)
    .bind(&columns.products)
    .bind(&columns.countries)
    .bind(&columns.addresses)
    .bind(&columns.times)
    .bind(&columns.paid)
    .execute(&mut *tx)
    .await?;
    for statement in PRICE_AND_SELL {
        sqlx::query(statement)
            .execute(&mut *tx)
            .await
            .with_context(|| format!("in: {statement}"))?;
    }
    Ok(())
}

#[derive(Default)]
struct Lines {
    order_ids: Vec<Uuid>,
    item_ids: Vec<Uuid>,
    lines: Vec<i16>,
    buyers: Vec<Uuid>,
    products: Vec<Uuid>,
    countries: Vec<&'static str>,
    addresses: Vec<Option<&'static str>>,
    times: Vec<String>,
    paid: Vec<Option<String>>,
}

/// From lines to orders, items, payments and downloads.
const PRICE_AND_SELL: [&str; 8] = [
    "UPDATE demo_lines SET discount_minor = list_minor - discounted(list_minor, percent)",
    "UPDATE demo_lines SET net_minor = CASE WHEN inclusive
         THEN ((list_minor - discount_minor) * 10000 + (10000 + bps) / 2) / (10000 + bps) ELSE list_minor - discount_minor END",
    "UPDATE demo_lines SET total_minor = CASE WHEN inclusive
         THEN list_minor - discount_minor ELSE net_minor + (net_minor * bps + 5000) / 10000 END",
    // What costs nothing is paid at once.
    "UPDATE demo_lines l SET paid_at = at WHERE NOT EXISTS (SELECT FROM demo_lines o WHERE o.order_id = l.order_id AND o.total_minor > 0)
       AND NOT EXISTS (SELECT FROM demo_lines o WHERE o.buyer_id = l.buyer_id AND o.product_id = l.product_id
         AND o.order_id <> l.order_id AND (o.paid_at IS NOT NULL OR o.total_minor = 0))",
    "INSERT INTO orders (id, buyer_id, seller_id, currency, state, list_minor, discount_minor, net_minor, tax_minor, total_minor, tax_country,
       tax_bps, tax_inclusive, tax_is_default, address_country, created_at, expires_at, paid_at, canceled_at)
     SELECT order_id, buyer_id, seller_id, currency, CASE WHEN paid_at IS NULL THEN 'canceled' ELSE 'paid' END, sum(list_minor),
       sum(discount_minor), sum(net_minor), sum(total_minor - net_minor), sum(total_minor), country, bps, inclusive, is_default, address, at,
       at + interval '30 minutes', paid_at, CASE WHEN paid_at IS NULL THEN at + interval '30 minutes' END
     FROM demo_lines
     GROUP BY order_id, buyer_id, seller_id, currency, country, bps, inclusive, is_default, address, at, paid_at",
    "INSERT INTO order_items (id, order_id, line, buyer_id, product_id, promotion_id, title, list_minor, discount_percent, discount_minor,
       net_minor, tax_bps, tax_inclusive, tax_minor, total_minor, owned_from)
     SELECT item_id, order_id, line, buyer_id, product_id, promotion_id, title, list_minor, percent, discount_minor, net_minor, bps, inclusive,
       total_minor - net_minor, total_minor, paid_at FROM demo_lines",
    "INSERT INTO payments (order_id, provider, method, amount_minor, currency, state, reference, created_at, decided_at)
     SELECT id, 'test', 'approve', total_minor, currency, 'approved', 'demo-' || id, paid_at - interval '2 seconds', paid_at
     FROM orders WHERE paid_at IS NOT NULL AND total_minor > 0 AND id IN (SELECT order_id FROM demo_lines)",
    "INSERT INTO downloads (buyer_id, item_id, file_id, by_grant, at)
     SELECT l.buyer_id, l.item_id, f.id, false, l.paid_at + interval '40 seconds' FROM demo_lines l
     JOIN product_files f ON f.product_id = l.product_id WHERE l.paid_at IS NOT NULL ORDER BY l.paid_at, f.id",
];

/// Wishes for what one doesn't have, at the price of that time.
async fn write_wishes(
    tx: &mut PgConnection,
    draw: &mut Draw,
    products: &[Product],
    buyers: &[Buyer],
) -> anyhow::Result<usize> {
    let mut wishes = BTreeMap::new();
    for (number, buyer) in buyers.iter().enumerate() {
        let count = if number >= BUYERS {
            6
        } else {
            draw.rng.random_range(0..5)
        };
        for _ in 0..count {
            let Ok(product) = products.choose_weighted(&mut draw.rng, |product| product.weight)
            else {
                continue;
            };
            let since = product
                .published
                .max(buyer.since)
                .max(draw.days_ago(DAYS as f64));
            let span = draw.now.duration_since(since).as_secs_f64();
            let part = draw.rng.random_range(0.02..0.98);
            let at = since + SignedDuration::from_secs_f64(span * part);
            if Some(product.seller_id) != buyer.seller_id {
                wishes.insert((buyer.id, product.id), at);
            }
        }
    }
    let (people, wanted): (Vec<Uuid>, Vec<Uuid>) = wishes.keys().copied().unzip();
    let written = sqlx::query(
        "INSERT INTO wishlist (user_id, product_id, price_minor, added_at)
         SELECT w.buyer, w.product, coalesce(discounted(h.price_minor, r.discount_percent), h.price_minor), w.at
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]::timestamptz[]) AS w (buyer, product, at)
         JOIN product_prices h ON h.product_id = w.product AND h.since <= w.at AND (h.until IS NULL OR w.at < h.until)
         LEFT JOIN promotions r ON r.product_id = w.product AND r.starts_at <= w.at AND w.at < r.ends_at
         WHERE NOT EXISTS (SELECT FROM order_items i WHERE i.buyer_id = w.buyer AND i.product_id = w.product AND i.owned_from IS NOT NULL)
         ON CONFLICT DO NOTHING",
    )
    .bind(people)
    .bind(wanted)
    .bind(texts(wishes.into_values()))
    .execute(tx)
    .await?;
    Ok(written.rows_affected() as usize)
}

/// As Postgres reads them.
fn texts(times: impl Iterator<Item = Timestamp>) -> Vec<String> {
    times.map(|time| time.to_string()).collect()
}
