//! The program `service-tool`; everything is in the library, where tests reach it.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    service_tool::main()
}
