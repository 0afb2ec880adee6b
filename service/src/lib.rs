//! What each service does the same way.

pub mod settings;
