//! One request's statement, on a thread of its own: the engine blocks while it works.

use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use super::access;
use super::body::{Body, Incoming};
use super::engine::{Connection, Effect, Parameters, Progress};
use super::error::{Failure, code};
use super::front::Front;
use super::lexer::Lexer;
use super::session::SessionWishes;
use super::statement::{self, InsertHead, RowQuery, Split};

/// The engine reads its own limit of a statement's length, `max_query_size`; this one bounds what the front keeps.
const LONGEST_STATEMENT: usize = 16 * 1024 * 1024;
/// The most that may come before an insert's data begins.
const LONGEST_INSERT_HEAD: usize = 1024 * 1024;
/// Bytes that are handed to the engine at once.
const PIECE: usize = 256 * 1024;
/// Of the pipe that rows come through: larger than the kernel's 64 KiB, so that the engine waits less.
const PIPE: i32 = 1024 * 1024;
/// The engine's parser is recursive.
const STACK: usize = 8 * 1024 * 1024;

/// What to run, for whom.
pub struct Job {
    pub wishes: SessionWishes,
    pub is_get: bool,
    /// From the URL or a form; the body continues it
    pub query: Vec<u8>,
    pub body: Option<Incoming>,
    pub default_format: String,
    pub parameters: Parameters,
}

/// A statement that ended well, or rows that begin to come.
pub enum Reply {
    Done {
        rows: Vec<u8>,
        format: String,
        progress: Progress,
    },
    Rows {
        format: String,
        pipe: PipeReader,
        /// Known before the pipe ends
        end: oneshot::Receiver<Result<Progress, Failure>>,
    },
}

/// How far a job is, for whoever wants to stop it.
#[derive(Default)]
pub struct State {
    /// The engine runs a statement that may be killed; an insert ends by itself when its body does.
    pub killable: AtomicBool,
    pub ended: AtomicBool,
}

type ReplySender = oneshot::Sender<Result<Reply, Failure>>;

/// Starts the job. The reply comes once there is something to answer.
pub fn start(
    front: Arc<Front>,
    job: Job,
    state: Arc<State>,
) -> Result<oneshot::Receiver<Result<Reply, Failure>>, Failure> {
    let (sender, receiver) = oneshot::channel();
    let ended = EndedOnDrop(state);
    std::thread::Builder::new()
        .name("statement".into())
        .stack_size(STACK)
        .spawn(move || {
            run(&front, job, &ended.0, sender);
        })
        .map_err(|error| {
            Failure::new(
                code::CANNOT_SCHEDULE_TASK,
                "CANNOT_SCHEDULE_TASK",
                format_args!("no thread for the query: {error}"),
            )
        })?;
    Ok(receiver)
}

/// Also where the thread panics: nobody may wait for it for ever.
struct EndedOnDrop(Arc<State>);

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

fn run(front: &Front, mut job: Job, state: &State, reply: ReplySender) {
    let mut body = job.body.take().map(Incoming::unpack);
    // Whoever waited may be gone; then nobody needs the outcome.
    let prepared = read_statement(&job.query, body.as_mut())
        .and_then(|work| Ok((work, front.session(&job.wishes)?)));
    match prepared {
        Err(failure) => {
            reply.send(Err(failure)).ok();
        }
        Ok((Work::Insert { head, data }, mut session)) => {
            let outcome = insert(&mut session, &job, &head, data, body);
            reply.send(outcome).ok();
        }
        Ok((Work::Statement(text), mut session)) => {
            state.killable.store(true, Ordering::Release);
            execute(&mut session, &job, &text, reply);
        }
    }
}

enum Work {
    Insert { head: InsertHead, data: Vec<u8> },
    Statement(Vec<u8>),
}

/// The statement of the URL, continued by the body as far as it reaches.
fn read_statement(query: &[u8], mut body: Option<&mut Body>) -> Result<Work, Failure> {
    let mut text = query.to_vec();
    if !text.is_empty() && body.is_some() {
        text.push(b'\n');
        if let Split::InsertData(head) = statement::split(&text)? {
            let data = text.split_off(head.data_at.min(text.len()));
            return Ok(Work::Insert { head, data });
        }
    }
    loop {
        let more = match body.as_deref_mut() {
            Some(body) => read_more(body, &mut text)?,
            None => false,
        };
        match statement::split(&text)? {
            // More of the format's name, or of the line end behind it, may follow.
            Split::InsertData(head) if head.data_at < text.len() || !more => {
                let data = text.split_off(head.data_at);
                return Ok(Work::Insert { head, data });
            }
            Split::Statement | Split::Incomplete if !more => return Ok(Work::Statement(text)),
            Split::Statement if text.len() < LONGEST_STATEMENT => {}
            Split::Incomplete | Split::InsertData(_) if text.len() < LONGEST_INSERT_HEAD => {}
            _ => {
                return Err(Failure::new(
                    code::SYNTAX_ERROR,
                    "SYNTAX_ERROR",
                    "Max query size exceeded",
                ));
            }
        }
    }
}

