//! Owns the audit chain (A7): how an entry is committed to, chained and signed, how a receipt is made, and how a chain is
//! verified. Leaves the rows to `store::audit`.
//!
//! Invariant: the chain holds ids and salted commitments only, so content can be erased and the chain stays whole; every
//! entry is written in the transaction of the change that it records.

use ring::digest::{Context, SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use service_tool_contract::{
    id::{Digest, Moment, RequestId, TenantId},
    wire::Receipt,
};

use crate::clock::{Ambient, NoRandomness};
use crate::data::{DataFolder, read_if_there, write_private};
use crate::store::{self, Change, Connection, StoreError, TenantScope};

/// One entry of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub tenant: TenantId,
    /// From 1, without gaps.
    pub sequence: u64,
    pub at: Moment,
    /// Person id, or `administrator`.
    pub actor: String,
    /// A word (`request.submitted`).
    pub action: String,
    /// Request id; empty where it is about none.
    pub request: String,
    /// SHA-256 of salt and content.
    pub commitment: Vec<u8>,
    /// Hash of the entry before; 32 zero bytes at the first.
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
}

impl Link {
    fn expected_hash(&self) -> Vec<u8> {
        let text = format!(
            "service-tool audit v1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.tenant,
            self.sequence,
            self.at.0.as_millisecond(),
            self.actor,
            self.action,
            self.request,
            data_encoding::HEXLOWER.encode(&self.commitment),
            data_encoding::HEXLOWER.encode(&self.previous),
        );
        digest(&SHA256, text.as_bytes()).as_ref().to_vec()
    }
}

/// The signed end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub sequence: u64,
    pub hash: Vec<u8>,
    pub signature: Vec<u8>,
}

/// What an entry says.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    pub actor: &'a str,
    pub action: &'a str,
    pub request: Option<&'a RequestId>,
    /// What is committed to; lies beside the chain until it is erased.
    pub content: serde_json::Value,
}

/// Actor of what the command line does.
pub const ADMINISTRATOR: &str = "administrator";

/// Why an entry or a receipt could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// The key that signs heads, and the hub's id that is signed along.
pub struct AuditKey {
    key: Ed25519KeyPair,
    hub: String,
}

impl AuditKey {
    /// Reads the key of the data folder, or makes it at the first start.
    pub fn open(folder: &DataFolder, hub: &str, ambient: &Ambient) -> anyhow::Result<Self> {
        let path = folder.path("audit.key");
        let bytes = match read_if_there(&path)? {
            Some(bytes) => bytes,
            None => {
                let made = Ed25519KeyPair::generate_pkcs8(ambient.random()).map_err(|_| NoRandomness)?;
                write_private(&path, made.as_ref())?;
                made.as_ref().to_vec()
            }
        };
        let key = Ed25519KeyPair::from_pkcs8(&bytes).map_err(|_| anyhow::anyhow!("audit.key is not a key"))?;
        Ok(Self { key, hub: hub.to_owned() })
    }

    /// The public half, base64.
    pub fn public_key(&self) -> String {
        data_encoding::BASE64.encode(self.key.public_key().as_ref())
    }

    /// The receipt of an entry.
    pub fn receipt(&self, tenant: &TenantId, sequence: u64, hash: &[u8]) -> Receipt {
        let mut receipt = Receipt {
            hub: self.hub.clone(),
            tenant: tenant.clone(),
            sequence,
            head: Digest(data_encoding::HEXLOWER.encode(hash)),
            signature: String::new(),
        };
        let signature = self.key.sign(receipt.signed_text().as_bytes());
        receipt.signature = data_encoding::BASE64.encode(signature.as_ref());
        receipt
    }

    /// Whether this key has signed the receipt.
    pub fn has_signed(&self, receipt: &Receipt) -> bool {
        data_encoding::BASE64.decode(receipt.signature.as_bytes()).is_ok_and(|signature| {
            UnparsedPublicKey::new(&ED25519, self.key.public_key().as_ref())
                .verify(receipt.signed_text().as_bytes(), &signature)
                .is_ok()
        })
    }

