//! Running the `git` program: it never asks, has no terminal to touch, takes no locks it does not need, and is ended
//! where it falls silent.

use super::failure::GitFailure;
use super::text::{clean, masked};
use crate::program::{Group, on_path, without_terminal};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::{Instant, sleep_until, timeout};

/// What a program leaves behind it may hold its streams open; nobody waits for that.
const GRACE: Duration = Duration::from_millis(500);
/// How long a run may take, however much it says.
const WHOLE: Duration = Duration::from_secs(900);
/// Bytes of each stream that are kept.
const ROOM: usize = 8 << 20;
/// The oldest git that has what is asked of it.
const OLDEST: (u32, u32) = (2, 29);

/// What a run of git said.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub ok: bool,
    /// It was ended because it had said nothing for so long.
    pub silent: Option<Duration>,
    pub out: String,
    /// Lines of its error stream, cleaned and without passwords.
    pub lines: Vec<String>,
}

impl Said {
    /// What the server itself said.
    pub fn remote(&self) -> Vec<String> {
        self.lines.iter().filter_map(|it| it.strip_prefix("remote:")).map(|it| it.trim().to_owned()).collect()
    }

    /// The lines that say why, without chatter.
    pub fn why(&self) -> String {
        let telling =
            |it: &&String| it.starts_with("fatal:") || it.starts_with("error:") || it.starts_with("ssh:");
        // Git says no more than that where its ssh failed; ssh said why right before.
        let general = |it: &String| it.starts_with("fatal: Could not read from remote repository");
        let until = self.lines.iter().position(general).unwrap_or(self.lines.len());
        let best = |lines: &[String]| {
            lines.iter().find(telling).or_else(|| lines.iter().rfind(|it| !it.is_empty())).cloned()
        };
        let before = self.lines.get(..until).unwrap_or_default();
        best(before).or_else(|| best(&self.lines)).unwrap_or_else(|| "git gave no reason".into())
    }
}

/// The `git` program in a folder.
#[derive(Debug, Clone)]
pub(super) struct Git {
    /// A name to be found, or a path.
    pub program: String,
    pub folder: PathBuf,
}

/// One run.
pub(super) struct Run<'a> {
    pub args: &'a [&'a str],
    pub input: &'a str,
    /// It is ended when it has said nothing for so long; what it says of its progress counts.
    pub silence: Duration,
    /// Is told each line, and each state of a line of progress.
    pub tell: Option<&'a (dyn Fn(&str) + Send + Sync)>,
}

impl Git {
    /// Run it and wait for it. An error is one of starting it; what it says itself is in the answer.
    pub async fn run(&self, run: Run<'_>) -> Result<Said, GitFailure> {
        let Some(program) = on_path(&self.program) else {
            return Err(GitFailure::NoGit("it is not on the PATH".into()));
        };
        let mut command = without_terminal(&program);
        self.prepare(&mut command, run.args);
        let mut child = command.spawn().map_err(|err| GitFailure::NoGit(err.to_string()))?;
        // Its ssh, gpg and hooks end with it, also where nobody waits for the answer any more.
        let group = Group::of(&child);
        let input = child.stdin.take();
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let heard = Heard::default();
        let feed = async {
            if let Some(mut pipe) = input {
                // A program that ends early says why itself.
                let _ = pipe.write_all(run.input.as_bytes()).await;
            }
        };
        let reading = async { tokio::join!(feed, heard.out(out), heard.err(err, run.tell)) };
        let work = async {
            let mut reading = std::pin::pin!(reading);
            tokio::select! {
                _ = &mut reading => child.wait().await,
                ended = child.wait() => {
                    let _ = timeout(GRACE, reading).await;
                    ended
                }
            }
        };
        let mut work = std::pin::pin!(work);
        let whole = Instant::now() + WHOLE;
        let ended = loop {
            let until = (heard.last() + run.silence).min(whole);
            tokio::select! {
                ended = &mut work => break Some(ended),
                () = sleep_until(until) => {
                    if until == whole || heard.last() + run.silence <= Instant::now() {
                        break None;
                    }
                }
            }
        };
        let (out, mut lines) = heard.texts();
        match ended {
            Some(Ok(status)) => {
                group.let_go();
                Ok(Said { ok: status.success(), silent: None, out, lines })
            }
            Some(Err(err)) => Err(GitFailure::NoGit(err.to_string())),
            None if Instant::now() >= whole => {
                let why =
                    format!("fatal: git was not done after {} min, and was ended", WHOLE.as_secs() / 60);
                lines.insert(0, why);
                Ok(Said { ok: false, silent: None, out, lines })
            }
            None => Ok(Said { ok: false, silent: Some(run.silence), out, lines }),
        }
    }

