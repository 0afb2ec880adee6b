//! The programs together, on real servers that they share.

mod end_to_end;
mod erasure;
mod objects;
mod trace;
mod verify;
