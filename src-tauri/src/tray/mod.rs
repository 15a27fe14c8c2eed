//! The bag beside the clock (T1, T4, T6): icon by state, tooltip, menu. What a click does is the core's; which event is a
//! click differs between systems and lies in `linux.rs` and `windows.rs`.
//!
//! Invariant: a desktop without a tray runs all the same, and the bag appears as soon as there is a tray.

mod words;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;

#[cfg(windows)]
#[path = "windows.rs"]
mod system;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use service_tool_core::host::TrayState;
use tauri::{
    AppHandle, Wry,
    image::Image,
    include_image,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use words::Words;

const ID: &str = "service-tool";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// What the person does at the bag.
pub trait TrayTarget: Send + Sync {
    /// A click, at this place of the desktop where it is known.
    fn tray_activated(&self, place: Option<(i32, i32)>);
    /// *Programm beenden*.
    fn tray_quit(&self);
    /// A place beside the clock has come, or is gone.
    fn tray_found(&self, found: bool);
}

/// The bag. Cheap to clone.
#[derive(Clone)]
pub struct Tray(Arc<Inner>);

struct Inner {
    app: AppHandle,
    target: Arc<dyn TrayTarget>,
    shown: Mutex<Shown>,
    is_there: AtomicBool,
}

#[derive(Default)]
struct Shown {
    state: TrayState,
    icon: Option<TrayIcon>,
}

impl Tray {
    /// Puts the bag beside the clock; where there is no tray, it comes when there is one.
    pub fn start(app: AppHandle, target: Arc<dyn TrayTarget>, state: TrayState) -> Self {
        let shown = Mutex::new(Shown { state, icon: None });
        let tray = Self(Arc::new(Inner { app, target, shown, is_there: AtomicBool::default() }));
        let there = tray.icon_build();
        tray.0.is_there.store(there, Ordering::SeqCst);
        if !there {
            tracing::warn!("no tray on this desktop; the bag comes when there is one");
        }
        let (builder, teller) = (tray.clone(), tray.clone());
        system::tray_watch(
            move || builder.icon_build(),
            move |found| {
                tracing::debug!(found, "a place beside the clock");
                teller.0.is_there.store(found, Ordering::SeqCst);
                teller.0.target.tray_found(found);
            },
        );
        tray
    }

    /// Whether there is a place beside the clock now.
    pub fn is_there(&self) -> bool {
        self.0.is_there.load(Ordering::SeqCst)
    }

    /// Shows the state.
    pub fn show(&self, state: TrayState) {
        let mut shown = self.0.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.state == state {
            return;
        }
        shown.state = state;
        let Some(icon) = shown.icon.clone() else {
            return;
        };
        drop(shown);
        let words = Words::of(state);
        let result = icon
            .set_icon(Some(picture(state, system::icon_size(&self.0.app))))
            .and_then(|()| icon.set_tooltip(Some(&words.tooltip)))
            .and_then(|()| icon.set_menu(Some(menu(&self.0.app, &words)?)));
        if let Err(error) = result {
            tracing::warn!(%error, "the bag could not show its state");
        }
    }

    /// Whether the icon is there afterwards.
    fn icon_build(&self) -> bool {
        let state = {
            let shown = self.0.shown.lock().unwrap_or_else(PoisonError::into_inner);
            if shown.icon.is_some() {
                return true;
            }
            shown.state
        };
        match self.icon_try(state) {
            Ok(icon) => {
                let mut shown = self.0.shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.icon = Some(icon);
                let newer = shown.state;
                shown.state = state;
                drop(shown);
                self.show(newer);
                true
            }
            Err(error) => {
                tracing::debug!(%error, "no tray yet");
                false
            }
        }
    }

    fn icon_try(&self, state: TrayState) -> tauri::Result<TrayIcon> {
        let words = Words::of(state);
        let (clicked, chosen) = (Arc::clone(&self.0.target), Arc::clone(&self.0.target));
        TrayIconBuilder::<Wry>::with_id(ID)
            .title("Service-Tool")
            .tooltip(&words.tooltip)
            .icon(picture(state, system::icon_size(&self.0.app)))
            .menu(&menu(&self.0.app, &words)?)
            .show_menu_on_left_click(false)
            .on_tray_icon_event(move |_, event| {
                if let Some(place) = system::activation_place(&event) {
                    clicked.tray_activated(Some(place));
                }
            })
            .on_menu_event(move |_, event| match event.id().as_ref() {
                OPEN => chosen.tray_activated(None),
                QUIT => chosen.tray_quit(),
                _ => {}
            })
            .build(&self.0.app)
    }
}

/// The tray menu: what a click does, what waits, the end.
fn menu(app: &AppHandle, words: &Words) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    menu.append(&MenuItem::with_id(app, OPEN, words.open, true, None::<&str>)?)?;
    for line in &words.counts {
        menu.append(&MenuItem::new(app, line, false, None::<&str>)?)?;
    }
    if let Some(quit) = &words.quit {
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        menu.append(&MenuItem::with_id(app, QUIT, quit, true, None::<&str>)?)?;
    }
    Ok(menu)
}

/// The icon of a state, in the drawn size that is nearest to what the tray shows: the next larger one, else the largest.
fn picture(state: TrayState, size: u32) -> Image<'static> {
    let sizes = if state.unsent > 0 {
        [
            include_image!("icons/tray/unsent-16.png"),
            include_image!("icons/tray/unsent-20.png"),
            include_image!("icons/tray/unsent-24.png"),
            include_image!("icons/tray/unsent-32.png"),
            include_image!("icons/tray/unsent-48.png"),
        ]
    } else if state.waiting > 0 {
        [
            include_image!("icons/tray/decisions-16.png"),
            include_image!("icons/tray/decisions-20.png"),
            include_image!("icons/tray/decisions-24.png"),
            include_image!("icons/tray/decisions-32.png"),
            include_image!("icons/tray/decisions-48.png"),
        ]
    } else {
        [
            include_image!("icons/tray/idle-16.png"),
            include_image!("icons/tray/idle-20.png"),
            include_image!("icons/tray/idle-24.png"),
            include_image!("icons/tray/idle-32.png"),
            include_image!("icons/tray/idle-48.png"),
        ]
    };
    let [.., largest] = &sizes;
    sizes.iter().find(|picture| picture.width() >= size).unwrap_or(largest).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_icon_in_every_size() {
        let states = [
            TrayState::default(),
            TrayState { waiting: 1, ..TrayState::default() },
            TrayState { unsent: 1, ..TrayState::default() },
        ];
        for size in [16, 20, 24, 32, 48] {
            let pictures = states.map(|state| picture(state, size));
            assert!(pictures.iter().all(|picture| picture.width() == size && picture.height() == size));
            assert!(pictures[0].rgba() != pictures[1].rgba() && pictures[1].rgba() != pictures[2].rgba());
        }
        assert_eq!(picture(states[0], 18).width(), 20);
        assert_eq!(picture(states[0], 96).width(), 48);
    }

    #[test]
    fn what_is_unsent_is_shown_before_what_waits() {
        let both = TrayState { waiting: 2, unsent: 1, ..TrayState::default() };
        let unsent = TrayState { unsent: 1, ..TrayState::default() };
        assert_eq!(picture(both, 24).rgba(), picture(unsent, 24).rgba());
    }
}
