//! A file that SOPS has sealed, edited from the cockpit by the sops program: a stand-in of a few lines, and the real one.
//! What was in clear for the editor is nowhere afterwards but in the seal.

use crate::harness::{Program, Terminal, go};
use std::path::PathBuf;
use std::process::Command;

const SECRETS: &str = "clusters/home/talos/talsecret.sops.yaml";
const NEW: &str = "hunter2hunter2hunter2";

/// The world of talhelper, whose secrets are sealed, and somebody with a clone of it and a program called sops.
struct Place {
    dir: tempfile::TempDir,
    _world: Program,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("world").to_string_lossy().into_owned();
        let arguments = ["demo", "--serve", &at, "--world", "talhelper", "--until-eof"];
        let mut world = Program::start(&arguments, &[], dir.path());
        world.until("the world is ready", |line| line.starts_with("ready"));
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        Self { dir, _world: world }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn git(&self, words: &[&str]) -> String {
        let done = Command::new("git").args(words).current_dir(self.at("world/repo")).output().unwrap();
        assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// A program of shell.
    fn script(&self, name: &str, text: &str) -> String {
        let path = self.at(name);
        crate::harness::script(&path, text);
        path.to_string_lossy().into_owned()
    }

    /// A cockpit whose sops edits with that program.
    fn cockpit(&self, editor: &str) -> Terminal {
        let word = |name: &str| self.at(name).to_string_lossy().into_owned();
        let (repo, key, run) = (word("world/repo"), word("world/age.key"), word("run"));
        std::fs::create_dir_all(&run).unwrap();
        let path = format!("{}:{}", word("bin"), std::env::var("PATH").unwrap());
        let variables = [
            ("PATH", path.as_str()),
            ("EDITOR", editor),
            ("SOPS_AGE_KEY_FILE", &key),
            ("XDG_RUNTIME_DIR", &run),
        ];
        let terminal = Terminal::start_with(&["--repo", &repo], (160, 40), self.dir.path(), &variables);
        terminal.until("main is at");
        terminal
    }

    /// Nothing of the new value is anywhere that the cockpit writes to, and no private folder is left.
    fn nothing_in_clear(&self, terminal: &Terminal) {
        assert_eq!(std::fs::read_dir(self.at("run")).unwrap().count(), 0, "a private folder is left");
        let out: Vec<u8> = terminal.output().into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert!(!String::from_utf8_lossy(&out).contains(NEW), "it was on the screen");
        let found = Command::new("grep").args(["-rlF", NEW]).arg(self.at(".local")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "the journal and the ledger do not know it");
    }

    /// Open the file in sops, and commit what it sealed. The file as it was committed.
    fn sealed_and_committed(&self, terminal: &mut Terminal) -> String {
        open(terminal);
        terminal.until("sops has sealed it anew");
        self.nothing_in_clear(terminal);
        commit(terminal);
        let id = self.git(&["for-each-ref", "--format=%(objectname)", "refs/pilothouse"]);
        self.git(&["show", &format!("{}:{SECRETS}", id.trim())])
    }
}

fn open(terminal: &mut Terminal) {
    terminal.press("F");
    terminal.until("┌ Files");
    terminal.type_text("home/talos/talsecret");
    terminal.until("talsecret.sops.yaml  clusters/home/talos");
    terminal.press("enter");
}

fn commit(terminal: &mut Terminal) {
    terminal.press("c");
    terminal.until("┌ Commit");
    terminal.press("enter");
    terminal.until("not pushed");
}

#[test]
fn a_sealed_file_is_edited_by_sops_and_by_nothing_else() {
    let place = Place::new();
    let sealed = place.git(&["show", &format!("origin/main:{SECRETS}")]);
    // As sops does it, but that what it seals anew is the value of its seal alone.
    let stand_in = format!("echo {NEW} > \"$TMPDIR/clear\"; $EDITOR \"$1\"; exit $?");
    place.script("bin/sops", &stand_in);
    let anew = place.script(
        "anew",
        "sed 's/mac: ENC\\[AES256_GCM,data:..../&AAAA/' \"$1\" > \"$1.new\" && mv \"$1.new\" \"$1\"",
    );
    let mut terminal = place.cockpit(&anew);
    let committed = place.sealed_and_committed(&mut terminal);
    assert!(committed != sealed && committed.contains("AAAA"), "{committed}");
    drop(terminal);

    // What it leaves in clear is not taken, and what it says when it fails is told in words.
    for (script, words) in [
        (format!("echo 'a: {NEW}' > \"$1\""), "is not sealed"),
        ("exit 200".to_owned(), "nothing was changed in sops"),
        ("exit 128".to_owned(), "no key here opens it"),
    ] {
        let editor = place.script("other", &script);
        let mut terminal = place.cockpit(&editor);
        open(&mut terminal);
        terminal.until(words);
        place.nothing_in_clear(&terminal);
    }
    std::fs::remove_file(place.at("bin/sops")).unwrap();
    if Command::new("sops").arg("--version").output().is_err() {
        let mut terminal = place.cockpit("true");
        open(&mut terminal);
        terminal.until("there is no sops on PATH");
    }
}

#[test]
#[ignore = "builds a Go program; .ci/run has a step for it"]
fn the_real_sops_seals_what_its_editor_changed() {
    let place = Place::new();
    let Some(sops) = go::build("talhelper", "github.com/getsops/sops/v3/cmd/sops", &place.at("bin")) else {
        return;
    };
    let opened = |text: &str, name: &str| {
        let path = place.at(name);
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new(&sops);
        command.args(["decrypt", "--input-type", "yaml", "--output-type", "yaml"]).arg(&path);
        let done = command.env("SOPS_AGE_KEY_FILE", place.at("world/age.key")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let before = opened(&place.git(&["show", &format!("origin/main:{SECRETS}")]), "before.yaml");
    // The secret that a cluster is joined with.
    let set = format!("sed 's/^\\( *token: \\).*/\\1{NEW}/' \"$1\" > \"$1.new\" && cat \"$1.new\" > \"$1\"");
    let mut terminal = place.cockpit(&place.script("editor", &set));
    let committed = place.sealed_and_committed(&mut terminal);
    assert!(!committed.contains(NEW) && committed.contains("ENC["));
    let after = opened(&committed, "after.yaml");
    assert!(after.contains(NEW) && !before.contains(NEW));
    let others =
        |text: &str| text.lines().filter(|it| !it.contains("token:")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(others(&before), others(&after), "and nothing else");
    drop(terminal);

    // An editor that changes nothing, and a person without the key.
    let mut terminal = place.cockpit("true");
    open(&mut terminal);
    terminal.until("nothing was changed in sops");
    drop(terminal);
    std::fs::write(place.at("world/age.key"), "# nobody's\n").unwrap();
    let mut terminal = place.cockpit("true");
    open(&mut terminal);
    terminal.until("no key here opens it");
    place.nothing_in_clear(&terminal);
}
