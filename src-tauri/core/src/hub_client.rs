//! Calls of the hub's API: transport, trust, tokens, limits and what each failure is called. Leaves to others when to call
//! and what to do with the answer.
//!
//! Trust (O2): where a CA is pinned at enrolment or named by policy, it alone is trusted; else the system's own verifier
//! decides. A connection that does not check certificates exists in one place only, [`fetch_pinned_ca`], where what comes
//! back is compared with the pin before anything else happens.
//!
//! Invariant: only HTTPS, no redirects, every answer bounded in time and size, ring is the one provider; no secret and no
//! body reaches a log.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use reqwest::{Method, StatusCode, Url, header};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::{Serialize, de::DeserializeOwned};
use service_tool_contract::{
    IDEMPOTENCY_HEADER, VERSION, VERSION_HEADER,
    code::{Code, Problem},
    id::Moment,
    wire::{Token, TokenAsk},
};

use crate::host::Clock;

/// Bytes of a JSON answer that are read at most.
const JSON_LIMIT: usize = 8 * 1024 * 1024;
/// Bytes of an attachment that are read at most.
const ATTACHMENT_LIMIT: usize = 64 * 1024 * 1024;
/// A token is renewed so long before its end.
const RENEW_BEFORE_S: i64 = 30;

/// Bounds in time.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// A whole call, except long polls, which take their own wait on top.
    pub call: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), read: Duration::from_secs(40), call: Duration::from_secs(60) }
    }
}

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Whatever the system trusts.
    System,
    /// These CAs (DER) and no others.
    Only(Vec<Vec<u8>>),
}

impl Trust {
    /// The certificates of a PEM file.
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem)
            .map(|der| der.map(|der| der.to_vec()))
            .collect::<Result<_, _>>()
            .ok()?;
        (!certificates.is_empty()).then_some(Self::Only(certificates))
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{problem}")]
pub struct HubError {
    /// What the hub answered with; empty where nothing came from a hub.
    pub status: Option<u16>,
    pub problem: Problem,
}

impl HubError {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { status: None, problem: Problem::new(code, message) }
    }

    /// The case.
    pub fn code(&self) -> Code {
        self.problem.code
    }

    /// Whether sending the same again can never succeed. Codes of a newer version are judged by their status.
    pub fn is_permanent(&self) -> bool {
        let Some(status) = self.status else { return false };
        let passing = matches!(
            self.problem.code,
            Code::SignedOut
                | Code::TooMany
                | Code::TooSlow
                | Code::HubUnavailable
                | Code::AttachmentMissing
                | Code::ClientTooOld
                | Code::Internal
                | Code::HubUnreachable
                | Code::HubNotUnderstood
        );
        (400..500).contains(&status) && !matches!(status, 401 | 408 | 425 | 429) && !passing
    }
}

impl From<HubError> for Problem {
    fn from(error: HubError) -> Self {
        error.problem
    }
}

/// Longest wait that is taken from a hub, or from whatever stands before it.
pub const RETRY_AFTER_MOST_S: u32 = 3600;

/// `https://host[:port]` of what a person or policy wrote; a bare name is meant as HTTPS.
pub fn hub_address(text: &str) -> Result<Url, Problem> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&full).map_err(|error| Problem::new(Code::Malformed, format!("hub address: {error}")))?;
    let plain = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if url.scheme() != "https" || url.host_str().is_none() || !plain {
        return Err(Problem::new(Code::Malformed, "a hub address is https://name or https://name:port"));
    }
    Ok(url)
}

