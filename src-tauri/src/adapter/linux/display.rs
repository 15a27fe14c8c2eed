//! The display of X11 or Wayland.

/// Opens the display once; GTK would end the program where there is none.
pub fn display_missing() -> Option<String> {
    if gtk::init().is_ok() {
        return None;
    }
    let named = ["WAYLAND_DISPLAY", "DISPLAY"]
        .into_iter()
        .filter_map(|name| {
            std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| format!("{name}={value}"))
        })
        .collect::<Vec<_>>();
    Some(if named.is_empty() {
        "no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Start the program inside a graphical session"
            .to_owned()
    } else {
        format!(
            "no display: nothing answers at {}. Start the program inside a running graphical session",
            named.join(", ")
        )
    })
}
