//! A shop at a constant rate: lists, searches, product pages, deals, and orders that are paid. Requests come when they are due,
//! whether or not those before are answered, and are timed from then on: a slow answer is not hidden by a slow client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;
use veza_standalone::servers::Server;
use veza_standalone::temporary::Temporary;

use crate::report::{PercentileGoal, Report};
use crate::stack;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Requests a second; every twentieth is an order
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// How long is measured, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Products for sale
    #[arg(long, default_value_t = 5_000)]
    products: i32,
}

const WARM_UP: Duration = Duration::from_secs(10);
const SELLERS: i32 = 50;
const BUYERS: i32 = 400;
/// One request of so many is an order.
const ORDER_EVERY: u64 = 20;

/// What one may ask for.
struct Shop {
    url: String,
    http: reqwest::Client,
    /// With their sellers.
    products: Vec<(Uuid, i64)>,
    /// `Authorization` of each.
    buyers: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read(Page),
    Order,
    Pay,
}

/// What is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Newest,
    ByPrice,
    Search,
    Deals,
    Wishlist,
    Product,
}

const PAGES: [(Page, &str); 6] = [
    (Page::Newest, "the newest"),
    (Page::ByPrice, "by price"),
    (Page::Search, "searches"),
    (Page::Deals, "deals"),
    (Page::Wishlist, "wishlists"),
    (Page::Product, "products' pages"),
];

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("marketplace");
    let mut stack = stack::servers().await?;
    fill(&stack, args.products).await?;
    let api = stack.stack.api.clone();
    let usage = stack::start(&mut stack, api, &[]).await?;
    let shop = Arc::new(Shop::of(&stack).await?);
    measure(&shop, args.rate, WARM_UP, 1).await?;
    let cpu = usage.cpu()?;
    let length = Duration::from_secs(args.seconds);
    let timed = measure(&shop, args.rate, length, 2).await?;
    let cpu = usage.cpu()? - cpu;
    let mut add = |name: &str, wanted: &dyn Fn(Kind) -> bool, goal: Option<f64>| {
        let kind = timed.iter().filter(|(kind, _)| wanted(*kind));
        let mut times: Vec<_> = kind.map(|(_, time)| *time).collect();
        let what = format!("at {}/s, {name}", args.rate);
        report.add_latencies(what, &mut times, goal.map(PercentileGoal::P95));
    };
    add("reads", &|kind| matches!(kind, Kind::Read(_)), Some(20.0));
    for (page, name) in PAGES {
        let what = format!("of them {name}");
        add(&what, &|kind| kind == Kind::Read(page), None);
    }
    add("orders", &|kind| kind == Kind::Order, Some(50.0));
    add("payments", &|kind| kind == Kind::Pay, None);
    report.add("requests answered", timed.len() as f64, "requests");
    report.add(
        "CPU of the API",
        cpu.as_secs_f64() / length.as_secs_f64(),
        "cores",
    );
    report.note(format!(
        "{} products, one in ten promoted. Timed from when a request is due. Postgres, the API and the clients share the cores.",
        args.products
    ));
    stack.stop().await;
    Ok(report)
}

