//! HTTP as a client of the hub or of the desktop's browser mode speaks it, without a browser.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

use crate::runtime::block_on;

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{}: {}", self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON of a good answer.
    pub fn good(&self) -> Result<Value> {
        anyhow::ensure!(self.status.is_success(), "{}: {}", self.status, self.text());
        if self.body.is_empty() { Ok(Value::Null) } else { self.json() }
    }

    /// The code of a problem.
    pub fn code(&self) -> Result<String> {
        anyhow::ensure!(!self.status.is_success(), "no problem, but {}: {}", self.status, self.text());
        Ok(self.json()?["code"].as_str().context("a problem without a code")?.to_owned())
    }
}

/// A client that trusts one authority and no other, keeps cookies by hand and follows no redirect.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

impl Http {
    /// For plain HTTP on loopback.
    pub fn plain(base: &str) -> Result<Self> {
        Ok(Self::of(Self::builder().build()?, base))
    }

    /// For a server under the authority in a PEM file.
    pub fn trusting(base: &str, authority: &Path) -> Result<Self> {
        let pem = fs_err::read(authority)?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)?;
        Ok(Self::of(Self::builder().tls_certs_only(certificates).build()?, base))
    }

    fn builder() -> reqwest::ClientBuilder {
        crate::runtime::choose_tls_provider();
        reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
    }

    fn of(client: reqwest::Client, base: &str) -> Self {
        Self { client, base: base.trim_end_matches('/').to_owned(), headers: Vec::new() }
    }

    /// The same client with a header on every call.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(present, _)| present != name);
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// A header that goes with every call.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    /// The address that paths are below of.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn call(&self, method: Method, path: &str, media_type: &str, body: Vec<u8>) -> Result<Answer> {
        block_on(async {
            let mut request = self.client.request(method, format!("{}{path}", self.base));
            for (name, value) in &self.headers {
                request = request.header(name, value);
            }
            if !media_type.is_empty() {
                request = request.header("content-type", media_type).body(body);
            }
            let answer = request.send().await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
        })
        .with_context(|| format!("{}{path}", self.base))
    }

    pub fn get(&self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, "", Vec::new())
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::POST, path, "application/json", serde_json::to_vec(body)?)
    }

    pub fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::PUT, path, "application/json", serde_json::to_vec(body)?)
    }
}
