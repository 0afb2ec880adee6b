//! The C interface of libchdb, found in the library at run time. Declarations only: [`super::engine`] makes them safe.

use std::ffi::{c_char, c_int, c_void};
use std::path::Path;

use anyhow::Context;
use libloading::os::unix::{Library as SharedObject, Symbol};

/// One session with the engine; it runs one statement at a time.
pub type ConnectionHandle = *mut c_void;
/// What `chdb_connect` returns and `chdb_close_conn` takes: where the connection's handle is stored.
pub type ConnectionSlot = *mut ConnectionHandle;
pub type ResultHandle = *mut c_void;
pub type InsertHandle = *mut c_void;

/// `chdb_state`: success.
pub const SUCCESS: c_int = 0;

/// `chdb_query_analysis_v1`: what a text would do, as the engine's own parser reads it.
#[repr(C)]
pub struct QueryAnalysis {
    pub struct_size: u32,
    /// Statements in the text; 0 if it does not parse.
    pub statement_count: u32,
    pub flags: u32,
    /// `chdb_query_class`: 0 reads, 1 and 2 change data or definitions, 3 controls session or server, 4 does not parse.
    pub query_class: u32,
}

/// Text, its length, the format's name, its length, then names and values of bound parameters, each with their lengths.
pub type WithParameters<H> = unsafe extern "C" fn(
    ConnectionHandle,
    *const c_char,
    usize,
    *const c_char,
    usize,
    *const *const c_char,
    *const usize,
    *const *const c_char,
    *const usize,
    usize,
) -> H;

/// The functions that the front uses. They stay valid for ever: the library is never unloaded, because threads of the
/// engine may still run its code while the process ends.
pub struct Library {
    pub set_signal_handlers_enabled: unsafe extern "C" fn(c_int),
    pub connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> ConnectionSlot,
    pub close: unsafe extern "C" fn(ConnectionSlot),
    pub classify: unsafe extern "C" fn(
        ConnectionHandle,
        *const c_char,
        usize,
        *const c_char,
        usize,
        *mut QueryAnalysis,
    ) -> c_int,
    pub query: WithParameters<ResultHandle>,
    pub insert: WithParameters<InsertHandle>,
    pub insert_append: unsafe extern "C" fn(InsertHandle, *const c_void, usize) -> c_int,
    pub insert_done: unsafe extern "C" fn(InsertHandle) -> ResultHandle,
    pub insert_error: unsafe extern "C" fn(InsertHandle) -> *const c_char,
    pub insert_destroy: unsafe extern "C" fn(InsertHandle),
    pub result_error: unsafe extern "C" fn(ResultHandle) -> *const c_char,
    pub result_buffer: unsafe extern "C" fn(ResultHandle) -> *const c_char,
    pub result_length: unsafe extern "C" fn(ResultHandle) -> usize,
    pub result_rows_read: unsafe extern "C" fn(ResultHandle) -> u64,
    pub result_bytes_read: unsafe extern "C" fn(ResultHandle) -> u64,
    pub result_storage_rows_read: unsafe extern "C" fn(ResultHandle) -> u64,
    pub result_storage_bytes_read: unsafe extern "C" fn(ResultHandle) -> u64,
    pub result_rows_written: unsafe extern "C" fn(ResultHandle) -> u64,
    pub result_bytes_written: unsafe extern "C" fn(ResultHandle) -> u64,
    pub result_destroy: unsafe extern "C" fn(ResultHandle),
}

impl Library {
    /// Loads the library for the rest of the process.
    pub fn load(path: &Path) -> anyhow::Result<&'static Self> {
        // SAFETY: the file is the pinned libchdb; its initialisers may run on any thread, and it is never unloaded.
        let object = unsafe { SharedObject::new(path) }
            .with_context(|| format!("cannot load the ClickHouse engine {}", path.display()))?;
        let object: &'static SharedObject = Box::leak(Box::new(object));
        // SAFETY: each type above is the declaration in chdb.h of the version that the download is pinned to.
        let library = unsafe {
            Self {
                set_signal_handlers_enabled: find(object, c"chdb_set_signal_handlers_enabled")?,
                connect: find(object, c"chdb_connect")?,
                close: find(object, c"chdb_close_conn")?,
                classify: find(object, c"chdb_classify_query_n")?,
                query: find(object, c"chdb_query_with_params_n")?,
                insert: find(object, c"chdb_stream_insert_with_params_n")?,
                insert_append: find(object, c"chdb_stream_append")?,
                insert_done: find(object, c"chdb_stream_done")?,
                insert_error: find(object, c"chdb_stream_insert_error")?,
                insert_destroy: find(object, c"chdb_destroy_insert_stream")?,
                result_error: find(object, c"chdb_result_error")?,
                result_buffer: find(object, c"chdb_result_buffer")?,
                result_length: find(object, c"chdb_result_length")?,
                result_rows_read: find(object, c"chdb_result_rows_read")?,
                result_bytes_read: find(object, c"chdb_result_bytes_read")?,
                result_storage_rows_read: find(object, c"chdb_result_storage_rows_read")?,
                result_storage_bytes_read: find(object, c"chdb_result_storage_bytes_read")?,
                result_rows_written: find(object, c"chdb_result_rows_written")?,
                result_bytes_written: find(object, c"chdb_result_bytes_written")?,
                result_destroy: find(object, c"chdb_destroy_query_result")?,
            }
        };
        Ok(Box::leak(Box::new(library)))
    }
}

/// # Safety
/// `F` must be the type of the function that the library exports under this name.
unsafe fn find<F: Copy>(object: &'static SharedObject, name: &std::ffi::CStr) -> anyhow::Result<F> {
    // SAFETY: the caller vouches for the type.
    let symbol: Symbol<F> = unsafe { object.get(name.to_bytes_with_nul()) }
        .with_context(|| format!("the ClickHouse engine lacks {name:?}: another version?"))?;
    Ok(*symbol)
}