    fn prepare(&self, command: &mut Command, args: &[&str]) {
        command
            .args(["-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .args(["-c", "submodule.recurse=false", "-c", "color.ui=false"])
            .args(args)
            .current_dir(&self.folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            // The program that the person named for git may answer; what a desktop has for ssh would open a window.
            .env("SSH_ASKPASS", "")
            .env("SSH_ASKPASS_REQUIRE", "never")
            .env("GCM_INTERACTIVE", "never")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_MESSAGES", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for name in [
            "LC_ALL",
            "LANGUAGE",
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_NAMESPACE",
            "GIT_TRACE",
            "GIT_TRACE_CURL",
            "GPG_TTY",
        ] {
            command.env_remove(name);
        }
        if let Some(ssh) = ssh_command(&self.folder) {
            command.env("GIT_SSH_COMMAND", ssh);
        }
    }

    /// Whether it is new enough for what is asked of it.
    pub async fn fit(&self) -> Result<(), GitFailure> {
        let silence = Duration::from_secs(10);
        let said = self.run(Run { args: &["version"], input: "", silence, tell: None }).await?;
        match version(&said.out) {
            Some(found) if found < OLDEST => Err(GitFailure::OldGit(format!("{}.{}", found.0, found.1))),
            _ => Ok(()),
        }
    }
}

/// "git version 2.39.5 (Apple Git-154)".
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().nth(2)?.split('.').map(|it| it.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// The person's own ssh, told not to ask and not to wait for ever for a host that does not answer. None where it is
/// another program than ssh, which would not know how to take that.
fn ssh_command(folder: &Path) -> Option<String> {
    let named = std::env::var("GIT_SSH_COMMAND").ok().filter(|it| !it.is_empty());
    if named.is_none() && std::env::var_os("GIT_SSH").is_some() {
        return None;
    }
    let configured = || {
        let options = gix::open::Options::default().bail_if_untrusted(true);
        let git = options.open(folder).ok()?.to_thread_local();
        git.config_snapshot().string("core.sshCommand").map(|it| it.to_string())
    };
    let ssh = named.or_else(configured).unwrap_or_else(|| "ssh".into());
    let program = ssh.split_whitespace().next()?.rsplit('/').next()?;
    (program == "ssh").then(|| format!("{ssh} -o BatchMode=yes -o ConnectTimeout=15"))
}

/// What was said so far, and when last.
struct Heard {
    out: Mutex<Vec<u8>>,
    err: Mutex<Vec<u8>>,
    last: Mutex<Instant>,
}

impl Default for Heard {
    fn default() -> Self {
        Self { out: Mutex::default(), err: Mutex::default(), last: Mutex::new(Instant::now()) }
    }
}

fn held<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn last(&self) -> Instant {
        *held(&self.last)
    }

    async fn out(&self, stream: Option<impl AsyncRead + Unpin>) {
        self.read(stream, &self.out, |_| {}).await;
    }

    async fn err(&self, stream: Option<impl AsyncRead + Unpin>, tell: Option<&(dyn Fn(&str) + Send + Sync)>) {
        self.read(stream, &self.err, |all| {
            let Some(tell) = tell else { return };
            tell(&masked(&clean(&String::from_utf8_lossy(last_line(all)))));
        })
        .await;
    }

    async fn read(
        &self,
        stream: Option<impl AsyncRead + Unpin>,
        into: &Mutex<Vec<u8>>,
        then: impl Fn(&[u8]),
    ) {
        let Some(mut stream) = stream else { return };
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut piece).await {
            *held(&self.last) = Instant::now();
            let mut all = held(into);
            let room = ROOM.saturating_sub(all.len()).min(read);
            all.extend_from_slice(piece.get(..room).unwrap_or_default());
            then(&all);
        }
    }

    fn texts(&self) -> (String, Vec<String>) {
        let out = String::from_utf8_lossy(&held(&self.out)).into_owned();
        let err = String::from_utf8_lossy(&held(&self.err)).into_owned();
        // A progress line is overwritten by carriage returns; the last state of it is what counts.
        let last = |it: &str| masked(&clean(it.trim_end_matches('\r').rsplit('\r').next().unwrap_or(it)));
        (out, err.lines().map(last).collect())
    }
}

/// The last line, whether it is ended or not.
fn last_line(all: &[u8]) -> &[u8] {
    let ends = |it: &u8| matches!(it, b'\r' | b'\n');
    let end = all.iter().rposition(|it| !ends(it)).map_or(0, |it| it + 1);
    let all = all.get(..end).unwrap_or_default();
    let begin = all.iter().rposition(ends).map_or(0, |it| it + 1);
    all.get(begin..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_the_last_line() {
        for (all, line) in
            [("", ""), ("\r\n", ""), ("a", "a"), ("a\rb\r", "b"), ("a\nb\r\n", "b"), ("a\nb", "b")]
        {
            assert_eq!(last_line(all.as_bytes()), line.as_bytes());
        }
    }

    #[tokio::test]
    async fn what_git_started_ends_with_a_run_that_is_dropped() {
        let place = tempfile::tempdir().unwrap();
        let (program, pid) = (place.path().join("git"), place.path().join("pid"));
        let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", pid.display());
        crate::program::trial::script(&program, &script);
        let git = Git { program: program.to_string_lossy().into_owned(), folder: place.path().to_owned() };
        let started = async {
            while !pid.exists() {
                tokio::task::yield_now().await;
            }
        };
        let silence = Duration::from_secs(600);
        tokio::select! {
            ended = git.run(Run { args: &[], input: "", silence, tell: None }) => panic!("{:?}", ended.map(|it| it.lines)),
            () = started => {}
        }
        let child = std::fs::read_to_string(&pid).unwrap();
        crate::program::trial::gone(child.trim()).await;
    }

    #[test]
    fn the_reason_is_the_line_that_says_most() {
        let why = |lines: &[&str]| {
            let lines = lines.iter().map(|it| (*it).to_owned()).collect();
            Said { lines, ..Said::default() }.why()
        };
        let general = "fatal: Could not read from remote repository.";
        let denied = "git@h: Permission denied (publickey).";
        assert_eq!(why(&["", denied, general, "", "Please make sure"]), denied);
        assert_eq!(
            why(&["ssh: connect to host h: refused", "x", general]),
            "ssh: connect to host h: refused"
        );
        assert_eq!(why(&[general, "", "Please make sure"]), general);
        assert_eq!(why(&["a", "fatal: b", "c"]), "fatal: b");
        assert_eq!(why(&[]), "git gave no reason");
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(version("git version 2.39.5\n"), Some((2, 39)));
        assert_eq!(version("git version 2.50.1 (Apple Git-155)\n"), Some((2, 50)));
        assert_eq!(version("nonsense"), None);
    }
}
