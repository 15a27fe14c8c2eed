//! The windows `menu` and `work` (T2, T3): made when the core asks for one, destroyed when closed. All of it happens in
//! order on one thread of its own, because a window must not be made inside an event of another one.
//!
//! Invariant: no webview exists before the core asks for a window, and some seconds after the last one was closed no process
//! of the web engine is left.

mod corner;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    time::{Duration, Instant},
};

use service_tool_core::{
    command::{DesktopEvent, Screen, WindowLabel},
    host::WindowShape,
};
use tauri::{
    AppHandle, Manager as _, Monitor, PhysicalPosition, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse,
};

use crate::adapter::{screen::Curtain, web_process::web_processes_end};
use corner::Area;

/// Name of the event that carries [`DesktopEvent`]s to the screens.
pub const EVENT: &str = "desktop-event";

const MENU_SIZE: (f64, f64) = (400.0, 600.0);
const SUPPORT_SIZE: (f64, f64) = (760.0, 640.0);
const WORK_SIZE: (f64, f64) = (960.0, 720.0);
const WORK_SMALLEST: (f64, f64) = (320.0, 400.0);
/// About what a window manager puts around a window.
const TITLE_BAR: f64 = 40.0;
/// Where no monitor is known: large enough for every window.
const UNKNOWN_AREA: Area = Area { x: 0, y: 0, width: 1280, height: 800 };
/// How long the web engine stays warm after the last window.
const WARM: Duration = Duration::from_secs(20);
/// How long closing a window may hold up the next task.
const GONE_LIMIT: Duration = Duration::from_secs(2);
/// A click older than this says nothing about where the menu belongs.
const CLICK_LIFE: Duration = Duration::from_secs(10);

/// The windows of this process. Cheap to clone.
#[derive(Clone)]
pub struct Windows(Arc<Inner>);

struct Inner {
    app: AppHandle,
    /// Folder of the web engine, for this session alone (N4).
    web_data: PathBuf,
    tasks: mpsc::Sender<Task>,
    state: Mutex<State>,
    /// Told when a window is gone.
    gone: Condvar,
}

#[derive(Default)]
struct State {
    /// Windows that exist.
    alive: BTreeSet<&'static str>,
    /// How many were asked for and not looked at yet.
    pending: usize,
    /// Windows hidden while a picture is taken, and where they were.
    hidden: Vec<(WebviewWindow, Option<PhysicalPosition<i32>>)>,
    /// Where the bag was clicked last.
    click: Option<((i32, i32), Instant)>,
}

type Task = Box<dyn FnOnce(&Windows) + Send>;

