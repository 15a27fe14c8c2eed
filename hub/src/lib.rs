//! The hub: firms, people, catalog, requests, approvals, audit log, attachments, and the agent's page. One executable,
//! SQLite and a folder. Knows the desktop by the contract alone.
//!
//! Invariant: whatever a client decided is decided again here, with the functions of the contract.

pub mod admin;
pub mod attachment;
pub mod audit;
pub mod catalog;
pub mod certificate;
pub mod clock;
mod connection;
pub mod data;
pub mod enrolment;
pub mod failure;
pub mod http;
pub mod hub;
pub mod page;
pub mod picture;
pub mod request;
pub mod server;
pub mod store;
