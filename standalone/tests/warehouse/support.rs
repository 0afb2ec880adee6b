//! A warehouse for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;
use veza_standalone::fetch::{Downloads, fetch};
use veza_standalone::home::Home;
use veza_standalone::ports::{ReservedPort, reserve};
use veza_standalone::process::{Launch, Process};
use veza_standalone::servers::{ClickHouse, Server};
use veza_standalone::testing::{eventually, program};

pub const WRITER: &str = "veza";
pub const READER: &str = "veza_reader";

/// What the shared parts of `veza` need downloaded.
pub async fn downloads() -> Downloads {
    let home = Home::from_environment();
    tokio::task::spawn_blocking(move || fetch(&home, &|what| eprintln!("{what}")))
        .await
        .expect("no panic in fetch")
        .unwrap_or_else(|error| panic!("{error}"))
}

pub struct Warehouse {
    server: ClickHouse,
    launch: Launch,
    process: Process,
    folder: PathBuf,
    _port: ReservedPort,
}

impl Warehouse {
    /// A new one, ready, with a database `veza`.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with settings of its own.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("veza-warehouse-{}-{number}", std::process::id()));
        let port = reserve().expect("a free port");
        let server = ClickHouse {
            program: program("veza"),
            library: downloads().await.chdb,
            data: folder.join("data"),
            log: folder.join("log"),
            port: port.port,
        };
        let launch = settings
            .iter()
            .fold(server.launch(), |launch, (name, value)| {
                launch.env(name, value)
            });
        server.prepare().expect("a folder for the data");
        let process = Process::spawn(&launch).expect("the warehouse starts");
        let warehouse = Self {
            server,
            launch,
            process,
            folder,
            _port: port,
        };
        warehouse.serves().await;
        warehouse
            .run("CREATE DATABASE IF NOT EXISTS veza ENGINE = Atomic")
            .await;
        warehouse
    }

    async fn serves(&self) {
        let probe = self.server.probe();
        eventually(Duration::from_secs(60), || probe.ask()).await;
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.server.port)
    }

    /// The official client, as the user that writes.
    pub fn client(&self) -> clickhouse::Client {
        clickhouse::Client::default()
            .with_url(self.url())
            .with_user(WRITER)
            .with_password(WRITER)
            .with_database("veza")
    }

    /// Sends a statement as it is.
    pub async fn ask(&self, user: &str, parameters: &[(&str, &str)], sql: &str) -> Reply {
        let request = reqwest::Client::new()
            .post(self.url())
            .query(parameters)
            .basic_auth(user, Some(user))
            .body(sql.to_owned());
        Reply::of(request).await
    }

    /// The text of a statement's rows, as the user that writes.
    ///
    /// # Panics
    /// With the warehouse's words, if it refuses.
    pub async fn run(&self, sql: &str) -> String {
        let reply = self.ask(WRITER, &[], sql).await;
        assert_eq!(reply.status, 200, "{sql}: {}", reply.text());
        reply.text()
    }

    /// Runs `work` and says how far the memory of the process rose above what it was, in bytes. Pages of files do not
    /// count: the library is one, and the kernel takes them back when it likes.
    pub async fn memory_risen<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let before = self.memory();
        let mut highest = before;
        tokio::pin!(work);
        loop {
            tokio::select! {
                value = &mut work => return (value, highest - before),
                () = tokio::time::sleep(Duration::from_millis(20)) => highest = highest.max(self.memory()),
            }
        }
    }

    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.pid()));
        let status = status.expect("the process runs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        let kibibytes = kibibytes.and_then(|number| number.parse::<u64>().ok());
        kibibytes.expect("a number of kB") * 1024
    }

    /// Ends it as a crash would.
    pub async fn kill9(&self) {
        self.process.kill().await;
    }

    /// Ends it in good order.
    pub async fn terminate(&self) -> std::process::ExitStatus {
        self.process.terminate().await
    }

    /// Starts it again on the same data.
    pub async fn restart(&mut self) {
        self.process = Process::spawn(&self.launch).expect("the warehouse starts");
        self.serves().await;
    }

    /// Another one on the same data.
    pub async fn rival(&self) -> std::process::ExitStatus {
        let mut launch = self.launch.clone().args(["--listen", "127.0.0.1:0"]);
        launch.args.drain(1..3);
        let rival = Process::spawn(&launch).expect("a process");
        let status = tokio::time::timeout(Duration::from_secs(60), rival.exited()).await;
        rival.signal(Signal::SIGKILL);
        status.expect("it gives up")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.launch.log).unwrap_or_default()
    }
}

impl Drop for Warehouse {
    fn drop(&mut self) {
        self.process.signal(Signal::SIGKILL);
        // It may still be writing; what stays is small and in the folder of temporary files.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// An answer, read to its end.
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("a whole answer").to_vec(),
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// ClickHouse's number of what went wrong; 0 if nothing did.
    pub fn code(&self) -> u32 {
        self.header("x-clickhouse-exception-code")
            .parse()
            .unwrap_or(0)
    }
}