/// Appends the next piece of the body; false if there was none.
fn read_more(body: &mut Body, text: &mut Vec<u8>) -> Result<bool, Failure> {
    let length = text.len();
    text.resize(length + PIECE / 4, 0);
    let filled = body.fill(&mut text[length..]).map_err(unreadable)?;
    text.truncate(length + filled);
    Ok(filled > 0)
}

fn unreadable(error: std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::InvalidData => Failure::new(
            code::CANNOT_DECOMPRESS,
            "CANNOT_DECOMPRESS",
            format_args!("Cannot decompress the request's body: {error}"),
        ),
        _ => Failure::new(
            code::CANNOT_READ_ALL_DATA,
            "CANNOT_READ_ALL_DATA",
            format_args!("Cannot read all of the request's body: {error}"),
        ),
    }
}

/// Stores the rows of `data` and the body behind it. Nothing is confirmed to the engine before the whole body has come.
fn insert(
    session: &mut Connection,
    job: &Job,
    head: &InsertHead,
    data: Vec<u8>,
    body: Option<Body>,
) -> Result<Reply, Failure> {
    let whole = [&head.statement[..], b" FORMAT ", head.format.as_bytes()].concat();
    let effect = session.effect(&whole);
    if effect == Effect::Unclear {
        return Err(syntax_error(session, &whole));
    }
    access::check(job.wishes.user, job.is_get, effect, &whole)?;
    let mut insert = session.insert(&head.statement, &head.format, &job.parameters)?;
    // ArrowStream says its end itself, and if anything follows, the engine stores the rows at once. So the last bytes wait
    // here until the body is known to be whole.
    let mut held = data;
    let mut takes_more = true;
    if let Some(mut body) = body {
        let mut piece = vec![0; PIECE];
        loop {
            let filled = body.fill(&mut piece).map_err(unreadable)?;
            if filled == 0 {
                break;
            }
            takes_more = takes_more && (held.is_empty() || insert.append(&held));
            held.clear();
            held.extend_from_slice(&piece[..filled]);
        }
    }
    if takes_more && !held.is_empty() {
        insert.append(&held);
    }
    // Says so if the engine took less than all.
    let progress = insert.finish()?;
    Ok(Reply::Done {
        rows: Vec::new(),
        format: head.format.clone(),
        progress,
    })
}

fn execute(session: &mut Connection, job: &Job, text: &[u8], reply: ReplySender) {
    if let Err(failure) = admit(session, job, text) {
        reply.send(Err(failure)).ok();
        return;
    }
    let query = RowQuery::parse(text);
    let format = query.as_ref().and_then(|query| query.format.clone());
    let format = format.unwrap_or_else(|| job.default_format.clone());
    let Some(query) = query else {
        let answer = session
            .query(text, &format, &job.parameters)
            .map(|answer| Reply::Done {
                rows: answer.rows().to_vec(),
                format,
                progress: answer.progress(),
            });
        reply.send(answer).ok();
        return;
    };
    let (reader, writer) = match pipe() {
        Ok(ends) => ends,
        Err(error) => {
            let failure = Failure::engine(&format!("no pipe for the rows: {error}"));
            reply.send(Err(failure)).ok();
            return;
        }
    };
    let (end, ended) = oneshot::channel();
    let rows = Reply::Rows {
        format: format.clone(),
        pipe: reader,
        end: ended,
    };
    if reply.send(Ok(rows)).is_err() {
        return;
    }
    let path = format!("/dev/fd/{}", writer.as_raw_fd());
    let outcome = session
        .query(&query.to_file(&path, &format), &format, &job.parameters)
        .map(|answer| answer.progress());
    // Gone is gone, as above. The pipe ends after this, with `writer`.
    end.send(outcome).ok();
}

/// Refuses what does not parse, writes files, or is not for this user.
fn admit(session: &mut Connection, job: &Job, text: &[u8]) -> Result<(), Failure> {
    let effect = session.effect(text);
    if effect == Effect::Unclear {
        return Err(syntax_error(session, text));
    }
    let tokens: Vec<_> = Lexer::new(text).collect();
    let writes_file = |pair: &[super::lexer::Token]| {
        pair[0].depth == 0 && pair[0].is(text, "INTO") && pair[1].is(text, "OUTFILE")
    };
    if tokens.windows(2).any(writes_file) {
        return Err(Failure::new(
            code::INTO_OUTFILE_NOT_ALLOWED,
            "INTO_OUTFILE_NOT_ALLOWED",
            "INTO OUTFILE is not allowed",
        ));
    }
    access::check(job.wishes.user, job.is_get, effect, text)
}

/// The parser's words about a text that is not one statement. An insert is parsed before it is looked at.
fn syntax_error(session: &mut Connection, text: &[u8]) -> Failure {
    match session.insert(text, "", &Parameters::new()) {
        Err(failure) if failure.code == code::SYNTAX_ERROR => failure,
        _ => Failure::new(
            code::SYNTAX_ERROR,
            "SYNTAX_ERROR",
            "this is not one statement that the warehouse knows",
        ),
    }
}

fn pipe() -> std::io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = std::io::pipe()?;
    // Smaller is slower, not wrong.
    nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_SETPIPE_SZ(PIPE)).ok();
    Ok((reader, writer))
}
