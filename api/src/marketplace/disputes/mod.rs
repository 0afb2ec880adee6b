//! Disputes: what a buyer reports of a paid order, what both sides say, and how an administrator decides.
//!
//! `rule` is who may do what; every change locks the order, then the dispute, so that a decision, a withdrawal and another
//! decision wait for each other. What happened is only ever added to.

mod answer;
mod decide;
mod history;
mod list;
mod open;
mod rule;
mod talk;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(open::open_dispute))
        .routes(routes!(list::list_disputes))
        .routes(routes!(list::get_dispute))
        .routes(routes!(talk::write_message))
        .routes(routes!(talk::respond_to_dispute))
        .routes(routes!(talk::withdraw_dispute))
        .routes(routes!(list::list_all_disputes))
        .routes(routes!(decide::review_dispute))
        .routes(routes!(decide::resolve_dispute))
}
