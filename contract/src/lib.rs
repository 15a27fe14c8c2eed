//! What desktop and hub must agree on: forms and their engine, approval rules, the life cycle of a request, wire types
//! and codes. Pure: no input or output, no clock, no randomness, nothing asynchronous.
//!
//! Invariant: both sides decide with the functions of this crate and with nothing else; the hub always decides again.

pub mod approval;
pub mod code;
pub mod form;
pub mod id;
pub mod request;
pub mod text;
pub mod wire;

/// The version that a client names in every call (`Service-Tool-Version`) and the hub in every answer.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Header that carries [`VERSION`].
pub const VERSION_HEADER: &str = "service-tool-version";

/// Header that carries the key under which a call is carried out at most once.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
