//! Windows and the bag (T1, T2, T6): what a click does, which screen stands in which window and in which shape, when the
//! program ends. Leaves making windows to the shell and what the menu shows to `desktop`.
//!
//! Invariant: the picture of a click is taken before any window is asked for, and a double-click, which can arrive as two
//! activations, opens the menu once and closes nothing.

use std::sync::{Arc, atomic::Ordering};

use jiff::SignedDuration;
use service_tool_contract::{
    code::{Code, Problem},
    form::definition::FormKind,
};

use crate::{
    Desktop,
    command::{Done, ProgramQuit, Screen, ScreenAsk, WindowLabel},
    host::WindowShape,
    locked,
};

/// Two activations within this time are one double-click.
const DOUBLE_CLICK_MS: i64 = 500;

impl Desktop {
    /// A click at the bag, its menu entry or a second start: pictures the screen, then opens the menu, once. Returns at once.
    pub fn activate(self: &Arc<Self>) {
        let now = self.ports.clock.now();
        {
            let mut activated_at = locked(&self.activated_at);
            let window = SignedDuration::from_millis(DOUBLE_CLICK_MS);
            if activated_at.is_some_and(|before| now.0.duration_since(before.0).abs() < window) {
                return;
            }
            *activated_at = Some(now);
        }
        let desktop = Arc::clone(self);
        self.spawn(async move {
            desktop.picture_before_click().await;
            desktop.ports.desk.window_open(WindowLabel::Menu, &Screen::Menu, WindowShape::Menu);
            if let Ok(state) = desktop.state().await {
                desktop.printers_refresh(state);
                state.wake_live();
            }
        });
    }

    /// The last window was closed: held pictures that were not chosen are dropped.
    pub fn windows_closed(&self) {
        self.pictures.clear();
        if let Some(state) = self.state_now() {
            state.wake_live();
        }
    }

    /// A place beside the clock has come, or is gone.
    pub fn tray_found(&self, found: bool) {
        if self.tray_missing.swap(!found, Ordering::SeqCst) == found {
            self.tell_overview();
        }
    }

    /// *Programm beenden* in the tray menu: ends the program, or opens the screen that says what is unsent. Returns at once.
    pub fn tray_menu_quit(self: &Arc<Self>) {
        if !self.policy.may_quit() {
            return;
        }
        if self.has_unsent() {
            self.ports.desk.window_open(WindowLabel::Menu, &Screen::Quit, WindowShape::Menu);
        } else {
            self.ports.desk.end();
        }
    }

    /// Opens a screen in its window.
    pub(crate) async fn screen_open(&self, request: ScreenAsk) -> Result<Done, Problem> {
        let window = match request.screen {
            Screen::Menu | Screen::Choose | Screen::Profile | Screen::Enrol | Screen::Quit => WindowLabel::Menu,
            Screen::Form { .. } | Screen::Sent { .. } | Screen::Inbox { .. } | Screen::Requests { .. } => {
                WindowLabel::Work
            }
        };
        let shape = self.window_shape(&request.screen).await;
        self.ports.desk.window_open(window, &request.screen, shape);
        if let Some(state) = self.state_now() {
            state.wake_live();
        }
        Ok(Done {})
    }

    async fn window_shape(&self, screen: &Screen) -> WindowShape {
        match screen {
            Screen::Menu | Screen::Choose | Screen::Profile | Screen::Enrol | Screen::Quit => WindowShape::Menu,
            Screen::Form { draft } if self.draft_kind(draft).await == Some(FormKind::Support) => WindowShape::Support,
            Screen::Form { .. } | Screen::Sent { .. } | Screen::Inbox { .. } | Screen::Requests { .. } => {
                WindowShape::Work
            }
        }
    }

    /// Closes the window that asks.
    pub(crate) async fn window_close(&self, window: WindowLabel) -> Result<Done, Problem> {
        self.ports.desk.window_close(window);
        Ok(Done {})
    }

    /// Closes all windows; the bag stays.
    pub(crate) async fn windows_end(&self) -> Result<Done, Problem> {
        self.ports.desk.window_close(WindowLabel::Work);
        self.ports.desk.window_close(WindowLabel::Menu);
        Ok(Done {})
    }

    /// Ends the program.
    pub(crate) async fn program_quit(&self, request: ProgramQuit) -> Result<Done, Problem> {
        if !self.policy.may_quit() {
            return Err(Problem::new(Code::PolicyForbids, "policy keeps the program running"));
        }
        if self.has_unsent() && !request.despite_unsent {
            return Err(Problem::new(Code::StateConflict, "something is unsent"));
        }
        self.ports.desk.end();
        Ok(Done {})
    }
}
