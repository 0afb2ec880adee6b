//! The contracts between the services, and nothing else: what a player sends ([`report`]), what Kafka carries
//! ([`record`], [`topic`]), what the warehouse keeps ([`row`]), and how failures are named ([`problem`]).

pub mod problem;
pub mod record;
pub mod report;
pub mod row;
pub mod topic;