/// Sends `rate` requests a second for so long; how long each took, from when it was due to the end of its answer.
async fn measure(
    shop: &Arc<Shop>,
    rate: u32,
    length: Duration,
    seed: u64,
) -> anyhow::Result<Vec<(Kind, Duration)>> {
    let mut random = StdRng::seed_from_u64(seed);
    let begun = Instant::now();
    let (mut requests, mut timed) = (JoinSet::new(), Vec::new());
    for number in 0.. {
        let due = begun + Duration::from_secs_f64(number as f64 / f64::from(rate));
        if due >= begun + length {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let (shop, drawn) = (Arc::clone(shop), random.random::<u64>());
        requests.spawn(async move {
            match number % ORDER_EVERY == 0 {
                true => shop.buy(drawn, due).await,
                false => shop.look(drawn, due).await.map(|read| vec![read]),
            }
        });
        while let Some(done) = requests.try_join_next() {
            timed.extend(done??);
        }
    }
    while let Some(done) = requests.join_next().await {
        timed.extend(done??);
    }
    Ok(timed)
}

impl Shop {
    async fn of(stack: &Temporary) -> anyhow::Result<Self> {
        let mut postgres = connect(stack).await?;
        let products = sqlx::query_as("SELECT id, seller_id FROM products ORDER BY id")
            .fetch_all(&mut postgres)
            .await?;
        let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM users WHERE role = 'user'")
            .fetch_all(&mut postgres)
            .await?;
        let tokens = ids.into_iter().map(|id| {
            Ok(format!(
                "Bearer {}",
                stack.secrets.access_token(id, "user", &[])?
            ))
        });
        Ok(Self {
            url: format!("{}/api/v1/marketplace", stack.stack.api.url()),
            http: reqwest::Client::builder().no_proxy().build()?,
            products,
            buyers: tokens.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Half of all reads are lists; people are signed in.
    async fn look(&self, drawn: u64, due: Instant) -> anyhow::Result<(Kind, Duration)> {
        let (product, _) = self.products[(drawn >> 16) as usize % self.products.len()];
        let (page, path) = match drawn % 20 {
            0..8 => (Page::Newest, "products?limit=24".to_owned()),
            8..10 => (Page::Newest, "products?limit=24&kind=album".to_owned()),
            10 => (Page::ByPrice, "products?limit=24&sort=price_low".to_owned()),
            11..13 => {
                let words = format!("products?limit=24&q=harbour%20{}", drawn % 50);
                (Page::Search, words)
            }
            13 => (Page::Deals, "deals?limit=24".to_owned()),
            14 => (Page::Wishlist, "wishlist".to_owned()),
            _ => (Page::Product, format!("products/{product}")),
        };
        let request = self
            .http
            .get(format!("{}/{path}", self.url))
            .header(AUTHORIZATION, self.buyer(drawn));
        let answer = request.send().await?;
        ensure!(
            answer.status() == 200,
            "{path} was answered {}",
            answer.status()
        );
        answer.bytes().await?;
        Ok((Kind::Read(page), due.elapsed()))
    }

    /// Orders one or two products of one seller, and pays.
    async fn buy(&self, drawn: u64, due: Instant) -> anyhow::Result<Vec<(Kind, Duration)>> {
        let place = (drawn >> 16) as usize % (self.products.len() - 1);
        let (first, seller) = self.products[place];
        let (next, next_seller) = self.products[place + 1];
        let mut ids = vec![first];
        ids.extend((next_seller == seller).then_some(next));
        let body =
            json!({"product_ids": ids, "country": "FR", "expected_total_minor": 100_000_000});
        let request = self
            .http
            .post(format!("{}/orders", self.url))
            .header(AUTHORIZATION, self.buyer(drawn))
            .header("idempotency-key", drawn.to_string());
        let answer = request.json(&body).send().await?;
        let status = answer.status();
        let order: Value = answer.json().await?;
        let ordered = due.elapsed();
        if order["code"] == "already_owned" {
            return Ok(Vec::new());
        }
        let id = order["data"]["id"]
            .as_str()
            .with_context(|| format!("an order was answered {status}: {order}"))?;
        let begun = Instant::now();
        let request = self
            .http
            .post(format!("{}/orders/{id}/pay", self.url))
            .header(AUTHORIZATION, self.buyer(drawn));
        let answer = request.json(&json!({"method": "approve"})).send().await?;
        let status = answer.status().as_u16();
        ensure!(
            [200, 409].contains(&status),
            "a payment was answered {status}"
        );
        Ok(vec![(Kind::Order, ordered), (Kind::Pay, begun.elapsed())])
    }

    fn buyer(&self, drawn: u64) -> &str {
        &self.buyers[(drawn >> 40) as usize % self.buyers.len()]
    }
}

/// Sellers, products with files, promotions, buyers.
async fn fill(stack: &Temporary, products: i32) -> anyhow::Result<()> {
    let mut postgres = connect(stack).await?;
    for (statement, count) in [
        ("WITH account AS (
            INSERT INTO users (email, password_hash, name, role)
            SELECT 'seller-' || n || '@bench.example', '', 'Seller ' || n, 'creator' FROM generate_series(1, $1) AS n RETURNING id, name)
          INSERT INTO creators (user_id, name) SELECT id, name FROM account", SELLERS),
        ("INSERT INTO users (email, password_hash, name) SELECT 'buyer-' || n || '@bench.example', '', 'Buyer ' || n FROM generate_series(1, $1) AS n", BUYERS),
        ("INSERT INTO products (seller_id, currency, kind, title, description, price_minor, state, published_at)
          SELECT (SELECT min(id) FROM creators) + n * 50 / $1 % 50, 'EUR', (ARRAY['album', 'ep', 'single', 'samples'])[1 + n % 4],
            'Harbour ' || n % 50 || ' no ' || n, repeat('Songs from a town by the sea. ', 10), 100 + n % 2000, 'published',
            now() - n * interval '20 minutes'
          FROM generate_series(1, $1) AS n", products),
        ("INSERT INTO product_files (id, product_id, name, content_type, size, object_key, sha256, completed_at)
          SELECT id, id, 'all.zip', 'application/zip', 1, id::text, sha256('a'), now() FROM products WHERE $1 > 0", 1),
        ("INSERT INTO promotions (product_id, seller_id, discount_percent, starts_at, ends_at)
          SELECT id, seller_id, 20, now() - interval '1 day', now() + (row_number() OVER (ORDER BY id)) * interval '1 hour'
          FROM products WHERE price_minor % $1 = 0", 10),
        ("INSERT INTO wishlist (user_id, product_id, price_minor)
          SELECT u.id, p.id, p.price_minor FROM users u CROSS JOIN LATERAL (
            SELECT id, price_minor FROM products WHERE u.id IS NOT NULL ORDER BY md5(id::text || u.id::text) LIMIT $1) p
          WHERE u.role = 'user'", 3),
        // As autovacuum leaves tables that have stood for a while.
        ("VACUUM ANALYZE", 0),
    ] {
        let query = sqlx::query(statement);
        let query = if count > 0 { query.bind(count) } else { query };
        query.execute(&mut postgres).await.with_context(|| format!("in: {statement}"))?;
    }
    Ok(())
}

async fn connect(stack: &Temporary) -> anyhow::Result<PgConnection> {
    let url = stack.stack.postgres_url();
    PgConnection::connect(&url).await.context("Postgres")
}
