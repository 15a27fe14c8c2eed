//! The one runtime for what is asynchronous (WebDriver, HTTP); tests themselves are plain functions, top to bottom.

use std::{future::Future, sync::LazyLock};

use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<std::io::Result<Runtime>> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build());

/// The runtime, for servers that run beside a test.
pub fn runtime() -> anyhow::Result<&'static Runtime> {
    RUNTIME.as_ref().map_err(|error| anyhow::anyhow!("no runtime: {error}"))
}

/// Waits for `future` on the test's own thread.
pub fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    runtime()?.block_on(future)
}

/// Chooses the provider of TLS for this process; again is fine.
pub fn choose_tls_provider() {
    // refused when it was chosen before, which is the same one
    let _ = rustls::crypto::ring::default_provider().install_default();
}
