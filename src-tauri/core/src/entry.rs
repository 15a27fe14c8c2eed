//! The provider's entries in the menu (T2): remote support, a handbook, as policy names them.
//!
//! Invariant: a screen names an entry by its place alone; what is opened comes from policy and from nowhere else.

use std::sync::Arc;

use service_tool_contract::code::{Code, Problem};

use crate::{
    Desktop,
    command::{Done, EntryAsk, EntryLine},
};

impl Desktop {
    /// The entries as the menu shows them.
    pub(crate) fn entries(&self) -> Vec<EntryLine> {
        let line = |(entry, policy): (u32, &crate::host::EntryPolicy)| EntryLine {
            entry,
            title: policy.title.trim().to_owned(),
        };
        (0..).zip(&self.policy.entries).map(line).collect()
    }

    /// Opens an entry of the provider.
    pub(crate) async fn entry_open(&self, request: EntryAsk) -> Result<Done, Problem> {
        let entry = usize::try_from(request.entry).ok().and_then(|entry| self.policy.entries.get(entry));
        let entry = entry.ok_or_else(|| Problem::new(Code::NotFound, "policy names no such entry"))?;
        let (desk, open) = (Arc::clone(&self.ports.desk), entry.open.clone());
        let opened = tokio::task::spawn_blocking(move || desk.entry_open(&open)).await;
        opened.unwrap_or_else(|error| Err(error.to_string())).map_err(|reason| {
            tracing::warn!(entry = entry.title, reason, "an entry of the policy could not be opened");
            Problem::new(Code::Internal, format!("the entry could not be opened: {reason}"))
        })?;
        Ok(Done {})
    }
}
