//! What the repository says of itself is true: its guarantees have their tests, its deployment files fit the programs.

mod architecture;
mod compose;
mod operations;
