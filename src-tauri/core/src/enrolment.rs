//! From a code to an account (N1): reads the code, decides whom to trust, looks, uses. Owns the record of the enrolment and
//! the two secrets of it; leaves the calls to `hub_client` and their place on disk to `local_state`.
//!
//! A code is 16 Crockford characters, or 32 where the second half pins the hub's CA. The device's key is made and put into
//! the credential store **before** the code is used: after a crash in between, the same code gives the same key again and
//! the hub answers as before. A pending key belongs to one code at one hub, so it is never shown to another hub.
//!
//! Invariant: a code is used only at the hub that was looked at, with the trust that was found then.

use std::sync::Arc;

use data_encoding::{BitOrder, Encoding, Specification};
use serde::{Deserialize, Serialize};
use service_tool_contract::{
    code::{Code, Problem},
    id::{Digest, Moment},
    wire::{Enrolment, EnrolmentLook, EnrolmentOffer, EnrolmentUse},
};

use crate::{
    Desktop,
    command::{EnrolmentCode, Overview, SecretState},
    host::Policy,
    hub_client::{HubClient, Patience, Trust, fetch_pinned_ca, hub_address},
    locked,
};

/// Characters of one half of a code.
const HALF: usize = 16;

/// Name of the file with the [`EnrolmentRecord`].
pub const RECORD: &str = "enrolment";
/// Names of the secrets.
pub const DEVICE_KEY: &str = "device-key";
const PENDING_KEY: &str = "device-key-pending";

/// A code as typed: its secret half, and the pin where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCode {
    pub secret: String,
    pub pin: Option<Vec<u8>>,
}

impl TypedCode {
    /// Reads a code. Hyphens, blanks and case do not matter; O is 0, I and L are 1.
    pub fn read(typed: &str) -> Result<Self, Problem> {
        let refused = || Problem::new(Code::EnrolmentRefused, "not the shape of an enrolment code");
        let plain: String = typed
            .chars()
            .filter(|character| !character.is_whitespace() && *character != '-')
            .take(2 * HALF + 1)
            .map(|character| match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let alphabet = crockford()?;
        if alphabet.decode(plain.as_bytes()).is_err() {
            return Err(refused());
        }
        match plain.len() {
            HALF => Ok(Self { secret: plain, pin: None }),
            length if length == 2 * HALF => {
                let (secret, pin) = plain.split_at(HALF);
                let pin = alphabet.decode(pin.as_bytes()).map_err(|_| refused())?;
                Ok(Self { secret: secret.to_owned(), pin: Some(pin) })
            }
            _ => Err(refused()),
        }
    }
}

fn crockford() -> Result<Encoding, Problem> {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.bit_order = BitOrder::MostSignificantFirst;
    specification.encoding().map_err(|error| Problem::new(Code::Internal, error.to_string()))
}

/// What is kept of an enrolment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrolmentRecord {
    /// `https://host[:port]/`.
    pub hub: String,
    /// CA that was pinned, DER as base64; empty: the system's trust.
    pub ca: Option<String>,
    pub enrolment: Enrolment,
    pub at: Moment,
}

impl EnrolmentRecord {
    /// Whom to trust from now on. A CA that policy names comes first.
    pub fn trust(&self, policy: &Policy) -> Result<Trust, Problem> {
        if let Some(trust) = policy_trust(policy)? {
            return Ok(trust);
        }
        Ok(match &self.ca {
            Some(ca) => Trust::Only(vec![
                data_encoding::BASE64
                    .decode(ca.as_bytes())
                    .map_err(|_| Problem::new(Code::HubUntrusted, "the kept CA is damaged"))?,
            ]),
            None => Trust::System,
        })
    }

    /// Whether policy still allows this hub.
    pub fn is_allowed(&self, policy: &Policy) -> bool {
        let Some(url) = &policy.hub.url else { return true };
        hub_address(url).is_ok_and(|url| url.as_str() == self.hub)
    }
}

/// The account that this desktop works for.
pub struct Account {
    pub record: EnrolmentRecord,
    pub client: HubClient,
}

fn policy_trust(policy: &Policy) -> Result<Option<Trust>, Problem> {
    let Some(path) = &policy.hub.ca_file else { return Ok(None) };
    let pem = fs_err::read(path).map_err(|error| Problem::new(Code::HubUntrusted, error.to_string()))?;
    Trust::from_pem(&pem)
        .map(Some)
        .ok_or_else(|| Problem::new(Code::HubUntrusted, "the CA file of the policy holds no certificate"))
}

