//! Owns the one list of system packages: what is needed to build and start, to test, and to check for Windows.
//!
//! Names are Debian's (and Ubuntu's). On other systems the probes tell what they can.

use std::collections::BTreeSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// compiling, and what `cargo xtask run` starts beside our programs
    Build,
    Test,
    Windows,
}

impl Group {
    pub const ALL: [Self; 3] = [Self::Build, Self::Test, Self::Windows];

    pub fn named(name: &str) -> Option<Self> {
        match name {
            "build" => Some(Self::Build),
            "test" => Some(Self::Test),
            "windows" => Some(Self::Windows),
            _ => None,
        }
    }
}

/// How to tell without a package manager whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    Program(&'static str),
    /// known to pkg-config
    Library(&'static str),
    /// only the package manager knows
    None,
}

#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// Debian's name; after `|` the name on systems that lack the first one
    pub names: &'static str,
    pub group: Group,
    pub probe: Probe,
    /// what it is for, shown before it is installed
    pub purpose: &'static str,
}

impl Package {
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.split('|')
    }
}

const fn package(group: Group, names: &'static str, probe: Probe, purpose: &'static str) -> Package {
    Package { names, group, probe, purpose }
}

use Group::{Build, Test, Windows};
use Probe::{Library, None as Unknown, Program};

pub const PACKAGES: &[Package] = &[
    package(Build, "build-essential", Program("cc"), "C compiler and linker"),
    package(Build, "pkg-config", Program("pkg-config"), "finds libraries"),
    package(Build, "libwebkit2gtk-4.1-dev", Library("webkit2gtk-4.1"), "windows"),
    package(Build, "librsvg2-dev", Library("librsvg-2.0"), "icons"),
    package(Build, "libdbus-1-dev", Library("dbus-1"), "session bus"),
    package(Build, "libcups2-dev", Program("cups-config"), "printers"),
    package(Build, "libpipewire-0.3-dev", Library("libpipewire-0.3"), "pictures of the screen"),
    package(Build, "libwayland-dev", Library("wayland-client"), "pictures of the screen"),
    package(Build, "libgbm-dev", Library("gbm"), "pictures of the screen"),
    package(Build, "libegl-dev", Library("egl"), "pictures of the screen"),
    package(Build, "libxcb1-dev", Library("xcb"), "pictures of the screen"),
    package(Build, "libxrandr-dev", Library("xrandr"), "pictures of the screen"),
    package(Build, "libclang-dev", Unknown, "reads the headers of PipeWire"),
    package(Build, "curl", Program("curl"), "asks the hub whether it is well"),
    package(Build, "dbus", Program("dbus-run-session"), "a session bus where there is none"),
    package(Build, "libglib2.0-bin", Program("gdbus"), "asks the session bus"),
    package(Build, "gnome-keyring", Program("gnome-keyring-daemon"), "a secret store where there is none"),
    package(Build, "xdg-utils", Program("xdg-open"), "opens pages"),
    package(Build, "fonts-dejavu-core", Unknown, "letters"),
    package(Test, "xvfb", Program("Xvfb"), "a display"),
    package(Test, "xauth", Program("xauth"), "a display"),
    package(Test, "openbox", Program("openbox"), "a window manager"),
    package(Test, "xdotool", Program("xdotool"), "mouse and keyboard"),
    package(Test, "dbus-x11", Program("dbus-launch"), "a session bus"),
    package(Test, "xfce4-panel", Program("xfce4-panel"), "a panel with clock and tray"),
    package(Test, "xfconf", Program("xfconf-query"), "the panel's settings"),
    package(Test, "adwaita-icon-theme", Unknown, "the panel's icons"),
    package(Test, "webkit2gtk-driver", Program("WebKitWebDriver"), "drives the windows"),
    package(Test, "chromium|chromium-browser", Program("chromium"), "drives the pages"),
    package(Test, "chromium-driver|chromium-chromedriver", Program("chromedriver"), "drives the pages"),
    package(Test, "cups", Program("cupsd"), "a print system"),
    package(Test, "cups-client", Program("lpadmin"), "a print system"),
    package(Windows, "gcc-mingw-w64-x86-64-posix", Program("x86_64-w64-mingw32-gcc-posix"), "C compiler for Windows"),
    package(Windows, "binutils-mingw-w64-x86-64", Program("x86_64-w64-mingw32-dlltool"), "import libraries, resources"),
];

pub fn in_groups(groups: &[Group]) -> Vec<Package> {
    PACKAGES.iter().filter(|package| groups.contains(&package.group)).copied().collect()
}

/// What `dpkg-query --show --showformat '${Package}\t${db:Status-Status}\n'` says is installed.
pub fn installed(listing: &str) -> BTreeSet<&str> {
    listing
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, status)| status.trim() == "installed")
        .map(|(name, _)| name)
        .collect()
}

/// The packages of which no name is installed, in the list's order.
pub fn missing(wanted: &[Package], installed: &BTreeSet<&str>) -> Vec<Package> {
    wanted.iter().filter(|package| !package.names().any(|name| installed.contains(name))).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_package_that_is_fully_installed_counts() {
        let listing = "xvfb\tinstalled\nopenbox\tconfig-files\nxauth\tnot-installed\nnonsense\n";
        assert_eq!(installed(listing), BTreeSet::from(["xvfb"]));
    }

    #[test]
    fn missing_packages_are_named_in_the_lists_order() {
        let wanted = in_groups(&[Test]);
        let present: BTreeSet<&str> =
            wanted.iter().flat_map(Package::names).filter(|name| !matches!(*name, "xvfb" | "cups")).collect();
        let names: Vec<&str> = missing(&wanted, &present).iter().map(|package| package.names).collect();
        assert_eq!(names, ["xvfb", "cups"]);
    }

    #[test]
    fn the_other_systems_name_is_as_good() {
        let wanted: Vec<Package> =
            in_groups(&[Test]).into_iter().filter(|package| package.names.contains('|')).collect();
        assert_eq!(wanted.len(), 2);
        let present = BTreeSet::from(["chromium-browser", "chromium-driver"]);
        assert!(missing(&wanted, &present).is_empty());
    }

    #[test]
    fn no_package_is_listed_twice() {
        let names: Vec<&str> = PACKAGES.iter().flat_map(Package::names).collect();
        let different: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(names.len(), different.len());
    }

    #[test]
    fn every_group_has_its_packages() {
        for group in Group::ALL {
            assert!(!in_groups(&[group]).is_empty(), "{group:?}");
        }
        assert_eq!(Group::named("windows"), Some(Windows));
        assert_eq!(Group::named("mac"), None);
    }
}
