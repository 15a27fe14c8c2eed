//! Owns what a person may type after `cargo xtask`. Anything else is a [`Usage`] error, which ends with exit code 2.

use std::fmt;
use std::path::PathBuf;

use crate::packages::Group;
use crate::suite::Suite;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    Run(Run),
    Test(Vec<Suite>),
    WindowsCheck,
    Setup(Vec<Group>),
    Pictures,
    Bindings,
    Help,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    pub person: Person,
    /// remove the data directory first
    pub fresh: bool,
    pub data: Option<PathBuf>,
    /// the interface in a browser, also where there is a display
    pub browser: bool,
}

/// Who sits at the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Person {
    #[default]
    Staff,
    Approver,
    /// at the provider, in a browser
    Agent,
}

impl Person {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Approver => "approver",
            Self::Agent => "agent",
        }
    }

    /// As it stands in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Staff => "staff member",
            Self::Approver => "approver",
            Self::Agent => "provider's agent",
        }
    }

    fn named(name: &str) -> Result<Self, Usage> {
        [Self::Staff, Self::Approver, Self::Agent]
            .into_iter()
            .find(|person| person.name() == name)
            .ok_or_else(|| Usage(format!("--as takes staff, approver or agent, not `{name}`")))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\nWhat there is: cargo xtask help", self.0)
    }
}

impl std::error::Error for Usage {}

pub fn parse(arguments: &[String]) -> Result<Verb, Usage> {
    let Some((verb, rest)) = arguments.split_first() else {
        return Ok(Verb::Help);
    };
    if rest.iter().any(|argument| matches!(argument.as_str(), "-h" | "--help")) {
        return Ok(Verb::Help);
    }
    match verb.as_str() {
        "help" | "-h" | "--help" => nothing_more("help", rest, Verb::Help),
        "run" => run(rest).map(Verb::Run),
        "test" => suites(rest).map(Verb::Test),
        "windows" => match rest.split_first() {
            Some((what, rest)) if what == "check" => nothing_more("windows check", rest, Verb::WindowsCheck),
            Some((what, _)) => Err(Usage(format!("`windows` has no `{what}`: cargo xtask windows check"))),
            None => Err(Usage("`windows` needs to know what: cargo xtask windows check".to_owned())),
        },
        "setup" => groups(rest).map(Verb::Setup),
        "pictures" => nothing_more("pictures", rest, Verb::Pictures),
        "bindings" => nothing_more("bindings", rest, Verb::Bindings),
        other => Err(Usage(format!("there is no verb `{other}`"))),
    }
}

fn nothing_more(verb: &str, rest: &[String], parsed: Verb) -> Result<Verb, Usage> {
    match rest.first() {
        None => Ok(parsed),
        Some(extra) => Err(Usage(format!("`{verb}` takes nothing more, but there is `{extra}`"))),
    }
}

fn run(rest: &[String]) -> Result<Run, Usage> {
    let mut run = Run::default();
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        let mut value = || {
            let value = attached.clone().or_else(|| rest.next().cloned());
            value.filter(|value| !value.is_empty()).ok_or_else(|| Usage(format!("{name} needs a value")))
        };
        match name {
            "--as" => run.person = Person::named(&value()?)?,
            "--data" => run.data = Some(PathBuf::from(value()?)),
            "--fresh" if attached.is_none() => run.fresh = true,
            "--browser" if attached.is_none() => run.browser = true,
            _ => return Err(Usage(format!("`run` does not know `{argument}`"))),
        }
    }
    Ok(run)
}

/// The named suites in the order of the table, each once; all when none is named.
fn suites(rest: &[String]) -> Result<Vec<Suite>, Usage> {
    if rest.is_empty() {
        return Ok(Suite::ALL.to_vec());
    }
    for name in rest {
        if !Suite::ALL.iter().any(|suite| suite.name() == name) {
            let known: Vec<&str> = Suite::ALL.iter().map(|suite| suite.name()).collect();
            return Err(Usage(format!("there is no suite `{name}`; there are {}", known.join(", "))));
        }
    }
    Ok(Suite::ALL.into_iter().filter(|suite| rest.iter().any(|name| name == suite.name())).collect())
}

fn groups(rest: &[String]) -> Result<Vec<Group>, Usage> {
    if rest.is_empty() {
        return Ok(vec![Group::Build]);
    }
    let mut groups = Vec::new();
    for name in rest {
        match Group::named(name) {
            Some(group) => groups.push(group),
            None if name == "all" => groups.extend(Group::ALL),
            None => return Err(Usage(format!("`setup` takes build, test, windows or all, not `{name}`"))),
        }
    }
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Verb, Usage> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<String>>())
    }

    #[test]
    fn each_verb_is_understood() {
        let browser = Run { browser: true, ..Run::default() };
        let agent = Run { person: Person::Agent, fresh: true, data: Some(PathBuf::from("/tmp/x")), browser: false };
        for (line, verb) in [
            ("", Verb::Help),
            ("help", Verb::Help),
            ("run --help", Verb::Help),
            ("run", Verb::Run(Run::default())),
            ("run --browser", Verb::Run(browser)),
            ("run --as agent --fresh --data /tmp/x", Verb::Run(agent.clone())),
            ("run --data=/tmp/x --as=agent --fresh", Verb::Run(agent)),
            ("test", Verb::Test(Suite::ALL.to_vec())),
            ("test unit format unit", Verb::Test(vec![Suite::Format, Suite::Unit])),
            ("windows check", Verb::WindowsCheck),
            ("setup", Verb::Setup(vec![Group::Build])),
            ("setup windows build", Verb::Setup(vec![Group::Build, Group::Windows])),
            ("setup all test", Verb::Setup(Group::ALL.to_vec())),
            ("pictures", Verb::Pictures),
            ("bindings", Verb::Bindings),
        ] {
            assert_eq!(parsed(line), Ok(verb), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, part) in [
            ("tset", "`tset`"),
            ("run --fersh", "`--fersh`"),
            ("run --fresh=yes", "`--fresh=yes`"),
            ("run --as boss", "`boss`"),
            ("run --as", "--as needs a value"),
            ("run --data=", "--data needs a value"),
            ("run now", "`now`"),
            ("test everything", "`everything`"),
            ("windows", "windows check"),
            ("windows build", "`build`"),
            ("windows check now", "`now`"),
            ("setup mac", "`mac`"),
            ("pictures all", "`all`"),
            ("bindings --force", "`--force`"),
        ] {
            let said = parsed(line).expect_err(line).to_string();
            assert!(said.contains(part), "{line}: {said}");
        }
    }
}