/// The hub that is meant, unless policy means another.
fn hub_of(policy: &Policy, typed: &str) -> Result<reqwest::Url, Problem> {
    let typed = match typed.trim() {
        "" => None,
        typed => Some(hub_address(typed)?),
    };
    match (&policy.hub.url, typed) {
        (Some(policy), typed) => {
            let policy = hub_address(policy)?;
            if typed.is_some_and(|typed| typed != policy) {
                return Err(Problem::new(Code::OtherHub, "policy names another hub"));
            }
            Ok(policy)
        }
        (None, Some(typed)) => Ok(typed),
        (None, None) => Err(Problem::new(Code::Malformed, "the address of the hub is missing")),
    }
}

async fn trust_of(policy: &Policy, hub: &reqwest::Url, code: &TypedCode, patience: Patience) -> Result<Trust, Problem> {
    let fits = |der: &[u8], pin: &[u8]| ring::digest::digest(&ring::digest::SHA256, der).as_ref().starts_with(pin);
    match (policy_trust(policy)?, &code.pin) {
        (Some(Trust::Only(certificates)), Some(pin)) if !certificates.iter().any(|der| fits(der, pin)) => {
            Err(Problem::new(Code::OtherHub, "the code is of a hub with another CA than policy names"))
        }
        (Some(trust), _) => Ok(trust),
        (None, Some(pin)) => match fetch_pinned_ca(hub, pin, patience).await {
            Ok(der) => Ok(Trust::Only(vec![der])),
            Err(error) if error.code() == Code::HubUntrusted && policy.hub.url.is_some() => {
                Err(Problem::new(Code::OtherHub, "the code is not of the hub that policy names"))
            }
            Err(error) => Err(error.into()),
        },
        (None, None) => Ok(Trust::System),
    }
}

impl Desktop {
    /// What a code stands for.
    pub(crate) async fn enrolment_look(self: &Arc<Self>, request: EnrolmentCode) -> Result<EnrolmentOffer, Problem> {
        let (code, _, _, client) = self.enrolment_door(&request).await?;
        Ok(client.open_post("enrolments/look", &EnrolmentLook { code: code.secret }).await?)
    }

    async fn enrolment_door(
        &self,
        request: &EnrolmentCode,
    ) -> Result<(TypedCode, reqwest::Url, Trust, HubClient), Problem> {
        let code = TypedCode::read(&request.code)?;
        let hub = hub_of(&self.policy, &request.hub)?;
        let trust = trust_of(&self.policy, &hub, &code, self.tempo.patience).await?;
        let client = HubClient::new(&hub, &trust, None, Arc::clone(&self.ports.clock), self.tempo.patience)?;
        Ok((code, hub, trust, client))
    }

    /// Uses the code.
    pub(crate) async fn enrolment_confirm(self: &Arc<Self>, request: EnrolmentCode) -> Result<Overview, Problem> {
        let state = self.state().await?;
        let _one_at_a_time = state.enrolling.lock().await;
        let (code, hub, trust, client) = self.enrolment_door(&request).await?;
        let device_key = self.pending_key(&hub, &code).await?;
        let body =
            EnrolmentUse { code: code.secret, device_key: device_key.clone(), device_name: self.place.host.clone() };
        let enrolment: Enrolment = client.open_post("enrolments", &body).await?;
        let ca = match &trust {
            Trust::Only(certificates) if self.policy.hub.ca_file.is_none() => {
                certificates.first().map(|der| data_encoding::BASE64.encode(der))
            }
            _ => None,
        };
        let record = EnrolmentRecord { hub: hub.to_string(), ca, enrolment, at: self.ports.clock.now() };
        // other sessions find key and record as a pair
        let lock = match state.secrets {
            SecretState::Stored => Some(self.shared_lock().await?),
            SecretState::SessionOnly => None,
        };
        if state.secrets == SecretState::Stored {
            self.secret_set(DEVICE_KEY, &device_key).await?;
        }
        let kept = record.clone();
        state.store.run(move |store| store.shared_put(RECORD, &kept)).await?;
        drop(lock);
        if state.secrets == SecretState::Stored {
            // a key that stays behind is only a chance to repeat; the next enrolment replaces it
            let _ = self.secret_remove(PENDING_KEY).await;
        }
        let account = self.account_of(record, device_key)?;
        self.account_take(state, account).await?;
        self.overview_get().await
    }

