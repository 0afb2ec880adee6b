//! From a request's body to plays, in a task that outlives its request.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use sqlx::PgPool;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use uuid::Uuid;
use veza_players::client::{Ingest, patiently};
use veza_players::import::{self, Export, History, ImportError, Limits, Listener, Ownership};
use veza_schemas::problem::{Code, Problem};

use super::answer::{
    self, BrokenFile, Ending, ImportFailure, ImportState, ImportSummary, Progress,
};
use super::destination::OwnInstallation;
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract;
use crate::limits::MAX_HISTORY_BYTES;
use crate::state::AppState;
use crate::text::Line;

/// Imports of this process at once: each holds a file, and its hearings in memory.
const AT_ONCE: usize = 4;
/// When to try again, once there are as many.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// Between two signs of life; the database takes one that has been silent for 30 s for interrupted.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// What an upload may unpack to.
const LIMITS: Limits = Limits {
    file_bytes: 256 << 20,
    archive_bytes: 1 << 30,
};

/// The imports of this process.
#[derive(Clone)]
pub struct Imports {
    ingest: Ingest,
    places: Arc<Semaphore>,
    running: TaskTracker,
    stop: CancellationToken,
}

impl Imports {
    /// `ingest` is the root of the service as this process reaches it.
    pub fn new(ingest: &Url) -> anyhow::Result<Self> {
        Ok(Self {
            ingest: Ingest::new(ingest).context("the client of ingest")?,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            running: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Ends those that are under way; they are interrupted.
    pub async fn end(&self) {
        self.stop.cancel();
        self.running.close();
        self.running.wait().await;
    }

    /// Begins to bring a history in.
    ///
    /// # Returns
    /// Its id, once the file is here and known to be a history; the rest is done in the background.
    pub async fn begin(
        &self,
        state: AppState,
        listener: Caller,
        file_name: Line<255>,
        body: Body,
    ) -> Result<Uuid> {
        let place = self.place()?;
        let id = answer::begin(&state.db, listener.user_id, &file_name).await?;
        let (progress, _) = watch::channel(Progress::default());
        let import = Import {
            id,
            db: state.db.clone(),
            progress,
            stop: self.stop.clone(),
            destination: OwnInstallation {
                db: state.db,
                warehouse: state.warehouse,
                listener_key: state.listener_key,
                signer: state.signer,
                ingest: self.ingest.clone(),
                listener,
            },
            _place: place,
        };
        let (arrived, arrival) = oneshot::channel();
        // Its own task: whoever sent the file may be gone before it is brought in.
        self.running
            .spawn(async move { import.run(file_name.as_str(), body, arrived).await });
        let arrival = arrival.await.map_err(|_| {
            let detail = "the service is about to end; send the file again in a moment";
            ApiError::new(Code::Unavailable, detail)
        })?;
        arrival.map(|()| id)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().map_err(|_| {
            let detail = format!(
                "{AT_ONCE} listening histories are being brought in; try again in half a minute"
            );
            ApiError::too_many_requests(detail, RETRY_AFTER)
        })
    }
}

/// One under way.
struct Import {
    id: Uuid,
    db: PgPool,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
    destination: OwnInstallation,
    _place: OwnedSemaphorePermit,
}

impl Import {
    async fn run(self, file_name: &str, body: Body, arrived: oneshot::Sender<Result<()>>) {
        let export = match self.told(receive(file_name, body)).await {
            None => return self.end(Ending::Interrupted, &[]).await,
            Some(Ok(export)) => export,
            Some(Err(error)) => {
                if let Err(error) = answer::forget(&self.db, self.id).await {
                    tracing::warn!(%error, import = %self.id, "could not forget an import that has never begun");
                }
                let _ = arrived.send(Err(error));
                return;
            }
        };
        let _ = arrived.send(Ok(()));
        match self.told(self.bring_in(export)).await {
            None => self.end(Ending::Interrupted, &[]).await,
            Some((ending, broken)) => self.end(ending, &broken).await,
        }
    }

    /// `work`'s result, while signs of life are given. None if it was cut off: the service ends, or others have taken it for
    /// interrupted.
    async fn told<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.stop.cancelled() => None,
            () = self.keep_telling() => None,
        }
    }

    async fn keep_telling(&self) {
        loop {
            let progress = *self.progress.borrow();
            match answer::tell(&self.db, self.id, progress).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, import = %self.id, "could not tell how far an import is");
                }
            }
            tokio::time::sleep(SIGN_OF_LIFE).await;
        }
    }

    async fn end(&self, ending: Ending, broken: &[BrokenFile]) {
        let progress = *self.progress.borrow();
        let attempt = || answer::end(&self.db, self.id, progress, &ending, broken);
        if let Err(error) = patiently(attempt, ApiError::is_outage).await {
            tracing::error!(%error, import = %self.id, "could not write down what became of an import");
        }
    }

    async fn bring_in(&self, export: Export) -> (Ending, Vec<BrokenFile>) {
        self.progress
            .send_modify(|progress| progress.state = ImportState::Reading);
        let read = tokio::task::spawn_blocking(move || import::read_export(export, LIMITS)).await;
        let history = match read {
            Ok(Ok(history)) => history,
            Ok(Err(error)) => return (Ending::Failed(failure_of_file(&error)), Vec::new()),
            Err(error) => {
                tracing::error!(%error, import = %self.id, "reading a history failed");
                return (Ending::Failed(ImportFailure::Internal), Vec::new());
            }
        };
        let broken = BrokenFile::of(&history);
        if history.files == 0 {
            return (Ending::Failed(ImportFailure::Damaged), broken);
        }
        let ending = match self.send(&history).await {
            Ok(summary) => Ending::Done(summary),
            Err(error) => {
                tracing::error!(%error, import = %self.id, "an import failed");
                let outage = error.is_outage();
                Ending::Failed(match outage {
                    true => ImportFailure::Unavailable,
                    false => ImportFailure::Internal,
                })
            }
        };
        (ending, broken)
    }

    async fn send(&self, history: &History) -> Result<ImportSummary> {
        let hearings = history.hearings.len() as u64;
        self.progress.send_modify(|progress| {
            progress.state = ImportState::Sending;
            progress.hearings = Some(hearings);
        });
        let ownership = Ownership {
            creator: None,
            listener: Listener::Account {
                subject: self.destination.listener.user_id,
            },
        };
        let on_sent = |sent| {
            self.progress.send_modify(|progress| {
                progress.sent = sent;
                if sent == hearings {
                    progress.state = ImportState::Counting;
                }
            });
        };
        let summary =
            import::send(&self.destination, &ownership, &history.hearings, on_sent).await?;
        Ok(ImportSummary::of(&summary, history.files, history.left_out))
    }
}

