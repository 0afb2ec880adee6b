//! What administrators see of the whole installation: users, sign-ups, retention, money, and the health of the system.
//!
//! Days are local dates of the installation's reporting zone ([`reporting_zone`]). Who was active is written down by
//! [`crate::activity`]; what a day came to is stored when it closes ([`closing`]), and read through [`days`].

mod calendar;
pub mod closing;
mod days;
mod part;
mod performance;
mod pipeline;
mod rejected;
pub mod reporting_zone;
mod retention;
mod signups;
mod trace;
mod transactions;
mod users;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(users::users))
        .routes(routes!(signups::signups))
        .routes(routes!(retention::retention))
        .routes(routes!(transactions::transactions))
        .routes(routes!(performance::performance))
        .routes(routes!(pipeline::pipeline))
        .routes(routes!(rejected::rejected))
        .routes(routes!(trace::trace))
}
