//! The house check.
