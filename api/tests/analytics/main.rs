//! Reports on the real servers: rows of known truth are put into the warehouse, and every number is compared with an
//! independent computation over the same rows.

mod as_of;
mod breakdowns;
mod compare;
mod csv;
mod excluded;
mod export;
mod listening;
mod live;
mod month;
mod outage;
mod overview;
mod plays;
mod refusals;
mod revenue;
mod schema;
mod tenancy;
mod tracks;
mod truth;
mod uniques;
mod world;
