//! `veza-aggregator rebuild`: judges what is stored again, by the current rule and the current catalog. Month by month: verdicts that
//! change are worked out here, the month is written anew with them into a second table, and takes the old one's place at once
//! (`REPLACE PARTITION`); months in which nothing changes are left alone. Tokens of inserts outlive it.
//!
//! A run that is killed leaves months that are done, and months that are as they were; the next run goes on with the latter.
//! Nobody may consume or erase meanwhile: both would change what is being copied.
//!
//! What it can't know: the agent and the address are not stored, so `bot` and the place stay as they were judged. A listener who asked
//! not to be tracked, or was erased, is not recognised as the creator of a track that was unknown or another's before.

mod judge;
mod months;
mod state;

use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use self::judge::{Changes, Judge};
use self::months::{Month, Months};
use self::state::Rebuild;
use super::Alone;
use super::group::Group;
use crate::catalog::Catalog;
use crate::consumer::fail_point::FailPoint;
use crate::settings::Settings;
use crate::warehouse::Warehouse;

#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Arguments {
    /// Only the plays that have rows of this reason: those whose track came into the catalog later are counted
    #[arg(long)]
    pub only: Option<Only>,
    /// Say what would change, and change nothing; aggregators may run
    #[arg(long)]
    pub dry_run: bool,
    /// Rows that are judged at a time, about
    #[arg(long, hide = true, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub rows_at_once: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Only {
    UnknownTrack,
}

pub async fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let key = settings.listener_key.clone().context(
        "VEZA_LISTENER_KEY is not set: by it, a creator is recognised among the listeners",
    )?;
    let pool = super::postgres(settings).await?;
    let months = Months::new(
        Warehouse::patient(&settings.clickhouse)?,
        arguments.only,
        arguments.rows_at_once,
    );
    let judge = Judge {
        catalog: Arc::new(Catalog::new(pool.clone())),
        key,
    };
    if arguments.dry_run {
        return try_out(&months, &judge).await;
    }
    let mut alone = Alone::take(&pool).await?;
    let group = quiet_group(settings).await?;
    let rebuild = Rebuild::begin(&pool, arguments.only).await?;
    let mut done = rebuild.months_done(&pool).await?;
    let all = months.list().await?;
    let left: Vec<&Month> = all
        .iter()
        .filter(|month| !done.contains(&month.number))
        .collect();
    if !done.is_empty() {
        println!(
            "going on with rebuild {}: {} of {} months are done",
            rebuild.id,
            all.len() - left.len(),
            all.len()
        );
    }
    let bar = bar(left.iter().map(|month| month.rows).sum())?;
    let mut changes = Changes::default();
    for month in left {
        let of_month = months.judge(month, &done, &judge, &bar).await?;
        rebuild
            .month_begins(&pool, month.number, of_month.rows())
            .await?;
        if of_month.rows() > 0 {
            months.write_anew(month).await?;
            settings.fail_points().reach(FailPoint::Rebuilt).await;
            alone.check().await?;
            check_quiet(&group).await?;
            months.replace(month).await?;
            settings.fail_points().reach(FailPoint::Replaced).await;
        }
        rebuild.month_done(&pool, month.number).await?;
        done.insert(month.number);
        bar.suspend(|| println!("{month}  {of_month}"));
        changes.add(of_month);
    }
    months.clean_up().await?;
    rebuild.finish(&pool).await?;
    bar.finish_and_clear();
    println!("{changes}");
    Ok(())
}

async fn try_out(months: &Months, judge: &Judge) -> anyhow::Result<()> {
    let all = months.list().await?;
    let bar = bar(all.iter().map(|month| month.rows).sum())?;
    let mut changes = Changes::default();
    for month in &all {
        let of_month = months.try_out(month, judge, &bar).await?;
        bar.suspend(|| println!("{month}  {of_month}"));
        changes.add(of_month);
    }
    bar.finish_and_clear();
    println!("{changes}\nnothing was changed");
    Ok(())
}

fn bar(rows: u64) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(rows);
    bar.set_style(ProgressStyle::with_template(
        "rebuilding [{bar:32}] {percent}%  {human_pos} rows, {eta} left",
    )?);
    Ok(bar)
}

/// The group, once nobody is in it, and nothing is on its way.
async fn quiet_group(settings: &Settings) -> anyhow::Result<Arc<Group>> {
    let settings = settings.clone();
    let group = tokio::task::spawn_blocking(move || {
        let group = Group::open(&settings)?;
        group.until_empty()?;
        anyhow::Ok(group)
    })
    .await??;
    let group = Arc::new(group);
    check_quiet(&group).await?;
    Ok(group)
}

async fn check_quiet(group: &Arc<Group>) -> anyhow::Result<()> {
    let asked = Arc::clone(group);
    let positions = tokio::task::spawn_blocking(move || {
        asked.until_empty()?;
        asked.positions()
    })
    .await??;
    for position in positions {
        if let Some(span) = position.pending {
            bail!(
                "{span} of partition {} was on its way when its aggregator ended, and may be stored in part; start an aggregator, \
                 stop it once /readyz is well, and run this again",
                position.partition
            );
        }
    }
    Ok(())
}
