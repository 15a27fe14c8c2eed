//! StatusNotifierItem: `Activate` arrives as the release of the left button, a double-click as two of them. Without a
//! watcher on the session bus there is no tray; once the icon is there, the library follows the watcher itself.

use std::time::Duration;

use tauri::{
    AppHandle,
    tray::{MouseButton, MouseButtonState, TrayIconEvent},
};
use zbus::{
    MatchRule,
    blocking::{Connection, MessageIterator, Proxy, fdo::DBusProxy},
    message::Type,
    names::BusName,
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

/// Calls `build` when a tray host may have come up, until it says that the icon is there, and `found` with whether there is
/// a host, whenever that may have changed. Listens to the bus as long as the program runs.
pub fn tray_watch(build: impl Fn() -> bool + Send + 'static, found: impl Fn(bool) + Send + 'static) {
    let result = std::thread::Builder::new().name("tray".to_owned()).spawn(move || {
        if let Err(error) = hosts(build, found) {
            tracing::warn!(%error, "no session bus to hear of a tray on");
        }
    });
    if let Err(error) = result {
        tracing::warn!(%error, "nobody waits for a tray");
    }
}

fn hosts(build: impl Fn() -> bool, found: impl Fn(bool)) -> zbus::Result<()> {
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
    proxy.add_match_rule(MatchRule::builder().msg_type(Type::Signal).interface(WATCHER)?.build())?;
    let signals = MessageIterator::from(&bus);
    let look = || is_hosted(&bus, &proxy) && build();
    // One may have come up before the bus was listened to.
    found(look());
    for signal in signals {
        let signal = signal?;
        let tells = signal.message_type() == Type::Signal
            && signal.header().member().is_some_and(|member| {
                ["NameOwnerChanged", "StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"]
                    .contains(&member.as_str())
            });
        if tells {
            found(look() || settled(&proxy, &look));
        }
    }
    Ok(())
}

/// Whether somebody shows what is beside the clock. A watcher that does not say so counts as one who does.
fn is_hosted(bus: &Connection, proxy: &DBusProxy<'_>) -> bool {
    if !is_watched(proxy) {
        return false;
    }
    let watcher = Proxy::new(bus, WATCHER, "/StatusNotifierWatcher", WATCHER);
    watcher.and_then(|watcher| watcher.get_property::<bool>("IsStatusNotifierHostRegistered")).unwrap_or(true)
}

fn is_watched(proxy: &DBusProxy<'_>) -> bool {
    BusName::try_from(WATCHER).is_ok_and(|name| proxy.name_has_owner(name).unwrap_or(false))
}

/// A watcher that has just taken its name may not answer for a moment yet, and says nothing when it does.
fn settled(proxy: &DBusProxy<'_>, look: &impl Fn() -> bool) -> bool {
    [200, 800].into_iter().any(|delay_ms| {
        if !is_watched(proxy) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(delay_ms));
        look()
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
