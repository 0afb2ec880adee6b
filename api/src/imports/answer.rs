//! An import as its listener sees it, and its row of `listening_imports`.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_players::import::{Fault, History, LeftOut, Summary};
use veza_schemas::report::RefusalCode;
use veza_schemas::row::Reason;

use crate::analytics::outcome::{Exclusion, Outcome};
use crate::error::{ApiError, Result};
use crate::text::Line;
use crate::timestamptz::Timestamptz;

/// Most broken files that are named; an archive can hold any number.
const MAX_BROKEN: usize = 100;
/// Longest name and reason of a broken file, in characters.
const MAX_TEXT: usize = 300;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ImportState {
    /// The file is being sent.
    #[default]
    Receiving,
    Reading,
    /// Its hearings are reported; `sent` tells how many.
    Sending,
    /// All are reported; they are judged and stored.
    Counting,
    Done,
    /// Nothing more comes of it; `failure` tells why.
    Failed,
    /// The service ended meanwhile. Send the same file again: what was brought in changes no count.
    Interrupted,
}

/// Why an import failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ImportFailure {
    /// No file of the archive is a listening history that can be read.
    NoHistory,
    /// The archive is damaged, or each of its histories is broken; `broken` names them.
    Damaged,
    /// It unpacks to more than is taken.
    TooLarge,
    /// Something behind the API did not answer for minutes. Send the same file again.
    Unavailable,
    Internal,
}

/// A listening history that is or was brought in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListeningImport {
    pub id: Uuid,
    pub file_name: String,
    pub state: ImportState,
    pub begun_at: Timestamptz,
    /// Null: not yet.
    #[schema(required)]
    pub ended_at: Option<Timestamptz>,
    /// Hearings in the file; null: not read yet.
    #[schema(required)]
    pub hearings: Option<i64>,
    /// How many of them are reported.
    pub sent: i64,
    /// What it came to; null: it is not done.
    #[schema(required)]
    pub summary: Option<ImportSummary>,
    /// Files that could not be read, 100 at most; nothing of them is brought in, and all others are.
    pub broken: Vec<BrokenFile>,
    /// Null: it has not failed.
    #[schema(required)]
    pub failure: Option<ImportFailure>,
}

/// What an import came to. `hearings` = `counted` + `duplicate` + `excluded` + `rejected` + `waiting`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportSummary {
    /// Files that were read.
    pub files: u64,
    /// Different tracks among the hearings.
    pub tracks: u64,
    /// Hearings that count as plays.
    pub counted: u64,
    /// Hearings that had been brought in before.
    pub duplicate: u64,
    /// Hearings that are stored and don't count, by reason.
    pub excluded: Vec<ExcludedHearings>,
    /// Hearings that were refused, by code.
    pub rejected: Vec<RejectedHearings>,
    /// Hearings that were taken and are not stored yet. Nothing is lost.
    pub waiting: u64,
    pub left_out: LeftOutEntries,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExcludedHearings {
    pub reason: Exclusion,
    pub hearings: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RejectedHearings {
    pub code: RefusalCode,
    pub hearings: u64,
}

/// Entries of the files that are no hearings of music.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LeftOutEntries {
    pub podcasts: u64,
    pub audiobooks: u64,
    /// Without artist or title.
    pub untitled: u64,
}

/// A file that is not what its name or beginning promised.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BrokenFile {
    pub file: String,
    /// From 1.
    pub line: u64,
    /// What is wrong there, in English.
    pub reason: String,
}

impl ImportSummary {
    pub fn of(summary: &Summary, files: u64, left_out: LeftOut) -> Self {
        let waiting = summary.waiting();
        let of = |outcome: &str| summary.outcomes.0.get(outcome).copied().unwrap_or_default();
        let reasons = Reason::ALL.into_iter().filter_map(|reason| {
            let (_, exclusion) = Outcome::of(reason);
            Some((exclusion?, of(reason.as_str())))
        });
        let mut excluded: Vec<_> = reasons
            .filter(|(_, hearings)| *hearings > 0)
            .map(|(reason, hearings)| ExcludedHearings { reason, hearings })
            .collect();
        excluded.sort_by_key(|by| std::cmp::Reverse(by.hearings));
        let mut rejected: Vec<_> = summary
            .rejected
            .iter()
            .map(|(&code, &hearings)| RejectedHearings { code, hearings })
            .collect();
        rejected.sort_by_key(|by| std::cmp::Reverse(by.hearings));
        Self {
            files,
            tracks: summary.tracks,
            counted: summary.outcomes.counted(),
            duplicate: of(Reason::Duplicate.as_str()),
            excluded,
            rejected,
            waiting,
            left_out: LeftOutEntries {
                podcasts: left_out.podcasts,
                audiobooks: left_out.audiobooks,
                untitled: left_out.untitled,
            },
        }
    }
}

impl BrokenFile {
    /// Those of a history, as many as are named.
    pub fn of(history: &History) -> Vec<Self> {
        let named = history.broken.iter().take(MAX_BROKEN);
        named
            .map(|(file, Fault { line, reason })| Self {
                file: cut(file),
                line: *line,
                reason: cut(reason),
            })
            .collect()
    }
}