    /// The key with which this code is used: the one of an earlier attempt, or a fresh one, stored before it comes back.
    async fn pending_key(&self, hub: &reqwest::Url, code: &TypedCode) -> Result<String, Problem> {
        let state = self.state().await?;
        let purpose = Digest::of(format!("{hub}\n{}", code.secret).as_bytes());
        let pending = match state.secrets {
            SecretState::Stored => self.secret_get(PENDING_KEY).await?,
            SecretState::SessionOnly => locked(&state.pending_key).clone(),
        };
        if let Some((of, key)) = pending.as_deref().and_then(|pending| pending.split_once(' '))
            && of == purpose.as_str()
        {
            return Ok(key.to_owned());
        }
        let mut bytes = [0; 32];
        self.ports.randomness.fill(&mut bytes);
        let key = data_encoding::BASE64URL_NOPAD.encode(&bytes);
        let pending = format!("{purpose} {key}");
        match state.secrets {
            SecretState::Stored => self.secret_set(PENDING_KEY, &pending).await?,
            SecretState::SessionOnly => *locked(&state.pending_key) = Some(pending),
        }
        Ok(key)
    }

    /// The account of a record, with its client.
    pub(crate) fn account_of(&self, record: EnrolmentRecord, device_key: String) -> Result<Account, Problem> {
        let hub = hub_address(&record.hub)?;
        let trust = record.trust(&self.policy)?;
        let client =
            HubClient::new(&hub, &trust, Some(device_key), Arc::clone(&self.ports.clock), self.tempo.patience)?;
        Ok(Account { record, client })
    }

    /// Looks at a code and uses it without asking (for the command line). `hub` may be empty where policy names it. Without
    /// a credential store the code is not used: the account would end with the program.
    pub async fn enrol_with(self: &Arc<Self>, code: &str, hub: &str) -> Result<EnrolmentOffer, Problem> {
        if self.state().await?.secrets == SecretState::SessionOnly {
            return Err(Problem::new(Code::SecretStoreMissing, "there is nowhere to keep the credential"));
        }
        let request = EnrolmentCode { code: code.to_owned(), hub: hub.to_owned() };
        let offer = self.enrolment_look(request.clone()).await?;
        self.enrolment_confirm(request).await?;
        Ok(offer)
    }

    /// Whether this desktop is enrolled.
    pub async fn enrolled(&self) -> bool {
        match self.state().await {
            Ok(state) => locked(&state.account).is_some(),
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_the_same_in_every_way_it_can_be_typed() {
        let short = TypedCode::read("0A1B-2C3D-4E5F-6G7H").unwrap();
        assert_eq!(short, TypedCode { secret: "0A1B2C3D4E5F6G7H".into(), pin: None });
        assert_eq!(TypedCode::read(" oaib2c3d 4e5f6g7h ").unwrap(), short);
        let long = TypedCode::read("0A1B-2C3D-4E5F-6G7H-0000-0000-0000-000Z").unwrap();
        assert_eq!(long.secret, short.secret);
        assert_eq!(long.pin.unwrap(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 31]);
    }

    #[test]
    fn what_is_no_code_is_refused_without_asking_anybody() {
        let long = "0".repeat(33);
        for typed in ["", "0A1B", "0A1B-2C3D-4E5F-6G7", "UUUU-UUUU-UUUU-UUUU", "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", long.as_str()]
        {
            assert_eq!(TypedCode::read(typed).unwrap_err().code, Code::EnrolmentRefused, "{typed}");
        }
    }

    #[test]
    fn policy_decides_which_hub() {
        let mut policy = Policy::default();
        assert_eq!(hub_of(&policy, "").unwrap_err().code, Code::Malformed);
        assert_eq!(hub_of(&policy, "hub.example").unwrap().as_str(), "https://hub.example/");
        policy.hub.url = Some("https://hub.example".into());
        assert_eq!(hub_of(&policy, "").unwrap().as_str(), "https://hub.example/");
        assert_eq!(hub_of(&policy, "HTTPS://HUB.EXAMPLE:443/").unwrap().as_str(), "https://hub.example/");
        assert_eq!(hub_of(&policy, "https://other.example").unwrap_err().code, Code::OtherHub);
        for wrong in
            ["http://hub.example", "https://user@hub.example", "https://:word@hub.example", "https://hub.example/path"]
        {
            assert_eq!(hub_of(&policy, wrong).unwrap_err().code, Code::Malformed, "{wrong}");
        }
    }
}
