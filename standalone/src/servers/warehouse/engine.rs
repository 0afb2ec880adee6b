//! A safe face of libchdb: connections, statements, streamed inserts. All unsafe code of the warehouse is here and in
//! [`super::library`].

use std::ffi::{CStr, CString, c_char};
use std::marker::PhantomData;
use std::path::Path;
use std::ptr;

use anyhow::Context;

use super::error::Failure;
use super::library::{
    ConnectionSlot, InsertHandle, Library, QueryAnalysis, ResultHandle, SUCCESS, WithParameters,
};

/// The engine on one directory. It starts with the first connection and stops with the last, so one is kept open; a
/// process can hold only one, and a directory can be held by only one process.
pub struct Engine {
    library: &'static Library,
    path: String,
}

/// What a statement does, as the engine's parser reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Reads,
    /// Changes rows, tables or databases.
    Writes,
    /// Concerns the session, the server, users, or files: `SET`, `SYSTEM`, `KILL`, `GRANT`, `INTO OUTFILE`.
    Controls,
    /// Does not parse, or is several statements.
    Unclear,
}

/// Named values for the `{name:Type}` places of a statement.
pub type Parameters = Vec<(String, String)>;

/// Rows and bytes that a statement went through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    pub result_rows: u64,
    pub result_bytes: u64,
    pub read_rows: u64,
    pub read_bytes: u64,
    pub written_rows: u64,
    pub written_bytes: u64,
}

impl Engine {
    /// Loads the engine; `directory` is opened by the first [`connect`](Self::connect).
    pub fn load(library: &Path, directory: &Path) -> anyhow::Result<Self> {
        let library = Library::load(library)?;
        // SAFETY: called before the first connection, as chdb.h asks. The engine's handlers would replace ours.
        unsafe { (library.set_signal_handlers_enabled)(0) };
        let directory = directory
            .to_str()
            .with_context(|| format!("{} is not UTF-8", directory.display()))?;
        Ok(Self {
            library,
            path: format!("--path={directory}"),
        })
    }

    /// Opens a session. `arguments` are `--name=value`: settings of this session, set without any check, and for the
    /// first connection also options of the engine.
    pub fn connect(&self, arguments: &[String]) -> Result<Connection, Failure> {
        let all = ["chdb", &self.path];
        let all = all.into_iter().chain(arguments.iter().map(String::as_str));
        let all: Vec<CString> = all
            .map(CString::new)
            .collect::<Result<_, _>>()
            .map_err(|_| Failure::bad_arguments("a setting contains a zero byte"))?;
        let mut pointers: Vec<*mut c_char> = all.iter().map(|a| a.as_ptr().cast_mut()).collect();
        let count = i32::try_from(pointers.len())
            .map_err(|_| Failure::bad_arguments("too many settings"))?;
        // SAFETY: `count` pointers to texts that end in zero, alive during the call, which copies them.
        let slot = unsafe { (self.library.connect)(count, pointers.as_mut_ptr()) };
        if slot.is_null() {
            return Err(Failure::engine(
                "the ClickHouse engine refused a connection",
            ));
        }
        Ok(Connection {
            library: self.library,
            slot,
        })
    }
}

/// A session of its own: settings, roles and the current database end with it.
pub struct Connection {
    library: &'static Library,
    slot: ConnectionSlot,
}

// SAFETY: the engine locks a connection around each call and does not tie it to the thread that opened it.
unsafe impl Send for Connection {}

impl Connection {
    /// Asks the engine's parser what `text` would do. Runs nothing.
    pub fn effect(&mut self, text: &[u8]) -> Effect {
        let mut analysis = QueryAnalysis {
            struct_size: size_of::<QueryAnalysis>() as u32,
            statement_count: 0,
            flags: 0,
            query_class: 4,
        };
        // SAFETY: the handle is open, `text` has the length given, a null database means none, `analysis` has its size.
        let state = unsafe {
            (self.library.classify)(
                *self.slot,
                text.as_ptr().cast(),
                text.len(),
                ptr::null(),
                0,
                &raw mut analysis,
            )
        };
        if state != SUCCESS || analysis.statement_count != 1 {
            return Effect::Unclear;
        }
        match analysis.query_class {
            0 => Effect::Reads,
            1 => Effect::Writes,
            2 | 3 => Effect::Controls,
            _ => Effect::Unclear,
        }
    }