/// Postgres takes no NUL in JSON.
fn cut(text: &str) -> String {
    text.chars()
        .filter(|character| *character != '\0')
        .take(MAX_TEXT)
        .collect()
}

/// How far one under way is, as its process tells it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    pub state: ImportState,
    pub hearings: Option<u64>,
    pub sent: u64,
}

/// What becomes of one in the end.
#[derive(Debug)]
pub enum Ending {
    Done(ImportSummary),
    Failed(ImportFailure),
    Interrupted,
}

/// Writes down that an import begins. 409 while another one of the same listener is under way.
pub async fn begin(db: &PgPool, user_id: Uuid, file_name: &Line<255>) -> Result<Uuid> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "UPDATE listening_imports SET state = 'interrupted', ended_at = seen_at
         WHERE user_id = $1 AND ended_at IS NULL AND listening_import_state(state, ended_at, seen_at) = 'interrupted'",
        user_id
    )
    .execute(&mut *tx)
    .await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO listening_imports (user_id, file_name) SELECT id, $2 FROM users WHERE id = $1 RETURNING id",
        user_id,
        file_name.as_str()
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::unauthenticated("the token's account is gone"))?;
    tx.commit().await?;
    Ok(id)
}

/// A sign of life of the process that brings it in.
///
/// # Returns
/// False if it is over: it was taken for interrupted.
pub async fn tell(db: &PgPool, id: Uuid, progress: Progress) -> Result<bool> {
    let told = sqlx::query!(
        "UPDATE listening_imports SET seen_at = now(), state = $2, hearings = $3, sent = $4 WHERE id = $1 AND ended_at IS NULL",
        id,
        progress.state as ImportState,
        progress.hearings.map(|hearings| hearings as i64),
        progress.sent as i64
    )
    .execute(db)
    .await?;
    Ok(told.rows_affected() == 1)
}

/// Writes down what became of it, unless it is over already.
pub async fn end(
    db: &PgPool,
    id: Uuid,
    progress: Progress,
    ending: &Ending,
    broken: &[BrokenFile],
) -> Result<()> {
    let (state, summary, failure) = match ending {
        Ending::Done(summary) => (ImportState::Done, Some(Json(summary)), None),
        Ending::Failed(failure) => (ImportState::Failed, None, Some(*failure)),
        Ending::Interrupted => (ImportState::Interrupted, None, None),
    };
    sqlx::query!(
        "UPDATE listening_imports
         SET seen_at = now(), ended_at = now(), state = $2, hearings = $3, sent = $4, summary = $5, failure = $6, broken = $7
         WHERE id = $1 AND ended_at IS NULL",
        id,
        state as ImportState,
        progress.hearings.map(|hearings| hearings as i64),
        progress.sent as i64,
        summary as Option<Json<&ImportSummary>>,
        failure as Option<ImportFailure>,
        Json(broken) as Json<&[BrokenFile]>
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It has never been: its file did not arrive, or is no history.
pub async fn forget(db: &PgPool, id: Uuid) -> Result<()> {
    sqlx::query!("DELETE FROM listening_imports WHERE id = $1", id)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets a listener's imports that are over: their files' names, and how much was heard.
pub async fn forget_ended(db: &PgPool, user_id: Uuid) -> Result<()> {
    sqlx::query!(
        "DELETE FROM listening_imports WHERE user_id = $1 AND ended_at IS NOT NULL",
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A listener's imports, the latest first: only this one, or those before one.
pub async fn imports(
    db: &PgPool,
    user_id: Uuid,
    only: Option<Uuid>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ListeningImport>> {
    struct Row {
        id: Uuid,
        file_name: String,
        state: ImportState,
        begun_at: Timestamptz,
        ended_at: Option<Timestamptz>,
        hearings: Option<i64>,
        sent: i64,
        summary: Option<Json<ImportSummary>>,
        broken: Json<Vec<BrokenFile>>,
        failure: Option<ImportFailure>,
    }
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, file_name, listening_import_state(state, ended_at, seen_at) AS "state!: ImportState",
                  begun_at AS "begun_at: Timestamptz", ended_at AS "ended_at: Timestamptz", hearings, sent,
                  summary AS "summary: Json<ImportSummary>", broken AS "broken: Json<Vec<BrokenFile>>",
                  failure AS "failure: ImportFailure"
           FROM listening_imports
           WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id < $3)
           ORDER BY id DESC LIMIT $4"#,
        user_id,
        only,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    let imports = rows.into_iter().map(|row| ListeningImport {
        id: row.id,
        file_name: row.file_name,
        state: row.state,
        begun_at: row.begun_at,
        ended_at: row.ended_at,
        hearings: row.hearings,
        sent: row.sent,
        summary: row.summary.map(|Json(summary)| summary),
        broken: row.broken.0,
        failure: row.failure,
    });
    Ok(imports.collect())
}