    /// Appends an entry to the firm's chain, as part of a change.
    pub async fn append(
        &self,
        change: &mut Change,
        scope: &TenantScope,
        entry: Entry<'_>,
        ambient: &Ambient,
    ) -> Result<Receipt, AuditError> {
        let head = store::audit::head(change, scope).await?;
        let (sequence, previous) = head.map_or((1, vec![0; 32]), |head| (head.sequence + 1, head.hash));
        let salt = ambient.bytes::<32>()?;
        let content = entry.content.to_string();
        let mut link = Link {
            tenant: scope.tenant().clone(),
            sequence,
            at: ambient.now(),
            actor: entry.actor.to_owned(),
            action: entry.action.to_owned(),
            request: entry.request.map(ToString::to_string).unwrap_or_default(),
            commitment: commitment(&salt, &content),
            previous,
            hash: Vec::new(),
        };
        link.hash = link.expected_hash();
        let receipt = self.receipt(scope.tenant(), sequence, &link.hash);
        store::audit::append(change, scope, &link, &salt, &content, receipt.signature.as_bytes()).await?;
        Ok(receipt)
    }

    /// The receipt of an entry made before.
    pub async fn receipt_again(
        &self,
        connection: &mut Connection,
        scope: &TenantScope,
        sequence: u64,
    ) -> Result<Receipt, AuditError> {
        let hash =
            store::audit::hash_at(connection, scope, sequence).await?.ok_or(StoreError::Damaged("audit entry"))?;
        Ok(self.receipt(scope.tenant(), sequence, &hash))
    }
}

fn commitment(salt: &[u8], content: &str) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(salt);
    context.update(content.as_bytes());
    context.finish().as_ref().to_vec()
}

/// What is wrong with a chain, at an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("entry {0} is missing")]
    Missing(u64),
    #[error("entry {0} was altered")]
    Altered(u64),
    #[error("entry {0} does not follow from the one before")]
    Unchained(u64),
    #[error("the content of entry {0} is not what was committed to")]
    ContentAltered(u64),
    #[error("the end of the chain was cut off: the signed head is at {signed}, the last entry at {last}")]
    CutOff { signed: u64, last: u64 },
    #[error("the chain has entries but no signed head")]
    NoHead,
    #[error("the signature of the head does not fit")]
    HeadForged,
    #[error("what was ordered is not what entry {0} recorded")]
    OrderAltered(u64),
    #[error("the receipt for entry {0} does not fit the chain")]
    ReceiptContradicts(u64),
    #[error("the receipt is not signed by this hub")]
    ReceiptForged,
}

/// Follows a chain, link by link.
#[derive(Debug, Default)]
pub struct Verifier {
    last: u64,
    last_hash: Vec<u8>,
    /// Entries whose content was erased.
    pub erased: u64,
}

impl Verifier {
    /// At the beginning of a chain.
    pub fn new() -> Self {
        Self { last: 0, last_hash: vec![0; 32], erased: 0 }
    }

    /// How far the chain was followed.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Follows one more link; salt and content where they are not erased.
    pub fn follow(&mut self, link: &Link, content: Option<&(Vec<u8>, String)>) -> Result<(), Fault> {
        if link.sequence != self.last + 1 {
            return Err(Fault::Missing(self.last + 1));
        }
        if link.previous != self.last_hash {
            return Err(Fault::Unchained(link.sequence));
        }
        if link.hash != link.expected_hash() {
            return Err(Fault::Altered(link.sequence));
        }
        match content {
            Some((salt, content)) if commitment(salt, content) != link.commitment => {
                return Err(Fault::ContentAltered(link.sequence));
            }
            Some(_) => {}
            None => self.erased += 1,
        }
        self.last = link.sequence;
        self.last_hash.clone_from(&link.hash);
        Ok(())
    }

    /// At the end: the signed head must be the last link.
    pub fn finish(&self, tenant: &TenantId, head: Option<&Head>, key: &AuditKey) -> Result<(), Fault> {
        // every chain begins with the firm's own entry
        let Some(head) = head else {
            return Err(if self.last == 0 { Fault::Missing(1) } else { Fault::NoHead });
        };
        let mut receipt = key.receipt(tenant, head.sequence, &head.hash);
        receipt.signature = String::from_utf8_lossy(&head.signature).into_owned();
        if !key.has_signed(&receipt) {
            return Err(Fault::HeadForged);
        }
        if head.sequence != self.last {
            return Err(Fault::CutOff { signed: head.sequence, last: self.last });
        }
        if head.hash != self.last_hash {
            return Err(Fault::Altered(self.last));
        }
        Ok(())
    }
}
