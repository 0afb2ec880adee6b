//! Creators, their tracks, and who follows them.

mod audio;
mod creators;
mod duration;
mod folded_key;
mod follows;
pub mod import;
mod import_listener;
pub mod import_outcomes;
mod release;
mod tracks;

pub use release::given;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(tracks::list_tracks, tracks::create_track))
        .routes(routes!(tracks::get_track, tracks::change_track))
        .routes(routes!(audio::begin_audio_upload))
        .routes(routes!(audio::complete_audio_upload))
        .routes(routes!(import::import_catalog))
        .routes(routes!(import_listener::find_listener))
        .routes(routes!(import_outcomes::count_outcomes))
        .routes(routes!(creators::list_creators))
        .routes(routes!(creators::get_creator))
        .routes(routes!(follows::follow, follows::unfollow))
        .routes(routes!(follows::list_following))
}
