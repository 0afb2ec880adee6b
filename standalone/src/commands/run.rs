//! `veza run`: everything, in the foreground.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use sqlx::postgres::PgPoolOptions;
use veza_standalone::demo::{Demo, Progress};
use veza_standalone::fetch::{Downloads, fetch};
use veza_standalone::home::{DataLock, Home};
use veza_standalone::preflight;
use veza_standalone::secrets::Secrets;
use veza_standalone::servers::Server;
use veza_standalone::stack::{Ports, Stack};
use veza_standalone::startup;
use veza_standalone::status::{Login, State};
use veza_standalone::stop::Stop;
use veza_standalone::supervisor::{Board, Lines, Supervisor};

#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Without the demo's accounts, catalog and listeners
    #[arg(long)]
    no_demo: bool,
    /// Without the aggregator: for its commands that need it stopped, `rebuild` and `accept-loss`
    #[arg(long)]
    without_aggregator: bool,
    #[command(flatten)]
    ports: Ports,
}

/// Runs until Ctrl-C or SIGTERM.
pub async fn run(args: RunArgs) -> anyhow::Result<()> {
    Ports::check_names()?;
    let mut stop = Stop::new()?;
    let home = Home::from_environment();
    let _lock = DataLock::take(&home)?;
    let fresh = !home.data().join("secrets.json").exists();
    let stack = tokio::select! {
        prepared = prepare(&home, &args.ports) => prepared?,
        () = stop.requested() => bail!("interrupted"),
    };
    let demo = demo_progress(&home, fresh, args.no_demo)?;
    let board = board(&home, &stack, &args.ports);
    let mut supervisor = Supervisor::new(Arc::clone(&board));
    let outcome = tokio::select! {
        outcome = serve(&stack, &board, &mut supervisor, &args, demo) => outcome,
        () = stop.requested() => Ok(()),
    };
    board
        .lines()
        .say("stopping; a second Ctrl-C ends everything at once");
    tokio::select! {
        () = startup::stop(&mut supervisor) => {}
        // All children end with us.
        () = stop.requested() => {}
    }
    board.close();
    outcome
}

/// Everything that can be done before the first process starts.
async fn prepare(home: &Home, ports: &Ports) -> anyhow::Result<Stack> {
    preflight::check_java()?;
    preflight::check_room(&home.data())?;
    let downloads = download(home).await?;
    let secrets = Secrets::of(&home.data())?;
    keep_last_logs(home).context("cannot put the logs of the last run aside")?;
    let stack = Stack::new(home, &downloads, &secrets, ports)?;
    let all: Vec<_> = stack
        .servers()
        .into_iter()
        .chain(stack.services())
        .collect();
    tokio::task::spawn_blocking(move || {
        let all: Vec<&dyn Server> = all.iter().map(|server| &**server).collect();
        preflight::check_ports(&all)
    })
    .await??;
    Ok(stack)
}

async fn download(home: &Home) -> anyhow::Result<Downloads> {
    let home = home.clone();
    let downloads = tokio::task::spawn_blocking(move || fetch(&home, &|what| eprintln!("{what}")));
    Ok(downloads.await??)
}

/// Each run writes logs of its own; those of the one before end in `.log.1`.
fn keep_last_logs(home: &Home) -> std::io::Result<()> {
    std::fs::create_dir_all(home.logs())?;
    for entry in std::fs::read_dir(home.logs())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            std::fs::rename(&path, path.with_extension("log.1"))?;
        }
    }
    Ok(())
}

fn board(home: &Home, stack: &Stack, ports: &Ports) -> Arc<Board> {
    let addresses = stack.addresses(ports);
    let lines = Lines::new(addresses.len());
    let board = Board::new(
        addresses,
        home.data(),
        home.status_file(),
        home.logs(),
        lines,
    );
    if stack.prometheus.is_none() {
        let hint = "not installed, so requests are not measured: apt-get install prometheus";
        board.set("prometheus", State::Unavailable, None, hint);
    }
    Arc::new(board)
}

/// Starts all, in order, and stays.
async fn serve(
    stack: &Stack,
    board: &Arc<Board>,
    supervisor: &mut Supervisor,
    args: &RunArgs,
    demo: Option<Progress>,
) -> anyhow::Result<()> {
    startup::start_servers(stack, stack.servers(), supervisor).await?;
    let mut services = stack.services();
    if args.without_aggregator {
        services.retain(|service| service.name() != "aggregator");
        let hint = "not started: --without-aggregator";
        board.set("aggregator", State::Unavailable, None, hint);
    }
    startup::start_services(services, supervisor).await?;
    board.lines().say(&greeting(&args.ports));
    tokio::select! {
        ended = note_lag(stack, board) => ended,
        failed = play_demo(stack, board, demo) => failed,
    }
}

/// The demo goes on where it was; fresh data get one, unless it is not wanted.
fn demo_progress(home: &Home, fresh: bool, unwanted: bool) -> anyhow::Result<Option<Progress>> {
    match Progress::of(&home.data())? {
        _ if unwanted => Ok(None),
        None if fresh => Progress::begin(&home.data()).map(Some),
        progress => Ok(progress),
    }
}

/// Never ends, unless the demo cannot begin.
async fn play_demo(stack: &Stack, board: &Board, progress: Option<Progress>) -> anyhow::Result<()> {
    let Some(progress) = progress else {
        return std::future::pending().await;
    };
    let demo = Demo {
        api: &stack.api,
        api_url: stack.api.url().parse()?,
        ingest_url: stack.ingest.url().parse()?,
        postgres_url: stack.postgres_url(),
        user_agents: stack.downloads.user_agents.clone(),
        geoip: stack.downloads.geoip.clone(),
        lines: board.lines(),
    };
    demo.run(progress, |logins| {
        if board.set_logins(logins.clone()) {
            board.lines().say(&introduction(&logins));
        }
    })
    .await;
    Ok(())
}

fn introduction(logins: &[Login]) -> String {
    let logins = logins
        .iter()
        .map(|login| format!("  {:<8} {}  {}\n", login.role, login.email, login.password));
    format!("  Log in as\n{}", logins.collect::<String>())
}

fn greeting(ports: &Ports) -> String {
    format!(
        "\n  Veza Analytics   http://127.0.0.1:{}\n  API              http://127.0.0.1:{}/api/docs\n  Players report   http://127.0.0.1:{}/v1/plays\n",
        ports.web, ports.web, ports.ingest
    )
}

/// Shows every two seconds how many reports are not stored yet. Never ends.
async fn note_lag(stack: &Stack, board: &Board) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .connect_lazy(&stack.postgres_url())?;
    loop {
        let lag = sqlx::query_scalar::<_, Option<i64>>(
            "SELECT sum(greatest(log_end - next_offset, 0))::bigint FROM partition_progress",
        );
        if let Ok(Some(lag)) = lag.fetch_one(&pool).await {
            board.note("aggregator", &format!("lag {lag}"));
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