impl Windows {
    pub fn new(app: AppHandle, web_data: PathBuf) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Task>();
        let windows =
            Self(Arc::new(Inner { app, web_data, tasks: sender, state: Mutex::default(), gone: Condvar::new() }));
        let worker = windows.clone();
        std::thread::Builder::new().name("windows".to_owned()).spawn(move || {
            for task in receiver {
                task(&worker);
            }
        })?;
        Ok(windows)
    }

    /// Where the bag was clicked: the menu opens there.
    pub fn clicked(&self, place: Option<(i32, i32)>) {
        self.state().click = place.map(|place| (place, Instant::now()));
    }

    /// Opens the window in this shape, or brings it to the front as it is, showing the screen.
    pub fn open(&self, window: WindowLabel, screen: &Screen, shape: WindowShape) {
        self.state().pending += 1;
        let screen = screen.clone();
        self.later(move |windows| {
            if let Err(error) = windows.open_now(window, &screen, shape) {
                tracing::error!(%error, window = window.as_str(), "the window could not be opened");
            }
            windows.state().pending -= 1;
        });
    }

    /// Closes it; an absent one is fine.
    pub fn close(&self, window: WindowLabel) {
        self.later(move |windows| {
            let name = window.as_str();
            let Some(window) = windows.0.app.get_webview_window(name) else {
                return;
            };
            if let Err(error) = window.destroy() {
                tracing::error!(%error, "the window could not be closed");
                return;
            }
            // The next task may want the same window anew.
            let state = windows.state();
            let wait = windows.0.gone.wait_timeout_while(state, GONE_LIMIT, |state| state.alive.contains(name));
            drop(wait);
        });
    }

    /// Whether one is open or about to be.
    pub fn any(&self) -> bool {
        let state = self.state();
        !state.alive.is_empty() || state.pending > 0
    }

    /// Tells the screens; one that concerns a single window goes to that one.
    pub fn tell(&self, event: &DesktopEvent) {
        let event = event.clone();
        self.later(move |windows| {
            for name in [WindowLabel::Menu, WindowLabel::Work] {
                if !concerns(&event, name) {
                    continue;
                }
                if let Some(window) = windows.0.app.get_webview_window(name.as_str()) {
                    send(&window, &event);
                }
            }
        });
    }

    /// A window is gone. Says whether it was the last one; then the web engine's processes end as well, a little later.
    pub fn closed(&self, name: &str) -> bool {
        let last = {
            let mut state = self.state();
            state.alive.retain(|alive| *alive != name);
            state.alive.is_empty() && state.pending == 0
        };
        self.0.gone.notify_all();
        if last {
            let windows = self.clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(WARM).await;
                // In turn with the making of windows: none can come into being meanwhile.
                windows.later(|windows| {
                    if !windows.any() && windows.0.app.webview_windows().is_empty() {
                        let count = web_processes_end();
                        tracing::debug!(count, "the web engine was ended");
                    }
                });
            });
        }
        last
    }

    fn later(&self, task: impl FnOnce(&Self) + Send + 'static) {
        if self.0.tasks.send(Box::new(task)).is_err() {
            tracing::error!("the thread of the windows has ended");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_now(&self, name: WindowLabel, screen: &Screen, shape: WindowShape) -> tauri::Result<()> {
        if let Some(window) = self.0.app.get_webview_window(name.as_str()) {
            send(&window, &DesktopEvent::ScreenRequested { window: name, screen: screen.clone() });
            window.unminimize()?;
            window.show()?;
            return window.set_focus();
        }
        let click = match name {
            WindowLabel::Menu => {
                self.state().click.take().filter(|(_, at)| at.elapsed() < CLICK_LIFE).map(|(place, _)| place)
            }
            WindowLabel::Work => None,
        };
        let monitor = self.monitor(click)?;
        let (area, scale) =
            monitor.as_ref().map_or((UNKNOWN_AREA, 1.0), |monitor| (work_area(monitor), monitor.scale_factor()));
        let size = size_on(shape, area, scale);
        let pixels = ((size.0 * scale) as i32, (size.1 * scale) as i32);
        let builder = WebviewWindowBuilder::new(&self.0.app, name.as_str(), WebviewUrl::App(address(screen).into()))
            .title("Service-Tool")
            .data_directory(self.0.web_data.clone())
            .inner_size(size.0, size.1)
            .visible(false)
            .on_document_title_changed(|window, title| {
                if !title.is_empty() && window.set_title(&title).is_err() {
                    tracing::debug!("the window is gone, its title too");
                }
            })
            .on_navigation(is_own)
            .on_new_window(|_, _| NewWindowResponse::Deny);
        let (window, (x, y)) = match name {
            WindowLabel::Menu => {
                let builder = builder.decorations(false).resizable(false).maximizable(false).minimizable(false);
                let window = builder.skip_taskbar(true).always_on_top(true).build()?;
                (window, corner::place(click, area, pixels))
            }
            WindowLabel::Work => {
                let window = builder.min_inner_size(WORK_SMALLEST.0, WORK_SMALLEST.1).build()?;
                (window, corner::middle(area, pixels))
            }
        };
        self.state().alive.insert(name.as_str());
        if monitor.is_some() {
            window.set_position(PhysicalPosition::new(x, y))?;
        }
        window.show()?;
        window.set_focus()
    }

    /// The monitor of a place, or of the pointer, or any.
    fn monitor(&self, place: Option<(i32, i32)>) -> tauri::Result<Option<Monitor>> {
        let (x, y) = match place {
            Some((x, y)) => (f64::from(x), f64::from(y)),
            None => self.0.app.cursor_position().map_or((0.0, 0.0), |place| (place.x, place.y)),
        };
        let found = self.0.app.monitor_from_point(x, y)?;
        let found = match found {
            None => self.0.app.primary_monitor()?,
            found => found,
        };
        Ok(match found {
            None => self.0.app.available_monitors()?.into_iter().next(),
            found => found,
        })
    }
}

impl Curtain for Windows {
    fn windows_hide(&self) -> usize {
        let visible = self.0.app.webview_windows().into_values().filter(|window| window.is_visible().unwrap_or(false));
        let hidden: Vec<_> = visible
            .filter_map(|window| {
                let place = window.outer_position().ok();
                window.hide().is_ok().then_some((window, place))
            })
            .collect();
        let count = hidden.len();
        self.state().hidden.extend(hidden);
        count
    }

    fn windows_show(&self) {
        let hidden = std::mem::take(&mut self.state().hidden);
        for (window, place) in hidden {
            let shown = window.show().and_then(|()| match place {
                // A window manager may think of another place for a window that comes back.
                Some(place) => window.set_position(place),
                None => Ok(()),
            });
            if shown.is_err() {
                tracing::debug!("the window was closed while a picture was taken");
            }
        }
    }

    fn pointer(&self) -> Option<(i32, i32)> {
        self.0.app.cursor_position().ok().map(|place| (place.x as i32, place.y as i32))
    }
}

/// The size of a window, no larger than the free part of its monitor.
fn size_on(shape: WindowShape, area: Area, scale: f64) -> (f64, f64) {
    let free = (f64::from(area.width) / scale, f64::from(area.height) / scale);
    let (width, height) = match shape {
        WindowShape::Menu => return (MENU_SIZE.0.min(free.0), MENU_SIZE.1.min(free.1)),
        WindowShape::Support => SUPPORT_SIZE,
        WindowShape::Work => WORK_SIZE,
    };
    (width.min(free.0).max(WORK_SMALLEST.0), height.min(free.1 - TITLE_BAR).max(WORK_SMALLEST.1))
}

/// Where the screens' router finds the screen.
fn address(screen: &Screen) -> String {
    let path = match screen {
        Screen::Menu => "menu".to_owned(),
        Screen::Choose => "choose".to_owned(),
        Screen::Profile => "profile".to_owned(),
        Screen::Enrol => "enrol".to_owned(),
        Screen::Quit => "quit".to_owned(),
        Screen::Form { draft } => format!("form/{draft}"),
        Screen::Sent { item } => format!("sent/{item}"),
        Screen::Inbox { request: None } => "inbox".to_owned(),
        Screen::Inbox { request: Some(request) } => format!("inbox/{request}"),
        Screen::Requests { request: None } => "requests".to_owned(),
        Screen::Requests { request: Some(request) } => format!("requests/{request}"),
    };
    format!("index.html#/{path}")
}

/// Only the program's own pages are shown in its windows.
fn is_own(url: &Url) -> bool {
    url.scheme() == "tauri"
        || (url.scheme() == "http" && url.host_str() == Some("tauri.localhost"))
        || url.as_str() == "about:blank"
}

fn concerns(event: &DesktopEvent, name: WindowLabel) -> bool {
    match event {
        DesktopEvent::ScreenRequested { window, .. } => *window == name,
        _ => true,
    }
}

fn send(window: &WebviewWindow, event: &DesktopEvent) {
    use tauri::Emitter as _;
    if let Err(error) = window.emit_to(window.label(), EVENT, event) {
        tracing::warn!(%error, "a window could not be told");
    }
}

fn work_area(monitor: &Monitor) -> Area {
    let area = monitor.work_area();
    Area {
        x: area.position.x,
        y: area.position.y,
        width: i32::try_from(area.size.width).unwrap_or(i32::MAX),
        height: i32::try_from(area.size.height).unwrap_or(i32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_address() {
        let table = [
            (Screen::Menu, "index.html#/menu"),
            (Screen::Choose, "index.html#/choose"),
            (Screen::Form { draft: "dra_1".into() }, "index.html#/form/dra_1"),
            (Screen::Sent { item: "out_1".into() }, "index.html#/sent/out_1"),
            (Screen::Inbox { request: None }, "index.html#/inbox"),
            (Screen::Inbox { request: Some("req_1".into()) }, "index.html#/inbox/req_1"),
            (Screen::Requests { request: Some("req_1".into()) }, "index.html#/requests/req_1"),
        ];
        for (screen, expected) in table {
            assert_eq!(address(&screen), expected);
        }
    }

    #[test]
    fn windows_fit_on_their_monitor() {
        let area = |width, height| Area { x: 0, y: 0, width, height };
        let table = [
            (WindowShape::Menu, area(1280, 768), 1.0, (400.0, 600.0)),
            (WindowShape::Menu, area(640, 480), 1.0, (400.0, 480.0)),
            (WindowShape::Menu, area(1600, 1000), 2.0, (400.0, 500.0)),
            (WindowShape::Work, area(1920, 1040), 1.0, (960.0, 720.0)),
            (WindowShape::Work, area(800, 560), 1.0, (800.0, 520.0)),
            (WindowShape::Work, area(300, 200), 1.0, (320.0, 400.0)),
            (WindowShape::Support, area(1920, 1040), 1.0, (760.0, 640.0)),
            (WindowShape::Support, area(1280, 640), 1.0, (760.0, 600.0)),
        ];
        for (shape, area, scale, expected) in table {
            assert_eq!(size_on(shape, area, scale), expected, "{shape:?} {area:?}");
        }
    }

    #[test]
    fn only_own_pages_are_shown() {
        for (url, own) in [
            ("tauri://localhost/index.html#/menu", true),
            ("http://tauri.localhost/index.html", true),
            ("https://tauri.localhost.example/", false),
            ("https://example.com/", false),
            ("file:///etc/passwd", false),
            ("http://localhost/", false),
        ] {
            assert_eq!(is_own(&Url::parse(url).unwrap()), own, "{url}");
        }
    }
}