/// The system's verifier takes the provider of the process; all else is told which. A second choice is fine.
pub fn provider_choose() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An HTTP client with that trust.
fn http_client(hub: &Url, trust: &Trust, patience: Patience) -> Result<reqwest::Client, HubError> {
    provider_choose();
    let mut builder = plain_builder(hub, patience);
    if let Trust::Only(certificates) = trust {
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            roots
                .add(CertificateDer::from(certificate.clone()))
                .map_err(|error| HubError::new(Code::HubUntrusted, format!("the CA is no certificate: {error}")))?;
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| HubError::new(Code::Internal, error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        builder = builder.tls_backend_preconfigured(config);
    }
    builder.build().map_err(|error| HubError::new(Code::Internal, format!("no HTTP client: {error}")))
}

fn plain_builder(hub: &Url, patience: Patience) -> reqwest::ClientBuilder {
    let mut headers = header::HeaderMap::new();
    headers.insert(VERSION_HEADER, header::HeaderValue::from_static(VERSION));
    let mut builder = reqwest::Client::builder()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(patience.connect)
        .read_timeout(patience.read)
        .timeout(patience.call)
        .default_headers(headers)
        .user_agent(concat!("service-tool/", env!("CARGO_PKG_VERSION")));
    if is_loopback(hub) {
        builder = builder.no_proxy();
    }
    builder
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// The hub's CA certificate (DER), fetched without trust and compared with the pin: the first bytes of its SHA-256. Nothing
/// secret goes out with this call.
pub async fn fetch_pinned_ca(hub: &Url, pin: &[u8], patience: Patience) -> Result<Vec<u8>, HubError> {
    provider_choose();
    let client = plain_builder(hub, patience)
        .tls_danger_accept_invalid_certs(true)
        .build()
        .map_err(|error| HubError::new(Code::Internal, error.to_string()))?;
    let url = hub.join("ca.pem").map_err(|error| HubError::new(Code::Malformed, error.to_string()))?;
    let response = client.get(url).send().await.map_err(|error| failure(&error))?;
    if !response.status().is_success() {
        return Err(HubError::new(Code::HubNotUnderstood, format!("ca.pem: status {}", response.status())));
    }
    let pem = read_limited(response, 64 * 1024).await?;
    let Some(Trust::Only(certificates)) = Trust::from_pem(&pem) else {
        return Err(HubError::new(Code::HubNotUnderstood, "ca.pem is no certificate"));
    };
    certificates
        .into_iter()
        .find(|der| ring::digest::digest(&ring::digest::SHA256, der).as_ref().starts_with(pin))
        .ok_or_else(|| HubError::new(Code::HubUntrusted, "the hub's CA is not the one of the code"))
}

/// What a cached answer is compared with.
pub enum Tagged<T> {
    Same,
    New { value: T, tag: Option<String> },
}

struct Access {
    token: String,
    ends_at: Moment,
}

/// The hub, for one device or for nobody yet.
pub struct HubClient {
    base: Url,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    device_key: Option<String>,
    access: tokio::sync::Mutex<Option<Access>>,
}

impl HubClient {
    /// A client of `hub`; with a device key it signs in by itself.
    pub fn new(
        hub: &Url,
        trust: &Trust,
        device_key: Option<String>,
        clock: Arc<dyn Clock>,
        patience: Patience,
    ) -> Result<Self, HubError> {
        Ok(Self {
            base: hub.join("api/v1/").map_err(|error| HubError::new(Code::Malformed, error.to_string()))?,
            http: http_client(hub, trust, patience)?,
            clock,
            device_key,
            access: tokio::sync::Mutex::default(),
        })
    }

    /// A call without sign-in.
    pub async fn open_post<Q: Serialize, A: DeserializeOwned>(&self, path: &str, body: &Q) -> Result<A, HubError> {
        let body = serde_json::to_vec(body).map_err(|error| HubError::new(Code::Internal, error.to_string()))?;
        let request = self.request(Method::POST, path)?.header(header::CONTENT_TYPE, "application/json").body(body);
        answer_json(request.send().await.map_err(|error| failure(&error))?).await
    }

    /// Reads something.
    pub async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, HubError> {
        let response = self.signed(|client| client.request(Method::GET, path)).await?;
        answer_json(response).await
    }

    /// Reads something that may take `wait` until it has an answer.
    pub async fn get_waiting<A: DeserializeOwned>(&self, path: &str, wait: Duration) -> Result<A, HubError> {
        let limit = wait + Duration::from_secs(15);
        let response = self.signed(|client| Ok(client.request(Method::GET, path)?.timeout(limit))).await?;
        answer_json(response).await
    }

    /// Reads something unless it is still what `tag` names.
    pub async fn get_tagged<A: DeserializeOwned>(&self, path: &str, tag: Option<&str>) -> Result<Tagged<A>, HubError> {
        let response = self
            .signed(|client| {
                let request = client.request(Method::GET, path)?;
                Ok(match tag {
                    Some(tag) => request.header(header::IF_NONE_MATCH, tag),
                    None => request,
                })
            })
            .await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Tagged::Same);
        }
        let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok(Tagged::New { value: answer_json(response).await?, tag })
    }

    /// Reads raw bytes with their media type.
    pub async fn get_bytes(&self, path: &str) -> Result<(String, Vec<u8>), HubError> {
        let response = self.signed(|client| client.request(Method::GET, path)).await?;
        let response = answer_ok(response).await?;
        let media_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("application/octet-stream")
            .to_owned();
        Ok((media_type, read_limited(response, ATTACHMENT_LIMIT).await?))
    }

    /// Sends a body that was fixed before; `key` makes the hub carry it out at most once.
    pub async fn send<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> Result<A, HubError> {
        let response = self
            .signed(|client| {
                let mut request = client
                    .request(method.clone(), path)?
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(body.to_owned());
                if let Some(key) = key {
                    request = request.header(IDEMPOTENCY_HEADER, key);
                }
                Ok(request)
            })
            .await?;
        answer_json(response).await
    }

    /// Sends a piece of an upload.
    pub async fn put_bytes<A: DeserializeOwned>(&self, path: &str, bytes: &[u8]) -> Result<A, HubError> {
        let response = self
            .signed(|client| {
                Ok(client
                    .request(Method::PUT, path)?
                    .header(header::CONTENT_TYPE, "application/octet-stream")
                    .body(bytes.to_vec()))
            })
            .await?;
        answer_json(response).await
    }

    fn request(&self, method: Method, path: &str) -> Result<reqwest::RequestBuilder, HubError> {
        let url = self.base.join(path).map_err(|error| HubError::new(Code::Malformed, error.to_string()))?;
        Ok(self.http.request(method, url))
    }

    /// Signs in where needed and calls; renews the token once where it is refused.
    async fn signed(
        &self,
        build: impl Fn(&Self) -> Result<reqwest::RequestBuilder, HubError> + Send,
    ) -> Result<reqwest::Response, HubError> {
        let mut token = self.token(None).await?;
        for last in [false, true] {
            let response = build(self)?.bearer_auth(&token).send().await.map_err(|error| failure(&error))?;
            if response.status() != StatusCode::UNAUTHORIZED || last {
                return Ok(response);
            }
            token = self.token(Some(&token)).await?;
        }
        Err(HubError::new(Code::SignedOut, "the hub refuses a fresh token"))
    }

    /// A token that is good for a while, and is not `refused`.
    async fn token(&self, refused: Option<&str>) -> Result<String, HubError> {
        let Some(device_key) = &self.device_key else {
            return Err(HubError::new(Code::NotEnrolled, "no credential"));
        };
        let mut access = self.access.lock().await;
        let now = self.clock.now();
        if let Some(access) = access.as_ref()
            && Some(access.token.as_str()) != refused
            && now < access.ends_at
        {
            return Ok(access.token.clone());
        }
        *access = None;
        let token: Token = self.open_post("tokens", &TokenAsk { device_key: device_key.clone() }).await?;
        let good_for_s = (i64::from(token.expires_in_s) - RENEW_BEFORE_S).max(1);
        let ends_at = now.0.saturating_add(jiff::SignedDuration::from_secs(good_for_s)).map(Moment).unwrap_or(now);
        *access = Some(Access { token: token.access_token.clone(), ends_at });
        Ok(token.access_token)
    }
}