/// The whole file, if it is or holds a history.
async fn receive(file_name: &str, body: Body) -> Result<Export> {
    let file = nameless_file().context("no file for an upload")?;
    let mut file = tokio::fs::File::from_std(file);
    extract::copy(body, MAX_HISTORY_BYTES, &mut file).await?;
    file.flush().await.context("an upload's file")?;
    let mut file = file.into_std().await;
    let name = file_name.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        file.rewind().map_err(|source| ImportError::Unreadable {
            name: name.clone(),
            source,
        })?;
        Export::of_upload(name, file)
    });
    let opened = opened.await.context("an upload's file")?;
    opened.map_err(refused)
}

/// In the system's folder for temporary files, where nobody finds it.
fn nameless_file() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("veza-import-{}", Uuid::new_v4()));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn refused(error: ImportError) -> ApiError {
    let problem = match failure_of_file(&error) {
        ImportFailure::Damaged => Problem::new(
            Code::DamagedArchive,
            format!("{error}; download it again, and send it as it is"),
        ),
        ImportFailure::TooLarge => return ApiError::new(Code::TooLarge, error.to_string()),
        _ => Problem::new(Code::NoHistory, error.to_string()),
    };
    problem.at("file").into()
}

fn failure_of_file(error: &ImportError) -> ImportFailure {
    match error {
        ImportError::Unreadable { .. } => ImportFailure::Damaged,
        ImportError::NoHistory { .. } | ImportError::NothingFound { .. } => {
            ImportFailure::NoHistory
        }
        ImportError::TooLarge { .. } | ImportError::TooMany { .. } => ImportFailure::TooLarge,
    }
}
