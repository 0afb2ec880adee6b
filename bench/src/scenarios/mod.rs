//! The scenarios. To add one: a file with its arguments and `async fn run(args) -> anyhow::Result<Report>`, and a line in each place here.

mod admin;
mod aggregator;
mod end_to_end;
mod enrich;
mod import;
mod ingest;
mod marketplace;
mod pages;
mod query;
mod scaling;

use clap::Subcommand;

use crate::report::Report;

#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// What administrators ask: users, sign-ups, retention
    Admin(admin::Args),
    /// A backlog, drained
    Aggregator(aggregator::Args),
    /// From POST to visible through the API
    EndToEnd(end_to_end::Args),
    /// Each enricher alone: ns a call
    Enrich(enrich::Args),
    /// A listening history of ten years, uploaded
    Import(import::Args),
    /// Single reports and batches over HTTP
    Ingest(ingest::Args),
    /// One backlog, drained by 1, 2, 3 and 6 aggregators
    Scaling(scaling::Args),
    /// Lists, product pages, orders and payments at a constant rate
    Marketplace(marketplace::Args),
    /// The analytics' pages in a browser: when data are first painted, and when all are
    Pages(pages::Args),
    /// Every request of the dashboard, over plays of 10,000 creators
    Query(query::Args),
}

impl Scenario {
    pub async fn run(self) -> anyhow::Result<Report> {
        match self {
            Self::Admin(args) => admin::run(args).await,
            Self::Aggregator(args) => aggregator::run(args).await,
            Self::EndToEnd(args) => end_to_end::run(args).await,
            Self::Enrich(args) => enrich::run(args),
            Self::Import(args) => import::run(args).await,
            Self::Ingest(args) => ingest::run(args).await,
            Self::Marketplace(args) => marketplace::run(args).await,
            Self::Pages(args) => pages::run(args).await,
            Self::Query(args) => query::run(args).await,
            Self::Scaling(args) => scaling::run(args).await,
        }
    }
}
