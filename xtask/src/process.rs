//! Owns how other programs are started, watched and ended.
//!
//! Invariant: a program that runs longer than a call gets its own process group, so that ending it ends its children too.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

const LOOK_AGAIN: Duration = Duration::from_millis(100);
const END_BY_ITSELF: Duration = Duration::from_secs(15);

/// The command line as a person could type it.
pub fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| {
        let argument = argument.to_string_lossy();
        if argument.is_empty() || argument.contains([' ', '"', '\'', '*', '$', '\n']) {
            format!("'{}'", argument.replace('\'', r"'\''"))
        } else {
            argument.into_owned()
        }
    }));
    words.join(" ")
}

/// Runs with this program's own terminal; anything but success is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    let status = command.status().with_context(|| format!("cannot start: {line}"))?;
    if !status.success() {
        bail!("failed ({status}): {line}");
    }
    Ok(())
}

/// What it printed, without the last line's end.
pub fn output(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start: {line}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("failed ({}): {line}\n{}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Whether it could be started and ended well; silent.
pub fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

pub fn is_alive(process_id: u32) -> bool {
    // a zombie is as good as dead
    std::fs::read_to_string(format!("/proc/{process_id}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X'])))
}

/// Whether the process runs that executable (also when the file has been replaced since).
pub fn is_program(process_id: u32, name: &str) -> bool {
    is_alive(process_id)
        && std::fs::read_link(format!("/proc/{process_id}/exe")).is_ok_and(|file| {
            let file = file.to_string_lossy();
            let file = file.trim_end_matches(" (deleted)");
            Path::new(file).file_name().is_some_and(|file| file == name)
        })
}

fn signal(whom: &str, name: &str) {
    // the shell's own kill: the program of that name is missing on small systems
    succeeds(Command::new("sh").args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", name, whom]));
}

/// Asks a process to end, and ends it if it does not within fifteen seconds.
pub fn end_process(process_id: u32) {
    signal(&process_id.to_string(), "TERM");
    let asked = Instant::now();
    while is_alive(process_id) {
        if asked.elapsed() > END_BY_ITSELF {
            signal(&process_id.to_string(), "KILL");
            return;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Whether Ctrl-C (or a request to end) has come since [`listen_for_interrupt`].
pub fn interrupted() -> bool {
    INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From here on Ctrl-C no longer ends this program by itself; whoever waits asks [`interrupted`].
pub fn listen_for_interrupt() -> Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag)).context("cannot listen for Ctrl-C")?;
    }
    Ok(())
}

/// A program with its process group, ended when dropped.
pub struct Group {
    child: Child,
    ended: Option<ExitStatus>,
}

impl Group {
    pub fn start(command: &mut Command) -> Result<Self> {
        let line = line(command);
        let child = command.process_group(0).spawn().with_context(|| format!("cannot start: {line}"))?;
        Ok(Self { child, ended: None })
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Its end, if it has ended.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().context("cannot wait for a program")?;
        }
        Ok(self.ended)
    }

    /// The first line it prints; its standard output must be a pipe. An error if it ends or stays silent instead.
    pub fn first_line(&mut self, patience: Duration) -> Result<String> {
        let stream = self.child.stdout.take().context("the program's output is not a pipe")?;
        let (send, lines) = mpsc::channel();
        read_lines(stream, send);
        let started = Instant::now();
        loop {
            match lines.recv_timeout(LOOK_AGAIN) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("it ended without a word"),
            }
            if interrupted() {
                bail!("interrupted");
            }
            if started.elapsed() > patience {
                bail!("it said nothing for {} seconds", patience.as_secs());
            }
        }
    }

    /// Asks the whole group to end; whatever is left after fifteen seconds is killed.
    pub fn end(&mut self) {
        if self.ended.is_some() {
            return;
        }
        let group = format!("-{}", self.child.id());
        signal(&group, "TERM");
        let asked = Instant::now();
        while let Ok(None) = self.ended() {
            if asked.elapsed() > END_BY_ITSELF {
                signal(&group, "KILL");
                self.ended = self.child.wait().ok();
                return;
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    Ended(ExitStatus),
    OverBudget,
    Interrupted,
}

/// Runs a program, shows each of its lines to `see`, and ends it at the `deadline` or on Ctrl-C.
pub fn watch(command: &mut Command, deadline: Instant, mut see: impl FnMut(&str)) -> Result<Watched> {
    let mut group = Group::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (send, lines) = mpsc::channel();
    if let Some(stream) = group.child().stdout.take() {
        read_lines(stream, send.clone());
    }
    if let Some(stream) = group.child().stderr.take() {
        read_lines(stream, send);
    }
    let mut ended_at = None;
    let mut closed = false;
    loop {
        match lines.recv_timeout(LOOK_AGAIN) {
            Ok(line) => see(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                closed = true;
                thread::sleep(Duration::from_millis(20));
            }
        }
        if let Some(status) = group.ended()? {
            let since = *ended_at.get_or_insert_with(Instant::now);
            // a grandchild may keep the pipes open: don't wait for it longer than a moment
            if closed || since.elapsed() > Duration::from_secs(1) {
                lines.try_iter().for_each(|line| see(&line));
                return Ok(Watched::Ended(status));
            }
            continue;
        }
        if interrupted() || Instant::now() > deadline {
            let why = if interrupted() { Watched::Interrupted } else { Watched::OverBudget };
            group.end();
            lines.try_iter().for_each(|line| see(&line));
            return Ok(why);
        }
    }
}

/// Hands on line by line what a stream says, until it closes. Goes on reading when nobody listens any more, so that the
/// program can go on writing.
pub fn read_lines(stream: impl Read + Send + 'static, send: mpsc::Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&bytes);
            send.send(line.trim_end_matches(['\n', '\r']).to_owned()).ok();
            bytes.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    #[test]
    fn a_command_line_can_be_typed_again() {
        let mut command = Command::new("cargo");
        command.args(["test", "--test", "*", "it's"]);
        assert_eq!(line(&command), r"cargo test --test '*' 'it'\''s'");
    }

    #[test]
    fn both_streams_are_seen() {
        let mut seen = Vec::new();
        let end =
            watch(&mut shell("echo one; echo two >&2; exit 3"), soon(), |line| seen.push(line.to_owned())).unwrap();
        seen.sort();
        assert_eq!(seen, ["one", "two"]);
        assert!(matches!(end, Watched::Ended(status) if status.code() == Some(3)));
    }

    #[test]
    fn a_program_over_its_budget_is_ended_with_its_children() {
        let mut child = None;
        let deadline = Instant::now() + Duration::from_millis(500);
        let end = watch(&mut shell("sleep 600 & echo $!; wait"), deadline, |line| child = line.parse().ok()).unwrap();
        assert_eq!(end, Watched::OverBudget);
        let child = child.unwrap();
        let since = Instant::now();
        while is_alive(child) && since.elapsed() < Duration::from_secs(10) {
            thread::sleep(LOOK_AGAIN);
        }
        assert!(!is_alive(child), "the program's child outlived it");
    }

    #[test]
    fn a_grandchild_with_the_pipes_does_not_hold_the_suite_up() {
        let started = Instant::now();
        let mut child = None;
        watch(&mut shell("sleep 60 & echo $!"), soon(), |line| child = line.parse().ok()).unwrap();
        assert!(started.elapsed() < Duration::from_secs(20));
        end_process(child.unwrap());
    }

    #[test]
    fn a_process_is_known_by_its_executable() {
        let own = std::process::id();
        let name = std::env::current_exe().unwrap();
        let name = name.file_name().unwrap().to_str().unwrap();
        assert!(is_program(own, name));
        assert!(!is_program(own, "another"));
    }
}
