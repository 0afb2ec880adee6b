//! Listening histories that people bring along from elsewhere, as their services let them download them: `POST
//! /me/listening/imports` takes the file, and this process reads and reports it in the background, through the ordinary pipeline.
//!
//! The file has no name on the disk, so that it is gone with the process, however that ends. An import that is cut off is said
//! to be interrupted; the same file can be sent again, as a hearing that was reported before changes no count.

mod answer;
mod destination;
mod run;
mod upload;

pub use answer::forget_ended;
pub use run::Imports;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(upload::upload_history, upload::list_imports))
        .routes(routes!(upload::get_import))
}
