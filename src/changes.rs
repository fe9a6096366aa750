//! `pilothouse edit show`, `commit`, `push`, `changes` and `revert`: the road of a change without a screen, with the code
//! and the guards of the cockpit. Exit 0 done, 1 refused, 2 could not look.

use crate::Failure;
use crate::cli::Output;
use crate::desk::{Desk, REFUSED, complain, refused};
use app::queries::changes as queries;
use app::queries::diff::{Line, LineKind};
use app::queries::draft_view::{self, DraftView};
use app::queries::fleet::Mark;
use app::queries::proposal;
use app::{Action, Dialog, DraftId, DraftStage, DraftState, Key, Message};
use backends::Sources;
use backends::plain::plain;
use domain::{Look, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// `pilothouse edit show`: 0 all could be committed, 1 one could not, 2 could not look.
pub async fn show(sources: Sources, output: Output) -> Result<ExitCode, Failure> {
    let mut desk = Desk::open(sources).await?;
    let views = views(&mut desk).await?;
    let bad = views.iter().any(|it| it.checks.iter().any(|(mark, _)| *mark == Mark::Problem));
    let mut out = io::stdout().lock();
    match output {
        Output::Json => writeln!(out, "{:#}", Value::from(views.iter().map(shown).collect::<Vec<_>>()))?,
        Output::Text if views.is_empty() => writeln!(out, "no drafts")?,
        Output::Text => views.iter().try_for_each(|it| out.write_all(text(it).as_bytes()))?,
    }
    Ok(if bad { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}

/// Every open draft as Changes shows it, checked.
async fn views(desk: &mut Desk) -> Result<Vec<DraftView>, Failure> {
    check(desk).await?;
    let ids: Vec<DraftId> = desk.open_drafts().iter().map(|it| it.id).collect();
    let mut views = Vec::new();
    for id in ids {
        desk.model.screen.listing_mut().selected = Some(queries::key(id));
        views.extend(draft_view::view(&desk.model));
    }
    Ok(views)
}

/// Read the files of the open drafts and have each of them checked.
async fn check(desk: &mut Desk) -> Result<(), Failure> {
    let looks: Vec<Look> = desk.open_drafts().iter().filter_map(|it| it.draft().map(Look::Check)).collect();
    for look in looks {
        let found = desk.hands.look(look.clone()).await;
        desk.take(Message::Found(look, found)).await?;
    }
    Ok(())
}

fn shown(view: &DraftView) -> Value {
    let line = |it: &Line| {
        let text: String = it.pieces.iter().map(|(_, text)| text.as_str()).collect();
        format!("{}{text}", sign(it.kind))
    };
    let checks = view.checks.iter().map(|(mark, says)| json!({ "verdict": verdict(*mark), "says": says }));
    json!({
        "id": view.id.0, "title": view.title, "path": view.path, "object": view.object, "field": view.field,
        "base": view.base, "diff": view.lines.iter().map(line).collect::<Vec<_>>(),
        "checks": checks.collect::<Vec<_>>(),
    })
}

fn sign(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Same => " ",
        LineKind::Removed => "-",
        LineKind::Added => "+",
        LineKind::Gap => "@",
    }
}

fn verdict(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "good",
        Mark::Problem | Mark::Lost => "bad",
        _ => "note",
    }
}

fn text(view: &DraftView) -> String {
    let mut text = format!("{}  {}\n  {}\n", view.id.0, plain(&view.title), plain(&view.path));
    for line in &view.lines {
        let pieces: String = line.pieces.iter().map(|(_, text)| text.as_str()).collect();
        // A gap has no text of its own.
        let _ = writeln!(text, "  {:>5} {} {}", line.number, sign(line.kind), plain(&pieces));
    }
    for (mark, says) in &view.checks {
        let _ = writeln!(text, "  {:<5} {}", verdict(*mark), plain(says));
    }
    text.push('\n');
    text
}

/// `pilothouse commit`: every open draft as one commit. 0 committed, 1 refused, 2 could not look.
pub async fn commit(sources: Sources, message: Option<&str>) -> Result<ExitCode, Failure> {
    let mut desk = Desk::open(sources).await?;
    check(&mut desk).await?;
    let ids: Vec<DraftId> = desk.open_drafts().iter().map(|it| it.id).collect();
    let Some(first) = ids.iter().min().copied() else {
        return refused("there is no draft to commit", Some("pilothouse edit set FILE PATH VALUE makes one"));
    };
    let list = desk.model.screen.listing_mut();
    list.selected = Some(queries::key(first));
    list.marked = ids.iter().map(|id| queries::key(*id)).collect();
    if let (Some(message), Some(draft)) =
        (message, desk.model.drafts.list.iter_mut().find(|it| it.id == first))
    {
        draft.message = Some(message.trim().to_owned());
    }
    desk.take(Message::Asked(Action::Commit)).await?;
    if desk.model.screen.prompt.is_none() {
        return refused(&desk.notice(), None);
    }
    desk.take(Message::Pressed(Key("enter".into()))).await?;
    match desk.model.drafts.get(first).map(|it| &it.stage) {
        Some(DraftStage::Committed { commit, .. }) => {
            writeln!(io::stdout(), "{commit}")?;
            Ok(ExitCode::SUCCESS)
        }
        _ => refused(&desk.notice(), None),
    }
}

/// `pilothouse push`: what is committed and not pushed, oldest first. 0 pushed or offered, 1 refused or overtaken, 2
/// could not look.
pub async fn push(sources: Sources, pr: bool) -> Result<ExitCode, Failure> {
    let mut desk = Desk::open(sources).await?;
    if pr {
        let clusters = std::mem::take(&mut desk.model.settings.clusters);
        desk.model.settings.clusters = clusters.with_requests();
    }
    // Where it is known that no pull request was made of a branch, one may be by now.
    let by_request = proposal::is_the_way(&desk.model);
    let offered = |it: &DraftState| it.proposal.as_ref().is_some_and(|it| !by_request || it.number.is_some());
    let waiting = |it: &DraftState| matches!(it.stage, DraftStage::Committed { .. }) && !offered(it);
    let mut commits: BTreeMap<_, DraftId> = BTreeMap::new();
    for draft in desk.drafts(waiting) {
        if let DraftStage::Committed { commit, at } = &draft.stage {
            commits.entry((*at, commit.clone())).or_insert(draft.id);
        }
    }
    if commits.is_empty() {
        return refused("nothing is committed that is not pushed", Some("pilothouse commit makes a commit"));
    }
    let mut done = true;
    for ((_, commit), id) in commits {
        desk.model.screen.dialog = Some(Dialog::Push(id));
        desk.take(Message::Asked(Action::Confirm)).await?;
        let draft = desk.model.drafts.get(id);
        let gone =
            draft.is_some_and(|it| matches!(it.stage, DraftStage::Pushed { .. }) || it.proposal.is_some());
        if gone {
            writeln!(io::stdout(), "{} {}", commit.short(), plain(&desk.notice()))?;
            remote(&desk)?;
            continue;
        }
        let overtaken = draft.is_some_and(|it| it.stage == DraftStage::Open);
        let (why, hint) = match desk.model.ledger.entries().last().and_then(|it| it.outcome.as_ref()) {
            Some(Outcome::Closed { branch, why, .. }) => (
                format!("{} takes no direct pushes: {why}", branch.0),
                Some("push --pr offers it as a pull request"),
            ),
            _ if overtaken => (
                desk.notice(),
                Some("it is a draft again, on what the branch says now: see edit show, then commit and push"),
            ),
            _ => (desk.notice(), None),
        };
        complain(&format!("{}: {why}", commit.short()), hint)?;
        done = false;
    }
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What the server said.
fn remote(desk: &Desk) -> io::Result<()> {
    let said = match desk.model.ledger.entries().last().and_then(|it| it.outcome.as_ref()) {
        Some(Outcome::Pushed { remote, .. } | Outcome::Proposed { remote, .. }) => remote.as_slice(),
        _ => &[],
    };
    said.iter()
        .filter(|it| !it.is_empty())
        .try_for_each(|it| writeln!(io::stdout(), "  remote: {}", plain(it)))
}

/// `pilothouse changes`: 0 printed, 2 could not look.
pub async fn list(sources: Sources, output: Output) -> Result<ExitCode, Failure> {
    let mut desk = Desk::open(sources).await?;
    for heard in desk.hands.reviewed(&proposal::open(&desk.model)).await {
        desk.take(Message::Observed(heard)).await?;
    }
    let rows = queries::list(&desk.model);
    let mut out = io::stdout().lock();
    match output {
        Output::Json => {
            let all = rows.iter().filter_map(|row| {
                let draft = desk.model.drafts.get(queries::draft_of(&desk.model, &row.key)?)?;
                Some(json!({
                    "id": draft.id.0, "title": row.title, "place": row.place, "change": row.change,
                    "stage": stage(draft), "commit": draft.commit().map(|it| it.0.clone()),
                    "message": draft.message,
                    "proposal": draft.proposal.as_ref().map(|it| json!({
                        "branch": it.branch.0, "onto": it.onto.0, "url": it.url, "number": it.number,
                        "says": proposal::says(&desk.model, draft),
                    })),
                }))
            });
            writeln!(out, "{:#}", Value::from(all.collect::<Vec<_>>()))?;
        }
        Output::Text if rows.is_empty() => writeln!(out, "no changes")?,
        Output::Text => {
            for row in rows {
                let line =
                    format!("{}  {}  {}  {}  {}", row.key.0, row.state, row.title, row.place, row.change);
                writeln!(out, "{}", plain(&line))?;
                let draft = queries::draft_of(&desk.model, &row.key).and_then(|it| desk.model.drafts.get(it));
                if let Some(says) = draft.and_then(|it| proposal::says(&desk.model, it)) {
                    writeln!(out, "    {}", plain(&says))?;
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn stage(draft: &DraftState) -> &'static str {
    match (&draft.stage, &draft.proposal) {
        (DraftStage::Open | DraftStage::Committing(_), _) => "draft",
        (DraftStage::Committed { .. }, Some(_)) => "offered",
        (DraftStage::Committed { .. } | DraftStage::Pushing { .. }, _) => "committed",
        (DraftStage::Pushed { .. }, _) => "pushed",
    }
}

/// `pilothouse revert REV`: 0 made, 1 refused, 2 could not look.
pub async fn revert(sources: Sources, revision: &str) -> Result<ExitCode, Failure> {
    let mut desk = Desk::open(sources).await?;
    let commit = match desk.hands.resolve(revision).await {
        Ok(commit) => commit,
        Err(why) => return refused(&why, None),
    };
    let before = desk.open_drafts().len();
    let look = Look::Revert(commit);
    let found = desk.hands.look(look.clone()).await;
    if let Err(why) = &found {
        return refused(why, None);
    }
    desk.take(Message::Found(look, found)).await?;
    for draft in desk.open_drafts().iter().skip(before) {
        writeln!(io::stdout(), "{}  {}", plain(&draft.path.0), plain(&draft.title()))?;
    }
    Ok(ExitCode::SUCCESS)
}
