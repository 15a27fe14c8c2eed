//! Owns the hub's certificates: its own CA, made once, and the certificate that the listener shows, made anew before it
//! ends or when the hub's names change; or a public certificate given on the command line. Leaves the listener to `server`.
//!
//! Invariant: the CA is made once per data folder and never replaced by this program, since desktops pin it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::{Deserialize, Serialize};

use crate::data::{DataFolder, read_if_there, write_private};

/// Days for which a leaf is valid; it is renewed when less than a third is left.
const LEAF_DAYS: i32 = 90;
const CA_YEARS: i16 = 20;

/// Midnight of a day as rcgen wants it; a macro because rcgen does not export the type.
macro_rules! moment {
    ($day:expr) => {{
        let day: Date = $day;
        date_time_ymd(day.year().into(), u8::try_from(day.month()).unwrap_or(1), u8::try_from(day.day()).unwrap_or(1))
    }};
}

/// The hub's own CA.
pub struct Authority {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads the CA of the data folder, or makes it at the first start.
    pub fn open(folder: &DataFolder, hub_name: &str, now: Timestamp) -> Result<Self> {
        let (certificate_path, key_path) = (folder.path("ca.pem"), folder.path("ca.key"));
        let certificate_pem = match (read_if_there(&certificate_path)?, read_if_there(&key_path)?) {
            (Some(certificate), Some(_)) => String::from_utf8(certificate).context("ca.pem is not text")?,
            // a certificate without its key cannot have been finished by us, and nothing we could make would fit it
            (Some(_), None) => bail!("ca.key is missing beside ca.pem; restore it from the backup"),
            // the key is written first: a start that was cut short between the two begins anew
            (None, _) => {
                let key = KeyPair::generate()?;
                let today = day_of(now);
                let mut params = CertificateParams::default();
                params.distinguished_name = DistinguishedName::new();
                params.distinguished_name.push(DnType::CommonName, format!("{hub_name} Service-Tool CA"));
                params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
                params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
                params.not_before = moment!(today.checked_sub(1.day())?);
                params.not_after = moment!(today.checked_add(CA_YEARS.years())?);
                let certificate = params.self_signed(&key)?;
                write_private(&key_path, key.serialize_pem().as_bytes())?;
                write_private(&certificate_path, certificate.pem().as_bytes())?;
                certificate.pem()
            }
        };
        let key_pem = fs_err::read_to_string(&key_path)?;
        let key = KeyPair::from_pem(&key_pem).context("ca.key is not a key")?;
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|error| anyhow!("ca.pem is not a certificate: {error}"))?;
        let issuer = Issuer::from_ca_cert_pem(&certificate_pem, key).context("ca.pem is not a CA's certificate")?;
        Ok(Self { certificate, certificate_pem, issuer })
    }

    /// The CA's certificate, DER.
    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// The CA's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.certificate_pem
    }
}

/// What is kept of a leaf, in one file, so that certificate and key always fit.
#[derive(Serialize, Deserialize)]
struct Leaf {
    names: Vec<String>,
    not_after: Date,
    certificate_pem: String,
    key_pem: String,
}

/// Where the listener's certificate comes from.
pub enum Source {
    /// From the hub's own CA, for these names.
    Own { authority: Box<Authority>, names: Vec<String> },
    /// From files that somebody else renews.
    Files { certificate: PathBuf, key: PathBuf },
}

impl Source {
    /// The listener's configuration as of now; asked again daily. Makes the leaf anew where less than a third is left.
    pub fn server_config(&self, folder: &DataFolder, now: Timestamp) -> Result<Arc<ServerConfig>> {
        let (chain, key) = match self {
            Self::Own { authority, names } => {
                let leaf = current_leaf(authority, names, folder, now)?;
                let mut chain = certificates(leaf.certificate_pem.as_bytes())?;
                chain.push(authority.certificate.clone());
                (chain, private_key(leaf.key_pem.as_bytes())?)
            }
            Self::Files { certificate, key } => {
                (certificates(&fs_err::read(certificate)?)?, private_key(&fs_err::read(key)?)?)
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("certificate and key do not fit")?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// What tells one state of the certificate from the next, so that the listener is given a new one only when needed.
    pub fn fingerprint(&self, folder: &DataFolder) -> Option<Vec<u8>> {
        match self {
            Self::Own { .. } => read_if_there(&folder.path("leaf.json")).ok().flatten(),
            Self::Files { certificate, .. } => read_if_there(certificate).ok().flatten(),
        }
    }
}

fn current_leaf(authority: &Authority, names: &[String], folder: &DataFolder, now: Timestamp) -> Result<Leaf> {
    let path = folder.path("leaf.json");
    let today = day_of(now);
    if let Some(bytes) = read_if_there(&path)?
        && let Ok(leaf) = serde_json::from_slice::<Leaf>(&bytes)
        && leaf.names == names
        && today.checked_add((LEAF_DAYS / 3).days())? <= leaf.not_after
    {
        return Ok(leaf);
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, names.first().map_or("hub", String::as_str));
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let not_after = today.checked_add(LEAF_DAYS.days())?;
    params.not_before = moment!(today.checked_sub(1.day())?);
    params.not_after = moment!(not_after);
    let certificate = params.signed_by(&key, &authority.issuer)?;
    let leaf =
        Leaf { names: names.to_vec(), not_after, certificate_pem: certificate.pem(), key_pem: key.serialize_pem() };
    write_private(&path, &serde_json::to_vec(&leaf)?)?;
    tracing::info!(%not_after, "made a certificate for the listener");
    Ok(leaf)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| anyhow!("the certificate file is not PEM: {error}"))?;
    if chain.is_empty() {
        bail!("the certificate file holds no certificate");
    }
    Ok(chain)
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| anyhow!("the key file holds no private key: {error}"))
}

fn day_of(now: Timestamp) -> Date {
    now.to_zoned_datetime(TimeZone::UTC).date()
}
