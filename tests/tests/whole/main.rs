//! The programs as people use them, beside the real things: one test binary that starts everything it needs.

mod agent;
mod bad_surroundings;
mod beside_the_clock;
mod crashes;
mod path;
mod refusals;
mod surrounding;
mod tidy;
