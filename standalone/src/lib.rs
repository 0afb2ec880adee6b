//! All of it on one machine: real servers behind the protocols that the product speaks (Kafka, ClickHouse, Postgres, S3,
//! Prometheus), each a child process, and the services beside them. `veza run` supervises them; [`testing`] gives tests
//! the same servers on free ports with data of their own.

pub mod demo;
pub mod evidence;
pub mod fetch;
pub mod home;
pub mod ports;
pub mod preflight;
pub mod process;
pub mod prove;
pub mod secrets;
pub mod servers;
pub mod services;
pub mod stack;
pub mod startup;
pub mod status;
pub mod stop;
pub mod supervisor;
pub mod temporary;
pub mod testing;
pub mod trace;
pub mod verify;