    /// Runs one statement and waits for its end. Rows come in `format` unless the text names another.
    pub fn query(
        &mut self,
        text: &[u8],
        format: &str,
        parameters: &Parameters,
    ) -> Result<Answer<'_>, Failure> {
        // SAFETY: as `call` asks: `query` of chdb.h.
        let handle = unsafe { self.call(self.library.query, text, format, parameters) };
        Answer::new(self.library, handle)
    }

    /// Begins an insert of rows in `format`. `text` is the statement without `FORMAT` and data.
    pub fn insert(
        &mut self,
        text: &[u8],
        format: &str,
        parameters: &Parameters,
    ) -> Result<Insert<'_>, Failure> {
        // SAFETY: as `call` asks: `stream_insert` of chdb.h, which never returns null.
        let handle = unsafe { self.call(self.library.insert, text, format, parameters) };
        let insert = Insert {
            library: self.library,
            handle,
            connection: PhantomData,
        };
        // SAFETY: the handle is alive; the text, if any, ends in zero and lives as long as the handle.
        match unsafe { message((self.library.insert_error)(handle)) } {
            Some(error) => Err(Failure::engine(&error)),
            None => Ok(insert),
        }
    }

    /// # Safety
    /// `function` must be one of the library's that take a statement, a format and bound parameters.
    unsafe fn call<H>(
        &self,
        function: WithParameters<H>,
        text: &[u8],
        format: &str,
        parameters: &Parameters,
    ) -> H {
        let names: Vec<_> = parameters
            .iter()
            .map(|(n, _)| n.as_ptr().cast::<c_char>())
            .collect();
        let name_lengths: Vec<_> = parameters.iter().map(|(n, _)| n.len()).collect();
        let values: Vec<_> = parameters
            .iter()
            .map(|(_, v)| v.as_ptr().cast::<c_char>())
            .collect();
        let value_lengths: Vec<_> = parameters.iter().map(|(_, v)| v.len()).collect();
        // SAFETY: the handle is open, `&mut` in the callers keeps other statements away, all texts have their lengths and
        // live during the call, which copies them.
        unsafe {
            function(
                *self.slot,
                text.as_ptr().cast(),
                text.len(),
                format.as_ptr().cast(),
                format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                parameters.len(),
            )
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: open until now; results and inserts borrow the connection, so none is left.
        unsafe { (self.library.close)(self.slot) };
    }
}

/// The rows of a statement that ended well.
pub struct Answer<'c> {
    library: &'static Library,
    handle: ResultHandle,
    connection: PhantomData<&'c mut Connection>,
}

impl Answer<'_> {
    fn new(library: &'static Library, handle: ResultHandle) -> Result<Self, Failure> {
        if handle.is_null() {
            return Err(Failure::engine("the ClickHouse engine gave no result"));
        }
        let answer = Self {
            library,
            handle,
            connection: PhantomData,
        };
        // SAFETY: the handle is alive; the text, if any, ends in zero and lives as long as the handle.
        match unsafe { message((library.result_error)(handle)) } {
            Some(error) => Err(Failure::engine(&error)),
            None => Ok(answer),
        }
    }

    pub fn rows(&self) -> &[u8] {
        // SAFETY: the handle is alive; buffer and length belong together and stay until it is destroyed.
        unsafe {
            let buffer = (self.library.result_buffer)(self.handle);
            if buffer.is_null() {
                return &[];
            }
            std::slice::from_raw_parts(buffer.cast(), (self.library.result_length)(self.handle))
        }
    }

    pub fn progress(&self) -> Progress {
        let library = self.library;
        // SAFETY: the handle is alive.
        unsafe {
            Progress {
                result_rows: (library.result_rows_read)(self.handle),
                result_bytes: (library.result_bytes_read)(self.handle),
                read_rows: (library.result_storage_rows_read)(self.handle),
                read_bytes: (library.result_storage_bytes_read)(self.handle),
                written_rows: (library.result_rows_written)(self.handle),
                written_bytes: (library.result_bytes_written)(self.handle),
            }
        }
    }
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        // SAFETY: alive until now, destroyed once.
        unsafe { (self.library.result_destroy)(self.handle) };
    }
}

/// An insert whose data is still coming. Dropping it stores nothing of what the engine has not written as a block yet.
pub struct Insert<'c> {
    library: &'static Library,
    handle: InsertHandle,
    connection: PhantomData<&'c mut Connection>,
}

impl Insert<'_> {
    /// Hands over bytes, perhaps none; waits while the engine is behind. False: the engine takes no more; [`finish`](Self::finish)
    /// says why.
    pub fn append(&mut self, data: &[u8]) -> bool {
        // SAFETY: the handle is alive; the engine copies `data`.
        unsafe {
            (self.library.insert_append)(self.handle, data.as_ptr().cast(), data.len()) == SUCCESS
        }
    }

    /// Says that the data is complete, and waits until the rows are stored.
    pub fn finish(self) -> Result<Progress, Failure> {
        // SAFETY: the handle is alive, and not finished before since this takes `self`.
        let handle = unsafe { (self.library.insert_done)(self.handle) };
        Ok(Answer::new(self.library, handle)?.progress())
    }
}

impl Drop for Insert<'_> {
    fn drop(&mut self) {
        // An insert whose format said its end before the body did, or that failed, is over for the engine, and cancelling
        // it then ends the process. Handing over nothing asks whether it is.
        if !self.append(&[]) {
            // SAFETY: the handle is alive; nothing is left to store, so this only collects the outcome, or again says that
            // it was collected.
            unsafe {
                (self.library.result_destroy)((self.library.insert_done)(self.handle));
            }
        }
        // SAFETY: alive until now, destroyed once; cancels what goes on.
        unsafe { (self.library.insert_destroy)(self.handle) };
    }
}

/// # Safety
/// `text` must be null or end in zero.
unsafe fn message(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for it.
    Some(
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned(),
    )
}

/// Ends the process at once. The engine's threads still run, and its global destructors have crashed under them.
pub fn leave() -> ! {
    // SAFETY: runs no code of this process.
    unsafe { libc::_exit(0) }
}
