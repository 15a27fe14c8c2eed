//! `admin audit`: follows the chains and says whether they are whole; writes them out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};
use service_tool_contract::{
    form::content_hash,
    id::{Digest, FormId, RequestId},
    wire::Receipt,
};

use super::Desk;
use crate::audit::{Fault, Link, Verifier};
use crate::data::read_text;
use crate::store::{self, Change, StoreError, TenantScope, tenant::Tenant};

/// Bytes of the largest file of receipts.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum AuditVerb {
    /// Follows the chains from their beginning to the signed head.
    Verify {
        /// Id or name of a firm; all where it is left out.
        #[arg(long)]
        tenant: Option<String>,
        /// Receipts that a desktop kept (a JSON receipt, or a list of them) are compared with the chain.
        #[arg(long)]
        receipt: Option<PathBuf>,
    },
    /// Writes a firm's chain out, one JSON value.
    Export {
        /// Id or name of the firm.
        #[arg(long)]
        tenant: String,
    },
}

pub(super) async fn run(desk: &Desk, verb: AuditVerb) -> Result<Value> {
    let mut change = desk.change().await?;
    match verb {
        AuditVerb::Verify { tenant, receipt } => {
            let tenants = match tenant {
                Some(tenant) => vec![desk.tenant(&mut change, &tenant).await?],
                None => store::tenant::list(&mut change, &desk.scope).await?,
            };
            let receipts = receipt.map(|file| read_receipts(&file)).transpose()?.unwrap_or_default();
            verify(desk, &mut change, &tenants, &receipts).await
        }
        AuditVerb::Export { tenant } => {
            let (tenant, scope) = desk.tenant(&mut change, &tenant).await?;
            export(desk, &mut change, &tenant, &scope).await
        }
    }
}

fn read_receipts(file: &Path) -> Result<Vec<Receipt>> {
    let text = read_text(file, MOST_BYTES)?;
    serde_json::from_str::<Vec<Receipt>>(&text)
        .or_else(|_| serde_json::from_str(&text).map(|receipt| vec![receipt]))
        .with_context(|| format!("{} holds no receipt", file.display()))
}

async fn verify(
    desk: &Desk,
    change: &mut Change,
    tenants: &[(Tenant, TenantScope)],
    receipts: &[Receipt],
) -> Result<Value> {
    let mut told = Vec::new();
    let mut broken = Vec::new();
    for receipt in receipts {
        if !tenants.iter().any(|(tenant, _)| tenant.id == receipt.tenant) {
            let (sequence, tenant) = (receipt.sequence, &receipt.tenant);
            broken.push(format!("the receipt for entry {sequence} is of a firm that was not looked at ({tenant})"));
        }
    }
    for (tenant, scope) in tenants {
        let mut verifier = Verifier::new();
        let of_tenant: Vec<_> = receipts.iter().filter(|receipt| receipt.tenant == tenant.id).collect();
        let found = follow(desk, change, tenant, scope, &mut verifier, &of_tenant).await?;
        told.push(json!({
            "tenant": tenant.name, "entries": verifier.last(), "erased": verifier.erased,
            "receipts": of_tenant.len(), "whole": found.is_ok(),
        }));
        if let Err(fault) = found {
            broken.push(format!("{}: {fault}", tenant.name));
        }
    }
    if !broken.is_empty() {
        bail!("the audit log is not whole\n{}", broken.join("\n"));
    }
    Ok(json!({"whole": true, "chains": told}))
}

async fn follow(
    desk: &Desk,
    change: &mut Change,
    tenant: &Tenant,
    scope: &TenantScope,
    verifier: &mut Verifier,
    receipts: &[&Receipt],
) -> Result<Result<(), Fault>> {
    let audit = &desk.opened.audit;
    if receipts.iter().any(|receipt| !audit.has_signed(receipt)) {
        return Ok(Err(Fault::ReceiptForged));
    }
    loop {
        let links = store::audit::links(change, &desk.scope, scope, verifier.last() + 1).await?;
        if links.is_empty() {
            break;
        }
        for (link, content) in &links {
            if let Err(fault) = verifier.follow(link, content.as_ref()) {
                return Ok(Err(fault));
            }
            if let Some((_, content)) = content
                && !is_as_ordered(change, scope, link, content).await?
            {
                return Ok(Err(Fault::OrderAltered(link.sequence)));
            }
            let head = Digest(data_encoding::HEXLOWER.encode(&link.hash));
            let contradicts = |receipt: &&&Receipt| receipt.sequence == link.sequence && receipt.head != head;
            if let Some(receipt) = receipts.iter().find(contradicts) {
                return Ok(Err(Fault::ReceiptContradicts(receipt.sequence)));
            }
        }
    }
    if let Some(receipt) = receipts.iter().find(|receipt| receipt.sequence > verifier.last()) {
        return Ok(Err(Fault::ReceiptContradicts(receipt.sequence)));
    }
    let head = store::audit::head(change, scope).await?;
    Ok(verifier.finish(&tenant.id, head.as_ref(), audit))
}

/// Whether the revision that an entry recorded is there as it was: answers, document and attachments give the hash that the
/// chain commits to. Entries that record no revision are as they should be.
async fn is_as_ordered(change: &mut Change, scope: &TenantScope, link: &Link, content: &str) -> Result<bool> {
    if !matches!(link.action.as_str(), "request.submitted" | "request.revised") {
        return Ok(true);
    }
    let Ok(recorded) = serde_json::from_str::<Recorded>(content) else { return Ok(false) };
    let request = RequestId(link.request.clone());
    let found = match store::revision::find(change, scope, &request, recorded.revision).await {
        Ok(found) => found,
        Err(StoreError::Damaged(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let present = content_hash(
        &recorded.form,
        found.form_version,
        &found.form_hash,
        &found.answers,
        &found.document,
        &found.attachments,
    );
    Ok(present == recorded.content_hash && found.content_hash == recorded.content_hash)
}

/// What an entry about a revision says.
#[derive(Deserialize)]
struct Recorded {
    form: FormId,
    revision: u32,
    content_hash: Digest,
}

async fn export(desk: &Desk, change: &mut Change, tenant: &Tenant, scope: &TenantScope) -> Result<Value> {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let mut entries = Vec::new();
    let mut from = 1;
    loop {
        let links = store::audit::links(change, &desk.scope, scope, from).await?;
        let Some((last, _)) = links.last() else { break };
        from = last.sequence + 1;
        entries.extend(links.iter().map(|(link, content)| {
            json!({
                "sequence": link.sequence, "at": link.at, "actor": link.actor, "action": link.action,
                "request": link.request, "commitment": hex(&link.commitment), "previous": hex(&link.previous),
                "hash": hex(&link.hash),
                "salt": content.as_ref().map(|(salt, _)| hex(salt)),
                "content": content.as_ref().map(|(_, content)| content),
            })
        }));
    }
    let head = store::audit::head(change, scope).await?;
    let receipt = head.map(|head| desk.opened.audit.receipt(&tenant.id, head.sequence, &head.hash));
    Ok(json!({
        "tenant": tenant.id, "name": tenant.name, "hub": desk.opened.record.id,
        "audit_public_key": desk.opened.audit.public_key(), "head": receipt, "entries": entries,
    }))
}
