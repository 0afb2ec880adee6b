//! Input as own types: each wrapper answers with a problem that names what is wrong and where, where axum's own would
//! answer in plain text.

mod body;
mod json;
mod path;
mod problem;
mod query;

pub use body::copy;
pub use json::Json;
pub use path::Path;
pub use query::Query;
