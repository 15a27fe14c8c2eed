//! Whether the print spooler runs.

use windows_sys::{
    Win32::{
        Foundation::{ERROR_SERVICE_DOES_NOT_EXIST, GetLastError},
        System::Services::{
            CloseServiceHandle, OpenSCManagerW, OpenServiceW, QueryServiceStatus, SC_MANAGER_CONNECT,
            SERVICE_QUERY_STATUS, SERVICE_RUNNING, SERVICE_STATUS,
        },
    },
    w,
};

/// Fine where the spooler runs, or where this person may not know: then its list says the rest.
#[expect(unsafe_code, reason = "calls of the service manager; handles are closed on every way out")]
pub fn print_system_probe() -> Result<(), String> {
    // SAFETY: plain calls with constant names; the one structure written to lives on this stack.
    unsafe {
        let manager = OpenSCManagerW(std::ptr::null(), std::ptr::null(), SC_MANAGER_CONNECT);
        if manager.is_null() {
            return Ok(());
        }
        let service = OpenServiceW(manager, w!("Spooler"), SERVICE_QUERY_STATUS);
        if service.is_null() {
            let missing = GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST;
            CloseServiceHandle(manager);
            return if missing { Err("the service Spooler is not installed".to_owned()) } else { Ok(()) };
        }
        let mut status: SERVICE_STATUS = std::mem::zeroed();
        let known = QueryServiceStatus(service, &mut status);
        CloseServiceHandle(service);
        CloseServiceHandle(manager);
        if known != 0 && status.dwCurrentState != SERVICE_RUNNING {
            return Err(format!("the service Spooler does not run (state {})", status.dwCurrentState));
        }
    }
    Ok(())
}
