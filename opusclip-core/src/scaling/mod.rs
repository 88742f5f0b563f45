//! How many instances should run, now and soon?
pub mod cases;
pub mod config;
pub mod hpa;
pub mod kpa;
