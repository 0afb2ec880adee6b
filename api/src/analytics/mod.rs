//! Reports: one file each, named as its path, each from parameters to answer on one page.
//!
//! A request goes the same way in all of them: [`parameters`] and [`filter`] check what was asked, [`context`] adds whose
//! plays they are, [`as_of`] tells how complete the counts are (before they are counted), [`query`] counts, [`series`] and
//! [`breakdown`] decide what may be said, [`meta`] repeats what was resolved, and [`csv`] answers as JSON or as a table.

pub mod as_of;
mod breakdown;
mod catalog_scope;
mod compare;
pub mod context;
pub mod csv;
mod demographics;
mod earned;
mod excluded;
mod export;
pub mod filter;
mod followers;
mod geography;
mod habits;
mod listening;
mod live;
mod meta;
pub mod outcome;
mod overview;
mod parameters;
pub mod plays;
pub mod query;
mod revenue;
mod revenue_projection;
pub mod series;
mod titles;
mod tracks;
mod traffic_sources;
mod volumes;

pub use export::{Exports, File, PARQUET};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
pub use volumes::Volumes;

use crate::state::AppState;

pub use query::Warehouse;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(overview::overview))
        .routes(routes!(geography::geography))
        .routes(routes!(demographics::demographics))
        .routes(routes!(traffic_sources::traffic_sources))
        .routes(routes!(tracks::tracks))
        .routes(routes!(compare::compare))
        .routes(routes!(revenue::revenue))
        .routes(routes!(revenue_projection::revenue_projection))
        .routes(routes!(live::live))
        .routes(routes!(excluded::excluded))
        .routes(routes!(plays::plays))
        .routes(routes!(plays::play))
        .routes(routes!(export::export))
        .routes(routes!(listening::listening))
        .routes(routes!(listening::export_listening))
}
