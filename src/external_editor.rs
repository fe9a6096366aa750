//! The person's own editor on the text of a draft: a private file for as long as it runs.

use crate::sealed_editor::{self, Sealed, Sops};
use crate::terminal::Terminal;
use app::{DraftId, Model};
use backends::Hands;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::process::Command;

/// Run it, and answer the text it left; the error is for a person to read. What SOPS has sealed is edited by the sops
/// program.
pub async fn run(
    terminal: &mut Terminal,
    (model, hands, sops): (&Model, &Hands, &Sops),
    id: DraftId,
) -> Result<String, String> {
    let draft = model.drafts.get(id).ok_or("the draft is gone")?;
    let text = draft.text().and_then(|it| it.after.as_deref()).ok_or("the file has not been read yet")?;
    let rules = sealed_editor::rules(hands, &draft.base, &draft.path).await;
    let sealed = Sealed { path: &draft.path, text, rules };
    if sealed_editor::is_for_sops(&sealed) {
        let ended = terminal.lend(sops.edit(&sealed)).await;
        return ended.map_err(|err| format!("the terminal could not be given to sops: {err}"))?;
    }
    // By its name the editor knows the language.
    let name = Path::new(&draft.path.0).file_name().and_then(|it| it.to_str()).unwrap_or("draft");
    let broken = |err: std::io::Error| format!("the text could not be given to your editor: {err}");
    let private = std::fs::Permissions::from_mode(0o600);
    let file = tempfile::Builder::new()
        .prefix("pilothouse-")
        .suffix(&format!("-{name}"))
        .permissions(private)
        .tempfile()
        .map_err(broken)?;
    file.as_file().write_all(text.as_bytes()).map_err(broken)?;
    let editor =
        ["VISUAL", "EDITOR"].iter().find_map(|it| std::env::var(it).ok().filter(|it| !it.is_empty()));
    let editor = editor.unwrap_or_else(|| "vi".into());
    // $EDITOR may have options of its own, as git has it: the shell reads it.
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).arg(file.path());
    let ended = terminal.lend(async { command.status().await }).await.map_err(broken)?;
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("{editor} ended with {status}: the draft is as it was")),
        Err(err) => return Err(format!("{editor} could not be started: {err}")),
    }
    let bytes = std::fs::read(file.path()).map_err(broken)?;
    String::from_utf8(bytes).map_err(|_| format!("what {editor} left is no text: the draft is as it was"))
}
