//! The border as a screen meets it, in Tauri's mock runtime with the real permissions and capabilities.

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use service_tool_contract::{form::facts::Printer, text::Language};
use service_tool_core::{
    COMMANDS, Desktop, Place, Policy, Ports,
    command::{DesktopEvent, MonitorLine, Screen, WindowLabel},
    host::{
        CaptureError, Desk, Picture, PrintError, PrinterSource, ScreenSource, SecretError, SecretStore, TrayState,
        WindowShape,
    },
};
use tauri::{
    App, WebviewWindow, WebviewWindowBuilder,
    ipc::{CallbackFn, InvokeBody, InvokeResponseBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder},
    webview::InvokeRequest,
};

use super::{DesktopCell, handler};
use crate::adapter::clock::{SystemClock, SystemRandomness};

struct Nobody;

impl Desk for Nobody {
    fn window_open(&self, _window: WindowLabel, _screen: &Screen, _shape: WindowShape) {}
    fn window_close(&self, _window: WindowLabel) {}
    fn window_any(&self) -> bool {
        false
    }
    fn tell(&self, _event: &DesktopEvent) {}
    fn tray_show(&self, _state: TrayState) {}
    fn entry_open(&self, _open: &str) -> Result<(), String> {
        Err("none here".to_owned())
    }
    fn end(&self) {}
}

impl SecretStore for Nobody {
    fn secret_get(&self, _name: &str) -> Result<Option<String>, SecretError> {
        Err(SecretError::Missing("none here".to_owned()))
    }
    fn secret_set(&self, _name: &str, _value: &str) -> Result<(), SecretError> {
        Err(SecretError::Missing("none here".to_owned()))
    }
    fn secret_remove(&self, _name: &str) -> Result<(), SecretError> {
        Err(SecretError::Missing("none here".to_owned()))
    }
}

impl PrinterSource for Nobody {
    fn printer_list(&self) -> Result<Vec<Printer>, PrintError> {
        Ok(Vec::new())
    }
}

impl ScreenSource for Nobody {
    fn monitor_list(&self) -> Result<Vec<MonitorLine>, CaptureError> {
        Err(CaptureError::NoScreen("none here".to_owned()))
    }
    fn monitor_capture(&self, _monitor: u32) -> Result<Picture, CaptureError> {
        Err(CaptureError::NoScreen("none here".to_owned()))
    }
    fn front_capture(&self) -> Result<Picture, CaptureError> {
        Err(CaptureError::NoScreen("none here".to_owned()))
    }
}

/// A program with both windows, in Tauri's mock runtime.
struct Program {
    _runtime: tokio::runtime::Runtime,
    _data: tempfile::TempDir,
    _app: App<MockRuntime>,
    windows: Vec<(WindowLabel, WebviewWindow<MockRuntime>)>,
}

impl Program {
    fn new() -> Self {
        Self::with_windows(&["menu", "work"])
    }

    fn with_windows(names: &[&str]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cell = DesktopCell::default();
        assert!(cell.set(desktop(data.path().join("data"), runtime.handle().clone())).is_ok());
        let app = mock_builder().invoke_handler(handler(cell)).build(tauri::generate_context!()).unwrap();
        let windows = names
            .iter()
            .map(|name| {
                let window = WebviewWindowBuilder::new(&app, *name, Default::default()).build().unwrap();
                (WindowLabel::from_label(name).unwrap_or(WindowLabel::Work), window)
            })
            .collect();
        Self { _runtime: runtime, _data: data, _app: app, windows }
    }

    fn call(&self, window: usize, command: &str, arguments: Value) -> Result<InvokeResponseBody, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" }.parse().unwrap(),
            body: InvokeBody::Json(arguments),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.windows[window].1, request)
    }
}

fn desktop(data: PathBuf, runtime: tokio::runtime::Handle) -> Arc<Desktop> {
    let _inside = runtime.enter();
    let ports = Ports {
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness::new()),
        secrets: Arc::new(Nobody),
        printers: Arc::new(Nobody),
        screen: Arc::new(Nobody),
        desk: Arc::new(Nobody),
        runtime: runtime.clone(),
    };
    let place = Place {
        data,
        host: "TS-1".to_owned(),
        session: "1".to_owned(),
        process: 1,
        language: Language::De,
        tray_missing: false,
    };
    Desktop::start(ports, Policy::default(), place).unwrap()
}

#[test]
fn every_command_answers_from_its_windows_and_is_refused_from_the_others() {
    let program = Program::new();
    for (command, allowed) in COMMANDS {
        for (number, (window, _)) in program.windows.iter().enumerate() {
            // A request of the wrong shape: it must reach the core to be called malformed, and does nothing there.
            let answer = program.call(number, command, json!({ "request": "no such shape" }));
            let Err(error) = answer else {
                panic!("{command} took a text for its request");
            };
            let reached = error["code"] == "malformed";
            let refused = error.as_str().is_some_and(|text| text.contains("not allowed"));
            assert_eq!(
                (reached, refused),
                (allowed.contains(window), !allowed.contains(window)),
                "{command} from {}: {error}",
                window.as_str()
            );
        }
    }
}

#[test]
fn a_command_answers_with_what_the_core_says() {
    let program = Program::new();
    let answer = program.call(0, "overview_get", json!({ "request": {} })).unwrap();
    let overview: Value = answer.deserialize().unwrap();
    assert_eq!(overview["host"], "TS-1");
    assert_eq!(overview["connection"], "not_enrolled");
}

#[test]
fn a_call_without_its_argument_is_malformed() {
    let program = Program::new();
    let error = program.call(0, "overview_get", json!({})).unwrap_err();
    assert_eq!(error["code"], "malformed");
}

#[test]
fn a_window_of_another_name_may_call_nothing() {
    let program = Program::with_windows(&["stranger"]);
    for (command, _) in COMMANDS {
        let error = program.call(0, command, json!({ "request": {} })).unwrap_err();
        assert!(error.as_str().is_some_and(|text| text.contains("not allowed")), "{command}: {error}");
    }
}

#[test]
fn commands_of_tauri_itself_are_refused_but_for_the_few_that_screens_need() {
    let program = Program::new();
    for command in [
        "plugin:window|close",
        "plugin:webview|create_webview_window",
        "plugin:path|resolve_directory",
        "plugin:event|emit",
    ] {
        for window in [0, 1] {
            let error = program.call(window, command, json!({})).unwrap_err();
            assert!(error.as_str().is_some_and(|text| text.contains("not allowed")), "{command}: {error}");
        }
    }
}
