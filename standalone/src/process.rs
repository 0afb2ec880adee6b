//! Child processes that never outlive us.
//!
//! The kernel sends a child its death signal when the **thread** that spawned it ends, so all are spawned from one thread
//! that lives as long as the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::{Gid, Pid, Uid, getpid, getppid};
use tokio::sync::watch;

/// How to start a process.
#[derive(Debug, Clone)]
pub struct Launch {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub env: BTreeMap<String, OsString>,
    /// Whether `VEZA_…` of our own environment reaches the child.
    pub inherit_settings: bool,
    /// Another user to run as; needs root.
    pub user: Option<(Uid, Gid)>,
    /// Standard output and error are appended here.
    pub log: PathBuf,
    /// Sent by the kernel when we end without having stopped it.
    pub death_signal: Signal,
    /// Asks it to end in good order.
    pub stop_signal: Signal,
}

impl Launch {
    pub fn new(program: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            inherit_settings: false,
            user: None,
            log: log.into(),
            death_signal: Signal::SIGKILL,
            stop_signal: Signal::SIGTERM,
        }
    }

    pub fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.into(), value.as_ref().to_owned());
        self
    }

    fn command(&self) -> io::Result<Command> {
        if let Some(folder) = self.log.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C on the terminal is for us: we stop the children in order.
            .process_group(0);
        if !self.inherit_settings {
            // Another user may not be allowed where we are; who has our settings needs our folder for paths in them.
            command.current_dir("/");
            let ours = std::env::vars_os().map(|(name, _)| name);
            for name in ours.filter(|name| name.to_string_lossy().starts_with("VEZA_")) {
                command.env_remove(name);
            }
        }
        command.envs(&self.env);
        if let Some((uid, gid)) = self.user {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        let (parent, signal) = (getpid(), self.death_signal);
        // SAFETY: between fork and exec only prctl, getppid and _exit are called, which are async-signal-safe. It runs after
        // the change of user, which would clear the death signal.
        unsafe {
            command.pre_exec(move || {
                nix::sys::prctl::set_pdeathsig(signal)?;
                if getppid() != parent {
                    libc::_exit(1);
                }
                Ok(())
            });
        }
        Ok(command)
    }
}

/// A running or ended child. Dropping it leaves the child alone; it ends with us at the latest.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    log: PathBuf,
    stop_signal: Signal,
    death_signal: Signal,
    /// Held while signalling and while reaping, so that no signal reaches a stranger who was given the same id.
    ended: Arc<Mutex<Option<ExitStatus>>>,
    exit: watch::Receiver<Option<ExitStatus>>,
}

impl Process {
    /// Starts it; an error names the program.
    pub fn spawn(launch: &Launch) -> io::Result<Self> {
        let child = launch
            .command()
            .and_then(spawn_from_lasting_thread)
            .map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!("cannot start {}: {error}", launch.program.display()),
                )
            })?;
        let pid = Pid::from_raw(child.id() as i32);
        let ended = Arc::new(Mutex::new(None));
        let (announce, exit) = watch::channel(None);
        std::thread::Builder::new()
            .name(format!("wait-{pid}"))
            .spawn({
                let ended = Arc::clone(&ended);
                move || reap(child, &ended, &announce)
            })?;
        Ok(Self {
            pid,
            log: launch.log.clone(),
            stop_signal: launch.stop_signal,
            death_signal: launch.death_signal,
            ended,
            exit,
        })
    }

    pub fn pid(&self) -> u32 {
        self.pid.as_raw() as u32
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What the kernel sends it when we end.
    pub fn death_signal(&self) -> Signal {
        self.death_signal
    }

    pub fn is_running(&self) -> bool {
        lock(&self.ended).is_none()
    }

    /// Sends a signal, unless it has ended.
    pub fn signal(&self, signal: Signal) {
        let ended = lock(&self.ended);
        if ended.is_none() {
            // It is our unreaped child, so this can only fail for one that just became a zombie.
            let _ = kill(self.pid, signal);
        }
    }

    /// Stops it (SIGSTOP), and returns once all its threads stand still: on a busy machine some go on for a while.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
        let changes = WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while let Err(nix::errno::Errno::EINTR) = waitid(Id::Pid(self.pid), changes) {}
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Asks it to end in good order, and waits as long as that takes.
    pub async fn terminate(&self) -> ExitStatus {
        // A stopped process would not see the request.
        self.signal(self.stop_signal);
        self.resume();
        self.exited().await
    }

    /// Ends it at once, as a crash would, and waits until it is gone.
    pub async fn kill(&self) -> ExitStatus {
        self.signal(Signal::SIGKILL);
        self.exited().await
    }

    /// Waits for its end.
    pub async fn exited(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        let status = exit.wait_for(Option::is_some).await.ok();
        status
            .and_then(|status| *status)
            .unwrap_or(ExitStatus::from_raw(0))
    }
}

/// "ended with code 1" or "was killed by SIGKILL".
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with code {code}"),
        (None, Some(number)) => match Signal::try_from(number) {
            Ok(signal) => format!("was killed by {signal}"),
            Err(_) => format!("was killed by signal {number}"),
        },
        (None, None) => "ended".into(),
    }
}

fn reap(
    mut child: Child,
    ended: &Mutex<Option<ExitStatus>>,
    announce: &watch::Sender<Option<ExitStatus>>,
) {
    let pid = Pid::from_raw(child.id() as i32);
    // Wait without reaping: the id stays taken until the lock is held.
    while let Err(nix::errno::Errno::EINTR) =
        waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)
    {}
    let mut ended = lock(ended);
    let status = child.wait().unwrap_or(ExitStatus::from_raw(0));
    *ended = Some(status);
    announce.send_replace(Some(status));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type SpawnRequest = (Command, mpsc::Sender<io::Result<Child>>);

fn spawn_from_lasting_thread(command: Command) -> io::Result<Child> {
    static SPAWNER: OnceLock<Mutex<mpsc::Sender<SpawnRequest>>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (requests, inbox) = mpsc::channel::<SpawnRequest>();
        std::thread::spawn(move || {
            // Never ends: the static holds a sender for ever.
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        Mutex::new(requests)
    });
    let (reply, answer) = mpsc::channel();
    let gone = || io::Error::other("the spawning thread is gone");
    lock(spawner).send((command, reply)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}
