//! Tauri's permissions and capabilities from the command table. The committed files are compared; `UPDATE=1` writes them.

use std::path::Path;

use serde_json::json;
use service_tool_core::{COMMANDS, command::WindowLabel};

/// What a window may do besides the commands of the table.
fn window_rights(window: WindowLabel) -> Vec<&'static str> {
    let mut rights = vec!["core:event:allow-listen", "core:event:allow-unlisten"];
    if window == WindowLabel::Menu {
        // Its head is its title bar.
        rights.push("core:window:allow-start-dragging");
    }
    rights
}

fn permission(window: WindowLabel) -> String {
    let name = window.as_str();
    let commands = COMMANDS
        .iter()
        .filter(|(_, windows)| windows.contains(&window))
        .map(|(command, _)| format!("    \"{command}\",\n"));
    format!(
        "# Generated from the command table. Do not edit: `cargo xtask bindings` writes it, a test compares it.\n\n\
         [[permission]]\nidentifier = \"{name}-commands\"\ndescription = \"The commands that the window `{name}` may call\"\n\
         commands.allow = [\n{}]\n",
        commands.collect::<String>()
    )
}

fn capability(window: WindowLabel) -> String {
    let name = window.as_str();
    let mut permissions = vec![format!("{name}-commands")];
    permissions.extend(window_rights(window).into_iter().map(str::to_owned));
    let capability = json!({
        "$schema": "../../gen/schemas/desktop-schema.json",
        "identifier": name,
        "description": format!("Generated from the command table: what the window `{name}` may do. `cargo xtask bindings` writes it, a test compares it."),
        "windows": [name],
        "permissions": permissions,
    });
    format!("{capability:#}\n")
}

#[test]
fn bindings_of_permissions_and_capabilities_are_those_of_the_command_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri");
    for window in [WindowLabel::Menu, WindowLabel::Work] {
        let name = window.as_str();
        for (path, text) in [
            (root.join(format!("permissions/{name}.toml")), permission(window)),
            (root.join(format!("capabilities/{name}.json")), capability(window)),
        ] {
            if std::env::var_os("UPDATE").is_some() {
                fs_err::write(&path, &text).unwrap();
            }
            assert!(
                fs_err::read_to_string(&path).unwrap_or_default() == text,
                "{} is older than the command table: run `cargo xtask bindings`",
                path.display()
            );
        }
    }
}
