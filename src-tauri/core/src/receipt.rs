//! Receipts of the hub's audit chain (A7): their signature, and whether they contradict those kept before. Every receipt is
//! kept as long as the folder, so that a hub that rewrites its past is found out.
//!
//! Invariant: two receipts of one firm with the same number have the same head; a receipt given for something new has a
//! higher number than all that were held when it was asked for.

use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use service_tool_contract::{
    id::{Moment, RequestId},
    wire::{HubIdentity, Receipt},
};

use crate::local_state::{Store, StoreError};

/// A receipt as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptReceipt {
    pub receipt: Receipt,
    pub request: RequestId,
    pub at: Moment,
}

/// What a receipt turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Fits,
    /// Not signed by the hub that was enrolled at.
    Forged,
    /// Says something else than one that is kept.
    Contradicts,
}

/// Whether the hub signed it.
pub fn is_signed(receipt: &Receipt, hub: &HubIdentity) -> bool {
    let decode = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).ok();
    let (Some(key), Some(signature)) = (decode(&hub.audit_public_key), decode(&receipt.signature)) else {
        return false;
    };
    receipt.hub == hub.id
        && UnparsedPublicKey::new(&ED25519, key).verify(receipt.signed_text().as_bytes(), &signature).is_ok()
}

fn name(receipt: &Receipt) -> String {
    format!("receipts/{}-{:020}", receipt.tenant, receipt.sequence)
}

/// Number of the latest receipt of that firm.
pub fn latest(store: &Store, tenant: &str) -> Result<u64, StoreError> {
    let prefix = format!("{tenant}-");
    Ok(store
        .list("receipts")?
        .iter()
        .filter_map(|name| name.strip_prefix(&prefix)?.parse().ok())
        .max()
        .unwrap_or_default())
}

/// Judges a receipt and keeps it. `above` is the number that was the latest when the hub was asked for something new; zero
/// where the answer may be an old one, given again.
pub fn keep(store: &Store, kept: &KeptReceipt, hub: &HubIdentity, above: u64) -> Result<Standing, StoreError> {
    let receipt = &kept.receipt;
    if !is_signed(receipt, hub) {
        return Ok(Standing::Forged);
    }
    let name = name(receipt);
    if let Some(before) = store.get::<KeptReceipt>(&name)? {
        return Ok(if before.receipt.head == receipt.head { Standing::Fits } else { Standing::Contradicts });
    }
    store.put(&name, kept)?;
    Ok(if receipt.sequence <= above { Standing::Contradicts } else { Standing::Fits })
}

/// Takes the receipts of another store over. Whether they fit those kept here.
pub fn take_over(store: &Store, from: &Store) -> Result<bool, StoreError> {
    let mut fits = true;
    for name in from.list("receipts")? {
        let name = format!("receipts/{name}");
        match store.get::<KeptReceipt>(&name)? {
            None => store.move_in(from, &name)?,
            Some(ours) => {
                let theirs = from.get::<KeptReceipt>(&name)?;
                fits &= theirs.is_none_or(|theirs| theirs.receipt.head == ours.receipt.head);
            }
        }
    }
    Ok(fits)
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    use service_tool_contract::id::Digest;

    use super::*;
    use crate::testing::Dice;

    fn signed(pair: &Ed25519KeyPair, sequence: u64, head: &str) -> KeptReceipt {
        let mut receipt = Receipt {
            hub: "hub_1".into(),
            tenant: "ten_1".into(),
            sequence,
            head: Digest::of(head.as_bytes()),
            signature: String::new(),
        };
        receipt.signature = data_encoding::BASE64.encode(pair.sign(receipt.signed_text().as_bytes()).as_ref());
        KeptReceipt { receipt, request: "req_1".into(), at: Moment(jiff::Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn a_hub_that_rewrites_its_past_is_found_out() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let hub = HubIdentity {
            id: "hub_1".into(),
            name: String::new(),
            audit_public_key: data_encoding::BASE64.encode(pair.public_key().as_ref()),
        };
        let store = Store::in_memory(Dice::new());
        let keep = |kept: &KeptReceipt, above| keep(&store, kept, &hub, above).unwrap();
        assert_eq!(keep(&signed(&pair, 5, "five"), 0), Standing::Fits);
        assert_eq!(latest(&store, "ten_1").unwrap(), 5);
        assert_eq!(keep(&signed(&pair, 5, "five"), 5), Standing::Fits, "the same one again");
        assert_eq!(keep(&signed(&pair, 7, "seven"), 5), Standing::Fits);
        assert_eq!(keep(&signed(&pair, 6, "six"), 0), Standing::Fits, "an older answer that came late");
        assert_eq!(keep(&signed(&pair, 5, "other"), 0), Standing::Contradicts);
        assert_eq!(keep(&signed(&pair, 3, "three"), 7), Standing::Contradicts, "something new below what is known");
        let mut forged = signed(&pair, 9, "nine");
        forged.receipt.head = Digest::of(b"ten");
        assert_eq!(keep(&forged, 7), Standing::Forged);
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        assert_eq!(keep(&signed(&other, 9, "nine"), 7), Standing::Forged);
    }
}
