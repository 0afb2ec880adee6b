//! What followers and revenue are told of: they know whose a track is, and nothing of who heard it where.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::filter::{Filter, TrackKey};

/// A creator, and tracks.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogScope {
    /// None: every creator.
    pub creator: Option<i64>,
    /// None: whatever the track.
    pub tracks: Option<Vec<Uuid>>,
    /// What has no track is meant, too.
    pub without_track: bool,
}

impl CatalogScope {
    /// None: filters are in force that only plays know of. Whether bots are excluded is none of them.
    pub fn of(creator: Option<i64>, filter: &Filter) -> Option<Self> {
        let others = [
            &filter.artist,
            &filter.country,
            &filter.device,
            &filter.os,
            &filter.browser,
            &filter.channel,
            &filter.source,
            &filter.context,
            &filter.campaign,
        ];
        let is_free = others.iter().all(|values| values.is_empty())
            && filter.region.is_empty()
            && filter.city.is_empty();
        let tracks = filter.track.iter().filter_map(|key| match key {
            TrackKey::Known(id) => Some(*id),
            TrackKey::Unknown => None,
        });
        is_free.then(|| Self {
            creator,
            tracks: (!filter.track.is_empty()).then(|| tracks.collect()),
            without_track: filter.track.contains(&TrackKey::Unknown),
        })
    }
}

/// A figure that can't be told under the filters in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotFiltered {
    Followers,
    Revenue,
}
