//! A cockpit that is killed at any moment of editing, committing and pushing: what the screen had shown is there
//! again, the repository is whole, and nothing was done twice. `KILLS=200 cargo test --test it killed` does it so often.

use crate::harness::Terminal;
use app::{DraftRecord, DraftStage, DraftState, Message, Model, update};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Letters that are typed into a file.
const LETTERS: usize = 12;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(folder).output().expect("git runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    said
}

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    /// A remote with one commit of so many notes, and a clone of it.
    fn new(notes: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Self { dir };
        git(place.home(), &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        git(place.home(), &["clone", "-q", "remote.git", "repo"]);
        let repo = place.repo();
        for (key, value) in [("user.name", "Mara Lind"), ("user.email", "mara@example.org")] {
            git(&repo, &["config", key, value]);
        }
        std::fs::create_dir(repo.join("notes")).unwrap();
        for round in (0..notes).filter(|it| is_there(*it)) {
            std::fs::write(repo.join(path(round)), "\nA cluster.\n").unwrap();
        }
        git(&repo, &["checkout", "-q", "-b", "main"]);
        git(&repo, &["add", "."]);
        git(&repo, &["commit", "-q", "-m", "Begin"]);
        git(&repo, &["push", "-q", "-u", "origin", "main"]);
        place
    }

    fn home(&self) -> &Path {
        self.dir.path()
    }

    fn repo(&self) -> PathBuf {
        self.home().join("repo")
    }

    /// The drafts that the next start would find.
    fn drafts(&self) -> Vec<DraftState> {
        let path = self.home().join(".local/state/pilothouse/drafts/drafts.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let records: Vec<DraftRecord> = text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
        let mut model = Model::default();
        update(&mut model, Message::Restored(records));
        model.drafts.list
    }

    fn whole(&self) {
        git(&self.repo(), &["fsck", "--strict", "--no-dangling"]);
        git(&self.home().join("remote.git"), &["fsck", "--strict", "--no-dangling"]);
        assert_eq!(git(&self.repo(), &["status", "--porcelain"]), "", "the work tree is the operator's");
        let ledger = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
            .args(["ledger", "verify"])
            .env("HOME", self.home())
            .env_remove("XDG_STATE_HOME")
            .output()
            .unwrap();
        assert!(ledger.status.success(), "{}", String::from_utf8_lossy(&ledger.stdout));
    }
}

/// What one life of the cockpit came to, by its last screen.
struct Shown {
    typed: String,
    committed: bool,
    pushed: bool,
    screen: String,
}

/// Every other round edits a file that is there; the rest make new ones.
fn is_there(round: usize) -> bool {
    round % 2 == 1
}

fn path(round: usize) -> String {
    format!("notes/{round:04}.txt")
}

/// Edit, commit and push one file, and be killed at step `last`, after so many more pieces of output.
fn live(place: &Place, round: usize, last: usize, pieces: usize) -> Shown {
    let (path, word) = (path(round), word(round));
    let repo = place.repo();
    let mut terminal = Terminal::start(&["--repo", repo.to_str().unwrap()], (180, 32), place.home());
    terminal.until("main is at");
    let mut steps = 0;
    // Other drafts have been committed too: what is waited for is the row of this one.
    let (row, offered, open) = match is_there(round) {
        // Offered by its name, and the folder behind that; open when it has been read.
        true => (format!("edit {path}"), format!("{round:04}.txt  notes"), "A cluster."),
        false => (format!("add {path}"), "makes the new file".to_owned(), "ctrl-f search"),
    };
    let mut alive = |terminal: &mut Terminal, keys: &dyn Fn(&mut Terminal), until: &str| {
        if steps > last {
            return false;
        }
        keys(terminal);
        let holds = |screen: &str| match until {
            "not pushed" | "pushed " => screen.lines().any(|it| it.contains(&row) && it.contains(until)),
            _ => screen.contains(until),
        };
        match steps == last {
            true => terminal.hear(pieces, holds),
            false => terminal.until_that(until, holds),
        }
        steps += 1;
        steps <= last
    };
    let mut play = |terminal: &mut Terminal| {
        if !alive(terminal, &|it| it.press("F"), "┌ Files") {
            return;
        }
        if !alive(terminal, &|it| it.type_text(&path), &offered) {
            return;
        }
        if !alive(terminal, &|it| it.press("enter"), open) {
            return;
        }
        for letter in 0..LETTERS {
            let so_far = &word[..=letter];
            if !alive(terminal, &|it| it.type_text(&word[letter..=letter]), so_far) {
                return;
            }
        }
        let road =
            [("esc", "DRAFT"), ("c", "┌ Commit"), ("enter", "not pushed"), ("P", "┌ Push"), ("y", "pushed ")];
        for (key, until) in road {
            if !alive(terminal, &|it| it.press(key), until) {
                return;
            }
        }
    };
    play(&mut terminal);
    let screen = terminal.kill();
    // The first line of the editor, or of the diff: a number, a sign maybe, and what is written.
    let shown: Vec<&str> = screen
        .lines()
        .filter_map(|it| it.split('│').next()?.trim().strip_prefix("1 "))
        .map(|it| it.trim_start_matches([' ', '+']))
        .collect();
    let typed = (1..=LETTERS).rev().map(|it| &word[..it]).find(|it| shown.contains(it)).unwrap_or_default();
    let ours = |it: &&str| it.contains("DRAFT") && it.contains(&row);
    let told = screen.lines().find(ours).unwrap_or_default().to_owned();
    let typed = typed.to_owned();
    Shown {
        typed,
        committed: told.contains("not pushed"),
        pushed: told.contains("pushed ") && !told.contains("not pushed"),
        screen,
    }
}

/// Letters that stand nowhere else.
fn word(round: usize) -> String {
    let mut random = StdRng::seed_from_u64(round as u64);
    (0..LETTERS).map(|_| char::from(b'a' + random.random_range(0..26_u8))).collect()
}

#[test]
fn nothing_that_was_shown_is_lost_and_nothing_is_done_twice() {
    let kills: usize = std::env::var("KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(12);
    let place = Place::new(kills);
    let mut random = StdRng::seed_from_u64(20_261_121);
    let head = git(&place.repo(), &["rev-parse", "HEAD"]);
    let mut pushed = Vec::new();
    for round in 0..kills {
        let shown = live(&place, round, random.random_range(2..LETTERS + 8), random.random_range(0..4));
        let path = path(round);
        let drafts = place.drafts();
        let draft = drafts.iter().find(|it| it.path.0 == path);
        if !shown.typed.is_empty() {
            let text = draft.and_then(|it| it.text()).and_then(|it| it.after.as_deref()).unwrap_or_default();
            assert!(text.starts_with(&shown.typed), "round {round}: {:?} of {:?} is left", text, shown.typed);
        }
        if shown.committed {
            let known = draft.and_then(DraftState::commit);
            let commit = known.unwrap_or_else(|| {
                panic!("round {round}: no commit of {draft:?} is known; the screen was\n{}", shown.screen)
            });
            git(&place.repo(), &["cat-file", "-e", &commit.0]);
        }
        if shown.pushed {
            let stage = draft.map(|it| &it.stage);
            assert!(matches!(stage, Some(DraftStage::Pushed { .. })), "round {round}: {stage:?}");
            pushed.push(path);
        }
        if round % 10 == 9 || round + 1 == kills {
            place.whole();
        }
    }
    assert_eq!(git(&place.repo(), &["rev-parse", "HEAD"]), head, "HEAD is the operator's");
    let remote = place.home().join("remote.git");
    let files = git(&remote, &["ls-tree", "-r", "--name-only", "main"]);
    assert!(pushed.iter().all(|it| files.lines().any(|file| file == it)), "{pushed:?} of {files}");
    let mut subjects: BTreeMap<String, usize> = BTreeMap::new();
    for subject in git(&remote, &["log", "--format=%s", "main"]).lines() {
        *subjects.entry(subject.to_owned()).or_default() += 1;
    }
    assert!(subjects.values().all(|it| *it == 1), "done twice: {subjects:?}");
}
