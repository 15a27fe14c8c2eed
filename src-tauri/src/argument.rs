//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// The doctor's bag beside the clock: support requests and approved user changes. Started without a command it puts the
/// bag beside the clock and opens the menu; where it runs already in this session, the menu of the running one opens.
#[derive(Debug, Parser)]
#[command(name = "service-tool", version)]
pub struct Arguments {
    #[command(flatten)]
    pub place: PlaceArguments,

    /// Only puts the bag beside the clock, as at logon; opens nothing.
    #[arg(long)]
    pub background: bool,

    /// Shows the screens in a browser: prints the address, serves until Ctrl-C. Needs no display.
    #[cfg(feature = "browser")]
    #[arg(long, conflicts_with = "background")]
    pub browser: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every way to start.
#[derive(Debug, Clone, Default, Args)]
pub struct PlaceArguments {
    /// Folder of all local state, instead of the usual one.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Policy file, on a computer whose organisation has set no policy.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Enrols this desktop with a code, without a window; prints the hub and the firm.
    Enrol {
        /// The enrolment code.
        code: String,

        /// Address of the hub, where policy names none.
        #[arg(long, value_name = "URL", default_value = "")]
        hub: String,
    },
    /// Ends with 0 where this desktop is enrolled, with 1 where it is not, with 2 where that cannot be found out.
    Enrolled,
}

impl PlaceArguments {
    /// The same again, for an entry that starts the program later from another folder.
    pub fn again(&self) -> Vec<OsString> {
        [("--data", &self.data), ("--policy", &self.policy)]
            .into_iter()
            .filter_map(|(name, path)| {
                let path = path.as_ref()?;
                Some([OsString::from(name), std::path::absolute(path).ok()?.into_os_string()])
            })
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_whole() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn place_arguments_stand_before_a_command() {
        let arguments =
            Arguments::parse_from(["service-tool", "--data", "d", "enrol", "AB-12", "--hub", "https://hub"]);
        assert_eq!(arguments.place.data, Some("d".into()));
        assert!(
            matches!(arguments.command, Some(Command::Enrol { code, hub }) if code == "AB-12" && hub == "https://hub")
        );
    }

    #[test]
    fn an_entry_for_later_names_whole_paths() {
        let place = PlaceArguments { data: Some("d".into()), policy: None };
        let again = place.again();
        assert_eq!(again[0], "--data");
        assert!(std::path::Path::new(&again[1]).is_absolute());
        assert!(PlaceArguments::default().again().is_empty());
    }
}
