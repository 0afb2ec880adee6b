//! Clients of `POST /v1/plays` that are no person with a player: [`simulate`] invents a believable audience, [`import`]
//! brings a listening history along. Both report through the ordinary pipeline, under the scope `plays:import`.

pub mod client;
pub mod commands;
pub mod import;
pub mod progress;
pub mod simulate;
