//! The hub as its callers know it: a real listener with a real certificate, a real database, and HTTP. Nothing is faked but
//! the clock, where a test moves it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests: what cannot be is a failure")]

mod admin;
mod audit;
mod catalog;
mod certificate;
mod event;
mod isolation;
mod page;
mod refusal;
mod rules;
mod story;
mod support;
mod upload;
