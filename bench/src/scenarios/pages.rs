//! The analytics' pages in a real browser: from going to the address until data are painted, and until everything is. The browser shares the
//! cores with all that answers it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;
use uuid::Uuid;
use veza_standalone::home::workspace;
use veza_standalone::servers::Server;
use veza_standalone::temporary::Temporary;

use crate::plays::{self, Creator};
use crate::report::{PercentileGoal, Report};
use crate::warehouse::Warehouse;
use crate::{catalog, stack};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Plays in all, of which the biggest creator has a tenth
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    plays: u64,
    /// How often a browser that was never here opens each page, and one that comes again
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    openings: u32,
}

const GOAL_MS: f64 = 1_000.0;

/// What the browser measured of one page, in ms since the navigation began.
#[derive(Debug, Deserialize)]
struct Paints {
    /// Its address.
    page: String,
    /// Whether the browser kept what it had loaded before.
    returning: bool,
    /// When the first card was painted with its data, at each opening.
    first_data: Vec<f64>,
    /// When nothing was awaited any more.
    whole: Vec<f64>,
}

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let web = workspace().join("web");
    ensure!(
        web.join("dist/index.html").is_file(),
        "the web app is not built; make bench SCENARIO=pages does it"
    );
    let mut report = Report::new("pages");
    let mut stack = stack::servers().await?;
    let warehouse = Warehouse::of(&stack)?;
    let plays = plays::make(&mut stack, &warehouse, args.plays).await?;
    let services = vec![
        stack.stack.ingest.clone() as _,
        stack.stack.api.clone() as _,
    ];
    stack.start_services(services).await?;
    let creator = plays.biggest(&stack, &warehouse).await?;
    for paints in open(&web, &stack, &creator, args.openings).await? {
        add(&mut report, &creator, paints);
    }
    report.note(
        "Of the last 90 days, in Chromium without a screen, 1440 × 1000. Postgres, warehouse, API and browser share the cores. First: \
         nothing of the app is kept from before. Again: its files are, the data are not.",
    );
    stack.stop().await;
    Ok(report)
}

/// Opens each page so many times as the creator.
async fn open(
    web: &Path,
    stack: &Temporary,
    creator: &Creator,
    openings: u32,
) -> anyhow::Result<Vec<Paints>> {
    let password = Uuid::new_v4().to_string();
    let email = give_password(stack, creator, &password).await?;
    let into = stack.folder().join("paints.json");
    eprintln!("opening each page {openings} times, and {openings} times again");
    let done = Command::new("npm")
        .args(["run", "--silent", "paints"])
        .current_dir(web)
        .env("VEZA_STATUS_FILE", stack.folder().join("status.json"))
        .env("VEZA_PAINTS_EMAIL", email)
        .env("VEZA_PAINTS_PASSWORD", password)
        .env("VEZA_PAINTS_OPENINGS", openings.to_string())
        .env("VEZA_PAINTS_FILE", &into)
        // The table goes there alone.
        .stdout(std::io::stderr())
        .status()
        .await
        .context("npm")?;
    ensure!(done.success(), "the browser could not open every page");
    let paints = fs::read(&into).with_context(|| into.display().to_string())?;
    Ok(serde_json::from_slice(&paints)?)
}

/// Lets a creator of the catalog, who has none, log in with a password; their address.
async fn give_password(
    stack: &Temporary,
    creator: &Creator,
    password: &str,
) -> anyhow::Result<String> {
    let model = "model@bench.example";
    let account = json!({ "email": model, "password": password, "name": "Model" });
    let registered = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .post(format!("{}/api/v1/auth/register", stack.stack.api.url()))
        .json(&account)
        .send()
        .await?;
    let status = registered.status();
    ensure!(
        status == StatusCode::CREATED,
        "register: {status} {}",
        registered.text().await?
    );
    let email = sqlx::query_scalar(
        "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = $1) WHERE id = $2 RETURNING email",
    );
    let mut postgres = catalog::connect(stack).await?;
    let email = email.bind(model).bind(creator.user);
    Ok(email.fetch_one(&mut postgres).await?)
}

fn add(report: &mut Report, creator: &Creator, paints: Paints) {
    let browser = match paints.returning {
        true => "again",
        false => "first",
    };
    let what = format!("{} rows, {}, {browser}", creator.rows, paints.page);
    let goal = Some(PercentileGoal::P99(GOAL_MS));
    report.add_latencies(format!("{what}, data"), &mut times(paints.first_data), goal);
    report.add_latencies(format!("{what}, whole"), &mut times(paints.whole), None);
}

fn times(ms: Vec<f64>) -> Vec<Duration> {
    ms.into_iter()
        .map(|ms| Duration::from_secs_f64(ms / 1_000.0))
        .collect()
}
