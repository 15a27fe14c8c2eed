//! StatusNotifierItem: `Activate` arrives as the release of the left button, a double-click as two of them. Without a
//! watcher on the session bus there is no tray; once the icon is there, the library follows the watcher itself.

use std::time::Duration;

use tauri::{
    AppHandle,
    tray::{MouseButton, MouseButtonState, TrayIconEvent},
};
use zbus::{
    MatchRule,
    blocking::{Connection, MessageIterator, fdo::DBusProxy},
    message::Type,
};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Where the pointer was, if the event opens the menu.
pub fn activation_place(event: &TrayIconEvent) -> Option<(i32, i32)> {
    match event {
        TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, position, .. } => {
            Some((position.x as i32, position.y as i32))
        }
        _ => None,
    }
}

/// Panels scale what they get; most show 22 or 24.
pub fn icon_size(_app: &AppHandle) -> u32 {
    24
}

/// Calls `attempt` when a tray host may have come up, until it says that the icon is there. Waits for the bus to say so.
pub fn tray_await(attempt: impl Fn() -> bool + Send + 'static) {
    let result = std::thread::Builder::new().name("tray".to_owned()).spawn(move || {
        if let Err(error) = hosts(attempt) {
            tracing::warn!(%error, "no session bus to hear of a tray on");
        }
    });
    if let Err(error) = result {
        tracing::warn!(%error, "nobody waits for a tray");
    }
}

fn hosts(attempt: impl Fn() -> bool) -> zbus::Result<()> {
    let bus = Connection::session()?;
    let proxy = DBusProxy::new(&bus)?;
    proxy.add_match_rule(
        MatchRule::builder()
            .msg_type(Type::Signal)
            .interface("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, WATCHER)?
            .build(),
    )?;
    proxy.add_match_rule(
        MatchRule::builder().msg_type(Type::Signal).interface(WATCHER)?.member("StatusNotifierHostRegistered")?.build(),
    )?;
    let signals = MessageIterator::from(&bus);
    // One may have come up before the bus was listened to.
    if attempt() {
        return Ok(());
    }
    for signal in signals {
        let signal = signal?;
        let tells = signal.message_type() == Type::Signal
            && signal
                .header()
                .member()
                .is_some_and(|member| ["NameOwnerChanged", "StatusNotifierHostRegistered"].contains(&member.as_str()));
        if tells && (attempt() || settled(&attempt)) {
            return Ok(());
        }
    }
    Ok(())
}

/// A watcher that has just taken its name may not answer for a moment yet, and says nothing when it does.
fn settled(attempt: &impl Fn() -> bool) -> bool {
    [200, 800].into_iter().any(|delay_ms| {
        std::thread::sleep(Duration::from_millis(delay_ms));
        attempt()
    })
}

#[cfg(test)]
mod tests {
    use tauri::{PhysicalPosition, Rect, tray::TrayIconId};

    use super::*;

    #[test]
    fn the_left_click_opens_at_its_place_and_no_other_does() {
        let click = |button, button_state| TrayIconEvent::Click {
            id: TrayIconId::new("bag"),
            position: PhysicalPosition::new(1100.0, 790.0),
            rect: Rect::default(),
            button,
            button_state,
        };
        assert_eq!(activation_place(&click(MouseButton::Left, MouseButtonState::Up)), Some((1100, 790)));
        assert_eq!(activation_place(&click(MouseButton::Left, MouseButtonState::Down)), None);
        assert_eq!(activation_place(&click(MouseButton::Middle, MouseButtonState::Up)), None);
    }
}
