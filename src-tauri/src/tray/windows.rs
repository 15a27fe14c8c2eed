//! The notification area: a double-click is an event of its own, and the icon comes back by itself after a restart of the
//! shell.

use std::time::Duration;

use tauri::{
    AppHandle,
    tray::{MouseButton, TrayIconEvent},
};
use windows_sys::Win32::UI::WindowsAndMessaging::{GetSystemMetrics, SM_CXSMICON};

/// How often a notification area is looked for that was not there at logon.
const STEP: Duration = Duration::from_secs(2);

/// Where the pointer was, if the event opens the menu.
pub fn activation_place(event: &TrayIconEvent) -> Option<(i32, i32)> {
    match event {
        TrayIconEvent::DoubleClick { button: MouseButton::Left, position, .. } => {
            Some((position.x as i32, position.y as i32))
        }
        _ => None,
    }
}

/// The size that Windows gives small icons at this scale.
#[expect(unsafe_code, reason = "a call that takes and gives a number")]
pub fn icon_size(_app: &AppHandle) -> u32 {
    // SAFETY: takes and gives a number.
    u32::try_from(unsafe { GetSystemMetrics(SM_CXSMICON) }).unwrap_or(16)
}

/// Calls `build` until it says that the icon is there, then `found`. From then on Windows keeps the place.
pub fn tray_watch(build: impl Fn() -> bool + Send + 'static, found: impl Fn(bool) + Send + 'static) {
    let result = std::thread::Builder::new().name("tray".to_owned()).spawn(move || {
        while !build() {
            std::thread::sleep(STEP);
        }
        found(true);
    });
    if let Err(error) = result {
        tracing::warn!(%error, "nobody waits for a notification area");
    }
}

#[cfg(test)]
mod tests {
    use tauri::{
        PhysicalPosition, Rect,
        tray::{MouseButtonState, TrayIconId},
    };

    use super::*;

    #[test]
    fn the_double_click_opens_and_the_single_one_does_not() {
        let (id, position, rect) = (TrayIconId::new("bag"), PhysicalPosition::new(9.0, 8.0), Rect::default());
        let click = TrayIconEvent::Click {
            id: id.clone(),
            position,
            rect,
            button: MouseButton::Left,
            button_state: MouseButtonState::Up,
        };
        let double = TrayIconEvent::DoubleClick { id, position, rect, button: MouseButton::Left };
        assert_eq!(activation_place(&click), None);
        assert_eq!(activation_place(&double), Some((9, 8)));
    }
}
