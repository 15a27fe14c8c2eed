//! The agent's page.

pub mod password;

use axum::Router;

use crate::hub::Shared;

/// Routes of the page.
pub fn router(_hub: &Shared) -> Router<Shared> {
    Router::new()
}
