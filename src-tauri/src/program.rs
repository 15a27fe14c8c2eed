//! The program with its bag and its windows: builds Tauri, starts the desktop once it is the only one in this session, and
//! passes on what the person and the system do.
//!
//! Invariant: the end of the last window is not the end of the program.

use std::{
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use service_tool_core::{
    Desktop,
    command::{DesktopEvent, Screen, WindowLabel},
    host::{Desk, ScreenSource, TrayState, WindowShape},
};
use tauri::{App, AppHandle, RunEvent, WindowEvent};

use crate::{
    Begin,
    adapter::{
        autostart::autostart_apply,
        display::display_missing,
        entry::entry_open,
        place::instance_name,
        screen::{Curtain, SystemScreen},
    },
    argument::Arguments,
    command::{DesktopCell, handler},
    tray::{Tray, TrayTarget},
    window::Windows,
};

const BACKGROUND: &str = "--background";

/// Runs until the end is asked for. A second start ends at once, after the first one has opened its menu.
pub fn run(begin: Begin, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(advice) = display_missing() {
        anyhow::bail!(advice);
    }
    tauri::async_runtime::set(begin.runtime.clone());
    let mut line = vec![BACKGROUND.into()];
    line.extend(arguments.place.again());
    if let Err(error) = autostart_apply(begin.policy.desktop.autostart, &line) {
        tracing::warn!(%error, "the autostart entry could not be set as policy says");
    }

    let mut context = tauri::generate_context!();
    // One instance for each session and folder: the plug-in builds its name from this one.
    let identifier = format!("{}.{}", context.config().identifier, instance_name(&begin.place));
    context.config_mut().identifier = identifier;

    let cell = DesktopCell::default();
    let (second, events) = (Arc::clone(&cell), Arc::clone(&cell));
    let open = !arguments.background;
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(move |_, words, _| {
            // The autostart entry wants no menu, from whichever start it comes.
            if !words.iter().any(|word| word == BACKGROUND)
                && let Some(desktop) = second.get()
            {
                desktop.activate();
            }
        }))
        .invoke_handler(handler(Arc::clone(&cell)))
        .setup(move |app| {
            if let Err(error) = setup(app, begin, &cell, open) {
                // An error given back here would be a panic in Tauri.
                eprintln!("service-tool: {error:#}");
                app.cleanup_before_exit();
                std::process::exit(1);
            }
            Ok(())
        })
        .build(context)?;

    let code = app.run_return(move |app, event| match event {
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } => window_destroyed(app, &label, &events),
        RunEvent::Exit => {
            if let Some(desktop) = events.get() {
                tauri::async_runtime::block_on(desktop.shutdown());
            }
        }
        _ => {}
    });
    Ok(if code == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts the desktop; this process is the only one in its session and folder by now.
fn setup(app: &mut App, mut begin: Begin, cell: &DesktopCell, open: bool) -> anyhow::Result<()> {
    use tauri::Manager as _;
    let session = match begin.place.session.as_str() {
        "" => "session".to_owned(),
        _ => begin.place.session_folder(),
    };
    let windows = Windows::new(app.handle().clone(), begin.place.data.join("webview").join(session))?;
    let target = Arc::new(Bag { windows: windows.clone(), desktop: Arc::clone(cell) });
    let state = TrayState { language: begin.place.language, may_quit: begin.policy.may_quit(), ..TrayState::default() };
    let tray = Tray::start(app.handle().clone(), target, state);
    begin.place.tray_missing = !tray.is_there();
    app.manage(windows.clone());

    let desk = Arc::new(SystemDesk { app: app.handle().clone(), windows: windows.clone(), tray: tray.clone() });
    let screen: Arc<dyn ScreenSource> = Arc::new(SystemScreen::new(Some(Arc::new(windows) as Arc<dyn Curtain>)));
    let ports = begin.ports(desk, screen);
    let shortcut = begin.policy.desktop.shortcut.take();
    let desktop = {
        let _inside = begin.runtime.enter();
        Desktop::start(ports, begin.policy, begin.place)?
    };
    let _ = cell.set(Arc::clone(&desktop));
    // it may have come while the desktop was starting
    desktop.tray_found(tray.is_there());
    if let Some(shortcut) = &shortcut {
        shortcut_register(app.handle(), shortcut, Arc::clone(&desktop));
    }
    if open {
        desktop.activate();
    }
    let app = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        end_asked().await;
        app.exit(0);
    });
    Ok(())
}

/// The keys that open the menu from anywhere. Where they are not understood or another program has them, the menu is opened
/// as before.
fn shortcut_register(app: &AppHandle, keys: &str, desktop: Arc<Desktop>) {
    use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt as _, ShortcutState};
    let registered = app.plugin(Builder::new().build()).map_err(|error| error.to_string()).and_then(|()| {
        let pressed = move |_: &AppHandle, _: &_, event: tauri_plugin_global_shortcut::ShortcutEvent| {
            if event.state == ShortcutState::Pressed {
                desktop.activate();
            }
        };
        app.global_shortcut().on_shortcut(keys, pressed).map_err(|error| error.to_string())
    });
    if let Err(error) = registered {
        tracing::warn!(%error, keys, "the shortcut that policy names cannot be used");
    }
}

fn window_destroyed(app: &AppHandle, label: &str, cell: &OnceLock<Arc<Desktop>>) {
    use tauri::Manager as _;
    let last = app.state::<Windows>().closed(label);
    if last && let Some(desktop) = cell.get() {
        desktop.windows_closed();
    }
}

/// Resolves when the system or a terminal asks the program to end.
pub async fn end_asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What the person does at the bag, passed on.
struct Bag {
    windows: Windows,
    desktop: DesktopCell,
}

impl TrayTarget for Bag {
    fn tray_activated(&self, place: Option<(i32, i32)>) {
        self.windows.clicked(place);
        if let Some(desktop) = self.desktop.get() {
            desktop.activate();
        }
    }

    fn tray_quit(&self) {
        if let Some(desktop) = self.desktop.get() {
            desktop.tray_menu_quit();
        }
    }

    fn tray_found(&self, found: bool) {
        if let Some(desktop) = self.desktop.get() {
            desktop.tray_found(found);
        }
    }
}

/// The windows and the bag of this session.
struct SystemDesk {
    app: AppHandle,
    windows: Windows,
    tray: Tray,
}

impl Desk for SystemDesk {
    fn window_open(&self, window: WindowLabel, screen: &Screen, shape: WindowShape) {
        self.windows.open(window, screen, shape);
    }

    fn window_close(&self, window: WindowLabel) {
        self.windows.close(window);
    }

    fn window_any(&self) -> bool {
        self.windows.any()
    }

    fn tell(&self, event: &DesktopEvent) {
        self.windows.tell(event);
    }

    fn tray_show(&self, state: TrayState) {
        self.tray.show(state);
    }

    fn entry_open(&self, open: &str) -> Result<(), String> {
        entry_open(open)
    }

    fn end(&self) {
        self.app.exit(0);
    }
}
