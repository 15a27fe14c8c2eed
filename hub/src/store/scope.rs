//! Owns the types that stand for authority over rows. They are made in `store` alone, from a proven identity.
//!
//! Invariant: outside `store` nobody can make one of these out of an id that a caller has sent.

use service_tool_contract::id::TenantId;

/// Authority over one firm's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenant: TenantId,
}

impl TenantScope {
    pub(super) fn new(tenant: TenantId) -> Self {
        Self { tenant }
    }

    /// The firm.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}

/// An agent's authority: over what was handed over to the provider, of all firms.
#[derive(Debug, Clone)]
pub struct ProviderScope(());

impl ProviderScope {
    pub(super) fn new() -> Self {
        Self(())
    }
}

/// The authority of whoever can read the data folder: the command line and the hub's own work.
#[derive(Debug, Clone)]
pub struct AdminScope(());

impl AdminScope {
    pub(super) fn new() -> Self {
        Self(())
    }
}
