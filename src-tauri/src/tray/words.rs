//! The words at the bag, German and English. They are few, and needed before any window exists, so they stand here and not
//! in the screens' dictionary.

use service_tool_contract::text::Language;
use service_tool_core::host::TrayState;

/// Everything that the bag says in one state.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    pub open: &'static str,
    /// What waits and what is unsent; nothing where there is nothing.
    pub counts: Vec<String>,
    /// Absent where policy forbids the end.
    pub quit: Option<String>,
    pub tooltip: String,
}

impl Words {
    pub fn of(state: TrayState) -> Self {
        let counts: Vec<String> = [waiting(state), unsent(state)].into_iter().flatten().collect();
        let quit = state.may_quit.then(|| quit(state));
        let tooltip =
            if counts.is_empty() { "Service-Tool".to_owned() } else { format!("Service-Tool: {}", counts.join(", ")) };
        let open = match state.language {
            Language::De => "Service-Tool öffnen",
            Language::En => "Open Service-Tool",
        };
        Self { open, counts, quit, tooltip }
    }
}

fn waiting(state: TrayState) -> Option<String> {
    match (state.language, state.waiting) {
        (_, 0) => None,
        (Language::De, 1) => Some("1 Freigabe wartet auf Sie".to_owned()),
        (Language::De, count) => Some(format!("{count} Freigaben warten auf Sie")),
        (Language::En, 1) => Some("1 approval is waiting for you".to_owned()),
        (Language::En, count) => Some(format!("{count} approvals are waiting for you")),
    }
}

fn unsent(state: TrayState) -> Option<String> {
    match (state.language, state.unsent) {
        (_, 0) => None,
        (Language::De, 1) => Some("1 Vorgang noch nicht gesendet".to_owned()),
        (Language::De, count) => Some(format!("{count} Vorgänge noch nicht gesendet")),
        (Language::En, 1) => Some("1 request not sent yet".to_owned()),
        (Language::En, count) => Some(format!("{count} requests not sent yet")),
    }
}

fn quit(state: TrayState) -> String {
    match (state.language, state.unsent) {
        (Language::De, 0) => "Programm beenden".to_owned(),
        (Language::De, count) => format!("Programm beenden ({count} nicht gesendet)"),
        (Language::En, 0) => "Quit program".to_owned(),
        (Language::En, count) => format!("Quit program ({count} not sent)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_tell_is_told_in_one_word() {
        let words = Words::of(TrayState { may_quit: true, ..TrayState::default() });
        assert_eq!(words.tooltip, "Service-Tool");
        assert_eq!(words.counts, Vec::<String>::new());
        assert_eq!(words.quit.as_deref(), Some("Programm beenden"));
    }

    #[test]
    fn counts_are_told_in_menu_and_tooltip() {
        let state = TrayState { waiting: 3, unsent: 1, may_quit: true, language: Language::De };
        let words = Words::of(state);
        assert_eq!(words.tooltip, "Service-Tool: 3 Freigaben warten auf Sie, 1 Vorgang noch nicht gesendet");
        assert_eq!(words.quit.as_deref(), Some("Programm beenden (1 nicht gesendet)"));
        let words = Words::of(TrayState { language: Language::En, ..state });
        assert_eq!(words.counts, ["3 approvals are waiting for you", "1 request not sent yet"]);
        assert_eq!(words.quit.as_deref(), Some("Quit program (1 not sent)"));
    }

    #[test]
    fn policy_takes_the_end_out_of_the_menu() {
        assert_eq!(Words::of(TrayState { may_quit: false, ..TrayState::default() }).quit, None);
    }

    #[test]
    fn the_tooltip_fits_into_what_windows_shows() {
        for language in [Language::De, Language::En] {
            let words = Words::of(TrayState { waiting: 9999, unsent: 9999, language, may_quit: true });
            assert!(words.tooltip.encode_utf16().count() < 128, "{}", words.tooltip);
        }
    }
}
