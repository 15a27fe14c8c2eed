//! Programs as processes: their words in files of the world, their end awaited with a deadline, nothing left behind.
//!
//! Invariant: whatever a test starts carries [`MARK`] in its environment, so that it is found and ended even when its
//! parent is gone; a watcher does so when the test itself is killed.

use std::{
    ffi::OsStr,
    io::Write as _,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Mutex, OnceLock},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::wait;

/// Names the world of a process, and with it the test process that made it.
pub const MARK: &str = "SERVICE_TOOL_TESTS_WORLD";

/// A program about to be started.
pub struct Launch {
    name: String,
    command: Command,
    log: PathBuf,
}

impl Launch {
    /// `log` is the folder for what it says.
    pub fn new(program: impl AsRef<OsStr>, name: &str, log: &Path) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self { name: name.to_owned(), command, log: log.to_owned() }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn envs(mut self, variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>) -> Self {
        self.command.envs(variables);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn env_clear(mut self) -> Self {
        self.command.env_clear();
        self
    }

    /// What it reads on its standard input.
    pub fn input(mut self, text: &str) -> Result<Self> {
        let path = self.log.join(format!("{}.in", self.name));
        fs::write(&path, text)?;
        self.command.stdin(fs::File::open(&path)?.into_file());
        Ok(self)
    }

    /// Starts it in a process group of its own.
    pub fn start(mut self) -> Result<Program> {
        watch_over_this_process()?;
        let (out, err) = self.logs()?;
        self.command
            .stdout(fs::File::create(&out)?.into_file())
            .stderr(fs::File::create(&err)?.into_file())
            .process_group(0);
        let child = self.command.spawn().with_context(|| format!("cannot start {} ({:?})", self.name, self.command))?;
        Ok(Program { name: self.name, child, out, err, ended: None })
    }

    /// Runs it to its end, whatever that is.
    pub fn finish(self, within: Duration) -> Result<Finished> {
        let mut program = self.start()?;
        let status = program.end_awaited(within)?;
        Ok(Finished { name: program.name.clone(), status, out: program.out()?, err: program.err()? })
    }

    /// Runs it to its end, which has to be a good one.
    pub fn succeed(self, within: Duration) -> Result<String> {
        self.finish(within)?.good()
    }

    /// File names that no earlier start of the same name has used.
    fn logs(&self) -> Result<(PathBuf, PathBuf)> {
        fs::create_dir_all(&self.log)?;
        for number in 0.. {
            let suffix = if number == 0 { String::new() } else { format!("-{number}") };
            let out = self.log.join(format!("{}{suffix}.out", self.name));
            if fs::OpenOptions::new().write(true).create_new(true).open(&out).is_ok() {
                return Ok((out, self.log.join(format!("{}{suffix}.err", self.name))));
            }
        }
        bail!("no name is free for the log of {}", self.name)
    }
}

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Finished {
    name: String,
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Finished {
    /// What it said, if it ended well.
    pub fn good(self) -> Result<String> {
        if !self.status.success() {
            bail!("{} ended with {}:\n{}\n{}", self.name, self.status, self.out, self.err);
        }
        Ok(self.out)
    }
}

/// A running program. Ends, with its process group, when dropped.
pub struct Program {
    name: String,
    child: Child,
    out: PathBuf,
    err: PathBuf,
    ended: Option<ExitStatus>,
}

impl Program {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far on its standard output.
    pub fn out(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.out)?).into_owned())
    }

    /// What it has said so far on its standard error.
    pub fn err(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.err)?).into_owned())
    }

    /// The first whole line of its output that `wanted` likes, or an error when the program ends before.
    pub fn line<T>(&mut self, what: &str, within: Duration, wanted: impl Fn(&str) -> Option<T>) -> Result<T> {
        let what = format!("{} says {what}", self.name);
        let found = wait::until(&what, within, || {
            let ended = self.has_ended()?;
            let out = self.out()?;
            let whole = out.rfind('\n').map_or("", |end| &out[..end]);
            match whole.lines().find_map(&wanted) {
                Some(found) => Ok(Some(Ok(found))),
                None => Ok(ended.map(Err)),
            }
        });
        match found {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(status)) => bail!("not {what}, it ended with {status}:\n{}\n{}", self.out()?, self.err()?),
            Err(error) => Err(error.context(format!("it said:\n{}\n{}", self.out()?, self.err()?))),
        }
    }

    /// How it ended, if it has.
    pub fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().with_context(|| format!("cannot ask for {}", self.name))?;
        }
        Ok(self.ended)
    }

    /// Waits for its end.
    pub fn end_awaited(&mut self, within: Duration) -> Result<ExitStatus> {
        let what = format!("{} has ended", self.name);
        wait::until(&what, within, || self.has_ended()).with_context(|| {
            format!("it said:\n{}\n{}", self.out().unwrap_or_default(), self.err().unwrap_or_default())
        })
    }

    /// Asks it to end and waits for that.
    pub fn terminate(&mut self, within: Duration) -> Result<ExitStatus> {
        if self.has_ended()?.is_none() {
            kill_process(self.pid()?, Signal::TERM)?;
        }
        self.end_awaited(within)
    }

    /// `kill -9` of the one process, its children left to themselves, as the system does when memory runs out.
    pub fn kill(&mut self) -> Result<()> {
        if self.has_ended()?.is_none() {
            kill_process(self.pid()?, Signal::KILL)?;
        }
        let status = self.end_awaited(wait::SOON)?;
        if status.signal() != Some(Signal::KILL.as_raw()) {
            bail!("{} had ended by itself before it was killed: {status}\n{}", self.name, self.err()?);
        }
        Ok(())
    }

    /// Stops it for a while, or lets it go on.
    pub fn pause(&self, paused: bool) -> Result<()> {
        Ok(kill_process(self.pid()?, if paused { Signal::STOP } else { Signal::CONT })?)
    }

    fn pid(&self) -> Result<Pid> {
        Pid::from_raw(i32::try_from(self.child.id())?).context("no process has number 0")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Ok(pid) = self.pid() {
            // the group outlives its leader while a child of it runs; with nobody in it the signal goes nowhere
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// A process as the system shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub id: u32,
    pub parent: u32,
    /// First 15 characters of its name.
    pub name: String,
}

/// All processes of the world in `folder`, whoever their parent is now.
pub fn of_world(folder: &Path) -> Vec<Seen> {
    let mark = format!("{MARK}={}", folder.display());
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        // what has ended in the meantime, or belongs to somebody else, cannot be read
        .filter(|id| {
            fs::read(format!("/proc/{id}/environ"))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()))
        })
        .filter_map(seen)
        .collect()
}

