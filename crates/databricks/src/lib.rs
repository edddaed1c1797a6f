//! The Databricks REST API: who one is (`auth`) and what one may ask (`workspace`).

pub mod auth;
mod loopback;
mod proxy;
mod redirects;
pub mod workspace;
