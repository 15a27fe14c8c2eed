//! The border to the screens: every row of the core's command table is a Tauri command of the same name, so that Tauri's own
//! permissions (`src-tauri/permissions`, `src-tauri/capabilities`, written from the same table) hold for each window. The core
//! checks the window once more.
//!
//! Invariant: a command takes one argument, `request`; pictures and files go back as raw bytes, everything else as JSON, and
//! every error is a [`Problem`].

#[cfg(test)]
mod bindings;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use service_tool_contract::code::{Code, Problem};
use service_tool_core::{
    COMMANDS, Desktop,
    command::{Reply, WindowLabel},
};
use tauri::{
    Runtime,
    ipc::{Invoke, InvokeBody, InvokeError, Response},
};

/// The desktop, as soon as it has been started.
pub type DesktopCell = Arc<OnceLock<Arc<Desktop>>>;

/// Answers calls of the screens. What it gives back says whether the command exists.
pub fn handler<R: Runtime>(desktop: DesktopCell) -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    move |invoke| {
        let Some((name, _)) = COMMANDS.iter().find(|(name, _)| *name == invoke.message.command()) else {
            return false;
        };
        let call = Call {
            name,
            window: invoke.message.webview_ref().label().to_owned(),
            request: request(invoke.message.payload()),
        };
        let desktop = Arc::clone(&desktop);
        invoke.resolver.respond_async(async move { call.answer(&desktop).await.map_err(InvokeError::from) });
        true
    }
}

struct Call {
    name: &'static str,
    window: String,
    request: Result<Value, Problem>,
}

impl Call {
    async fn answer(self, desktop: &OnceLock<Arc<Desktop>>) -> Result<Response, Problem> {
        let window = WindowLabel::from_label(&self.window)
            .ok_or_else(|| Problem::new(Code::WrongWindow, format!("no window {} is known", self.window)))?;
        let desktop =
            desktop.get().ok_or_else(|| Problem::new(Code::Internal, "the desktop has not been started yet"))?;
        match desktop.call(window, self.name, self.request?).await? {
            Reply::Json(value) => Ok(Response::new(value.to_string())),
            Reply::Bytes(bytes) => Ok(Response::new(bytes.bytes)),
        }
    }
}

/// The argument `request`.
fn request(body: &InvokeBody) -> Result<Value, Problem> {
    match body {
        InvokeBody::Json(Value::Object(arguments)) => arguments.get("request").cloned(),
        _ => None,
    }
    .ok_or_else(|| Problem::new(Code::Malformed, "a command takes one argument, `request`"))
}