/// One process; nothing when there is none, or only its remains.
fn seen(id: u32) -> Option<Seen> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let name = value("Name:")?.to_owned();
    let parent = value("PPid:")?.parse().ok()?;
    (!value("State:")?.starts_with('Z')).then_some(Seen { id, parent, name })
}

/// Ends everything of the world in `folder`, by id.
pub fn end_world(folder: &Path) {
    for process in of_world(folder) {
        if let Some(pid) = i32::try_from(process.id).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Waits on a pipe whose other end is this process; when that closes, whatever of this process's worlds still runs is ended.
const WATCHER: &str = r#"
worlds=
while read -r world; do worlds="$worlds $world"; done
for world in $worlds; do
    for environment in /proc/[0-9]*/environ; do
        if tr '\0' '\n' 2>/dev/null <"$environment" | grep -qxF "$MARK=$world"; then
            id=${environment#/proc/}
            kill -9 "${id%/environ}" 2>/dev/null
        fi
    done
done
"#;

static WATCHER_INPUT: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

fn watch_over_this_process() -> Result<()> {
    if WATCHER_INPUT.get().is_none() {
        let mut watcher = Command::new("sh")
            .args(["-c", WATCHER])
            .env("MARK", MARK)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start the watcher")?;
        let input = watcher.stdin.take().context("the watcher has no input")?;
        // a second one, of a test that came at the same moment, ends at once with its pipe
        let _ = WATCHER_INPUT.set(Mutex::new(input));
    }
    Ok(())
}

/// Puts the world in `folder` under the watcher's eyes.
pub fn watch_over(folder: &Path) -> Result<()> {
    watch_over_this_process()?;
    if let Some(input) = WATCHER_INPUT.get()
        && let Ok(mut input) = input.lock()
    {
        writeln!(input, "{}", folder.display()).context("the watcher is gone")?;
    }
    Ok(())
}
