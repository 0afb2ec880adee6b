//! The contracts between the services, and nothing else: what a player sends ([`report`]), what Kafka carries
//! ([`record`], [`record_view`], [`topic`]), what the warehouse keeps ([`row`]), and how failures are named ([`problem`]).

pub mod problem;
pub mod record;
pub mod record_view;
pub mod report;
pub mod row;
pub mod topic;
