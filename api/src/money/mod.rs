//! The rules of money, pure: integers of the currency's smallest unit, no floats, no clock.
//!
//! Each rule is checked again by the database where its result is stored (`migrations/111_orders.sql`).

pub mod amount;
pub mod discount;
pub mod share;
pub mod tax;

#[cfg(test)]
mod tests;