async fn answer_ok(response: reqwest::Response) -> Result<reqwest::Response, HubError> {
    let status = response.status();
    let version = response.headers().get(VERSION_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if status.is_success() {
        return match version {
            Some(version) if is_understood(&version) => Ok(response),
            Some(version) => Err(HubError::new(Code::HubNotUnderstood, format!("the hub has version {version}"))),
            None => Err(HubError::new(Code::HubNotUnderstood, "what answered is no hub")),
        };
    }
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u32>().ok())
        .map(|seconds| seconds.min(RETRY_AFTER_MOST_S));
    let body = read_limited(response, JSON_LIMIT).await.unwrap_or_default();
    let Ok(mut problem) = serde_json::from_slice::<Problem>(&body) else {
        // a proxy in front of a hub that is down speaks for itself
        let code = match status.as_u16() {
            502..=504 => Code::HubUnreachable,
            429 => Code::TooMany,
            _ => Code::HubNotUnderstood,
        };
        let mut error = HubError::new(code, format!("status {status} without a problem body"));
        error.problem.retry_after = retry_after;
        return Err(error);
    };
    problem.retry_after = problem.retry_after.map(|seconds| seconds.min(RETRY_AFTER_MOST_S)).or(retry_after);
    Err(HubError { status: Some(status.as_u16()), problem })
}

/// Versions of the same major number understand each other; the hub says itself where a client is too old.
fn is_understood(version: &str) -> bool {
    let major = |text: &str| text.split('.').next().and_then(|part| part.parse::<u32>().ok());
    major(version).is_some() && major(version) == major(VERSION)
}

async fn answer_json<A: DeserializeOwned>(response: reqwest::Response) -> Result<A, HubError> {
    let response = answer_ok(response).await?;
    let body = read_limited(response, JSON_LIMIT).await?;
    serde_json::from_slice(&body)
        .map_err(|error| HubError::new(Code::HubNotUnderstood, format!("answer not understood: {error}")))
}

async fn read_limited(response: reqwest::Response, limit: usize) -> Result<Vec<u8>, HubError> {
    let mut body = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| failure(&error))?;
        if body.len() + piece.len() > limit {
            return Err(HubError::new(Code::HubNotUnderstood, format!("answer larger than {limit} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// What a failed transport is called.
fn failure(error: &reqwest::Error) -> HubError {
    let mut code = Code::HubUnreachable;
    let mut words = Vec::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(tls) = tls_error(error) {
            code = match tls {
                rustls::Error::InvalidCertificate(_)
                | rustls::Error::NoCertificatesPresented
                | rustls::Error::UnsupportedNameType
                | rustls::Error::InvalidCertRevocationList(_) => Code::HubUntrusted,
                _ => Code::HubNotUnderstood,
            };
            words = vec![tls.to_string()];
            break;
        }
        words.push(error.to_string());
        next = error.source();
    }
    if error.is_builder() {
        code = Code::Malformed;
    }
    // the address may stand in the words of the outermost error; the innermost names the cause alone
    HubError::new(code, words.pop().unwrap_or_default())
}

/// A TLS error lies within an input/output error, or several.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref() {
        Some(tls) => Some(tls),
        None => tls_error(error.downcast_ref::<std::io::Error>()?.get_ref()?),
    }
}
