//! `pilothouse plan` and `pilothouse apply`: the road of the cockpit without a screen, with the same guards. Exit 0
//! done, 1 refused or a gate failed, 2 could not look.

use crate::Failure;
use crate::cli::{Apply, Output};
use crate::desk::{REFUSED, complain, refused};
use crate::interrupts::Interrupts;
use crate::ledger::LedgerFile;
use crate::runtime::now;
use crate::tasks::Tasks;
use app::{Conductor, Message, SeatState};
use backends::plain::plain;
use backends::{Hands, Sources};
use domain::{
    Act, Approval, Confirmed, Consent, Demand, DiffLine, Finding, GateState, Look, NodeEffect, OrderId, Plan,
    Planned, Progress, Release, RollId, Upgrade,
};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::process::ExitCode;
use tokio::sync::mpsc;

/// Look at what a commit would do. The error is what a person reads before exit 2.
async fn planned(hands: &Hands, revision: &str) -> Result<Planned, Failure> {
    let told = |why: String| Failure::World(plain(&why).into_owned());
    let commit = hands.resolve(revision).await.map_err(told)?;
    match hands.look(Look::Plan { commit }).await.map_err(told)? {
        Finding::Planned(planned) => Ok(*planned),
        other => Err(Failure::World(format!("{other:?} is no plan"))),
    }
}

/// `pilothouse plan REV`: 0 told, 1 a node cannot be applied to, 2 could not look.
pub async fn plan(
    sources: Sources,
    revision: &str,
    node: Option<&str>,
    output: Output,
) -> Result<ExitCode, Failure> {
    crate::settings::named(&sources)?;
    let mut planned = Interrupts::new()?.unless(planned(&Hands::new(sources), revision)).await?;
    if let Some(node) = node {
        planned.plans.retain(|it| it.target.0 == node);
        if planned.plans.is_empty() {
            return Err(Failure::World(format!("nothing is rendered for a node {node}")));
        }
    }
    let mut out = io::stdout().lock();
    match output {
        Output::Json => writeln!(out, "{:#}", as_json(&planned))?,
        // Names and values are other people's.
        Output::Text => as_text(&planned).lines().try_for_each(|it| writeln!(out, "{}", plain(it)))?,
    }
    let clear = |it: &Plan| it.pending.is_none() && (it.is_done() || it.acts());
    Ok(if planned.plans.iter().all(clear) { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

fn as_json(planned: &Planned) -> Value {
    let plans = planned.plans.iter().map(|it| {
        let (fields_of_effect, why) = match &it.effect {
            NodeEffect::NextReboot(fields) | NodeEffect::Reboot(fields) => (fields.clone(), None),
            NodeEffect::AfterUpgrade(why) | NodeEffect::Unknown(why) | NodeEffect::Impossible(why) => {
                (Vec::new(), Some(why.clone()))
            }
            NodeEffect::Nothing | NodeEffect::Live => (Vec::new(), None),
        };
        let (confirmed, not_asked) = match &it.confirmed {
            Confirmed::Yes(words) => (Some(words.clone()), None),
            Confirmed::NotAsked(why) => (None, Some(why.clone())),
        };
        json!({
            "node": it.target.0, "role": it.role.map(|it| it.word()), "talos": it.talos,
            "effect": it.effect.word(), "upgrade": it.upgrade.as_ref().map(upgrade), "reboots": it.reboots(),
            "cordoned": it.cordoned, "reboot_for": fields_of_effect, "why": why,
            "fields": it.fields, "diff": it.diff.iter().map(line).collect::<Vec<_>>(),
            "against": it.against.as_ref().map(|it| json!({ "active": it.active.0, "persistent": it.persistent.0 })),
            "rendered": it.wanted.0, "secrets": it.secrets.0, "pending": it.pending.map(|it| it.words()),
            "confirmed": confirmed, "not_confirmed": not_asked, "notes": it.notes,
        })
    });
    json!({
        "commit": planned.commit.0, "cluster": planned.rendered.cluster, "renderer": planned.rendered.by,
        "from": planned.rendered.from.0, "isolation": planned.rendered.isolation,
        "nodes": plans.collect::<Vec<_>>(),
    })
}

fn upgrade(it: &Upgrade) -> Value {
    let release = |it: &Release| json!({ "version": it.version, "schematic": it.schematic });
    json!({ "image": it.image, "from": release(&it.from), "to": release(&it.to) })
}

fn line(line: &DiffLine) -> String {
    match line {
        DiffLine::Hunk { before, after } => format!("@@ -{before} +{after} @@"),
        DiffLine::Same(text) => format!(" {text}"),
        DiffLine::Added(text) => format!("+{text}"),
        DiffLine::Removed(text) => format!("-{text}"),
    }
}

fn as_text(planned: &Planned) -> String {
    let rendered = &planned.rendered;
    let mut text = format!(
        "{}  cluster {}, rendered by {} from {}, {}\n",
        planned.commit.short(),
        plain(&rendered.cluster),
        plain(&rendered.by),
        plain(&rendered.from.0),
        rendered.isolation
    );
    for it in &planned.plans {
        let role = it.role.map_or("", |it| it.word());
        text.push_str(&format!("\n{}  {role}  {}\n", it.target, it.effect.word()));
        if let Some(upgrade) = &it.upgrade {
            text.push_str(&format!("  upgrades {}, reboots\n", upgrade.words()));
            text.push_str(&format!("    by {}\n", plain(&upgrade.image)));
        }
        match &it.effect {
            NodeEffect::AfterUpgrade(why) | NodeEffect::Unknown(why) | NodeEffect::Impossible(why) => {
                text.push_str(&format!("  {}\n", plain(why)))
            }
            NodeEffect::NextReboot(fields) => {
                text.push_str(&format!("  when it boots: {}\n", fields.join(", ")))
            }
            NodeEffect::Reboot(fields) if !fields.is_empty() => {
                text.push_str(&format!("  reboots for: {}\n", fields.join(", ")));
            }
            _ => {}
        }
        if let Some(pending) = it.pending {
            text.push_str(&format!("  {}\n", pending.words()));
        }
        for field in &it.fields {
            let nothing = || "nothing".to_owned();
            let (before, after) =
                (field.before.clone().unwrap_or_else(nothing), field.after.clone().unwrap_or_else(nothing));
            let document =
                if field.document.is_empty() { String::new() } else { format!("{}: ", field.document) };
            text.push_str(&format!("  {document}{}: {before} → {after}\n", field.field));
        }
        match &it.confirmed {
            Confirmed::Yes(words) if !words.is_empty() => {
                text.push_str(&format!("  its own dry run: {words}\n"))
            }
            Confirmed::Yes(_) => text.push_str("  its own dry run takes it\n"),
            Confirmed::NotAsked(why) if it.effect.acts() => {
                text.push_str(&format!("  not confirmed: {why}\n"))
            }
            Confirmed::NotAsked(_) => {}
        }
        it.notes.iter().for_each(|it| text.push_str(&format!("  {it}\n")));
    }
    text
}

/// `pilothouse apply REV --node N --confirm NAME`: 0 every node runs it, 1 refused or a gate failed, 2 could not look.
pub async fn apply(sources: Sources, wish: &Apply) -> Result<ExitCode, Failure> {
    crate::settings::named(&sources)?;
    let ledger = LedgerFile::open(sources.state_dir.as_deref())?;
    let hands = Hands::new(sources);
    let mut interrupts = Interrupts::new()?;
    let planned = interrupts.unless(planned(&hands, &wish.revision)).await?;
    let approvals = match approved(&planned, wish) {
        Ok(approvals) => approvals,
        Err(refusal) => {
            return refused(&refusal.why, refusal.hint.as_deref());
        }
    };
    let mut out = io::stdout();
    if let Some(why) = planned.unasked.as_ref().filter(|_| approvals.is_empty()) {
        return Err(Failure::World(format!("every node runs it, but {}", plain(why))));
    }
    if approvals.is_empty() {
        writeln!(out, "nothing to do: every node runs {} already", planned.commit.short())?;
        return Ok(ExitCode::SUCCESS);
    }
    let roll = RollId(format!("{}-{}", planned.commit.short(), now().0));
    let mut conductor = Conductor::new(roll, approvals, wish.width);
    conductor.drain_seconds = wish.drain_timeout;
    conductor.steady = wish.steady.unwrap_or(conductor.steady);
    let (inbox, _arrivals) = mpsc::channel(1);
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut tasks = Tasks::new(hands, inbox, tell, ledger);
    let mut count = 0;
    loop {
        let orders = conductor.next(|_| {
            count += 1;
            OrderId(count)
        });
        for (id, order) in orders {
            tasks.carry(id, order);
        }
        if conductor.is_over() {
            break;
        }
        let message = tokio::select! {
            // The sender is held here too: there is always another message while an order is under way.
            message = told.recv() => message,
            () = interrupts.next() => {
                complain("interrupted: it ends with the node that is under way", None)?;
                conductor.halted.get_or_insert_with(|| "interrupted".to_owned());
                continue;
            }
        };
        let Some(message) = message else { break };
        match message {
            Message::Progressed(id, progress) => {
                if let Some(line) = said(&conductor, id, &progress) {
                    writeln!(out, "{}", plain(&line))?;
                }
                conductor.progressed(id, &progress);
            }
            Message::Settled(id, outcome) => {
                tasks.ended(id, &outcome);
                conductor.settled(id, &outcome);
            }
            _ => {}
        }
    }
    finish(&conductor)
}

/// What was asked for, with the yes of the command line for each node that has something to do.
fn approved(planned: &Planned, wish: &Apply) -> Result<Vec<Approval>, domain::Refusal> {
    let refusal = |why: String| domain::Refusal { why, hint: None };
    let mut chosen = Vec::new();
    for node in &wish.node {
        let plan = planned.plans.iter().find(|it| it.target.0 == *node);
        chosen.push(plan.ok_or_else(|| refusal(format!("nothing is rendered for a node {node}")))?.clone());
    }
    // A node that runs it already is done, whatever else is asked for.
    chosen.retain(|it| !it.is_done() || it.pending.is_some());
    let count = chosen.len();
    let mut names = wish.confirm.clone();
    let mut approvals = Vec::new();
    for plan in chosen {
        let consent = match names.iter().position(|it| *it == plan.target.0) {
            // One typed name is one yes.
            Some(at) => Consent::Typed(names.remove(at)),
            None if plan.demand(count) == Demand::Yes && !wish.confirm.is_empty() => {
                Consent::Typed(wish.confirm.first().cloned().unwrap_or_default())
            }
            None => match names.iter().find(|it| !it.is_empty() && **it == plan.cluster) {
                Some(cluster) => Consent::Typed(cluster.clone()),
                None => Consent::Typed(String::new()),
            },
        };
        approvals.push(plan.approve(&consent, count)?);
    }
    Ok(approvals)
}

/// "cp-1  passed  members healthy: 3 of 3 healthy"
fn said(conductor: &Conductor, id: OrderId, progress: &Progress) -> Option<String> {
    let seat = conductor.seats.iter().find(|it| it.state == SeatState::UnderWay(id))?;
    let words = match progress {
        Progress::Gate(gate) if gate.state == GateState::Waiting => {
            let told = seat.gates.iter().any(|it| it.gate == gate.gate && it.state == GateState::Waiting);
            if told {
                return None;
            }
            format!("waits    {}: {}", gate.gate.words(), gate.saw)
        }
        Progress::Gate(gate) => format!("{:<8} {}: {}", gate.state.word(), gate.gate.words(), gate.saw),
        Progress::Acts(act) => format!("does     {}{}", act.words(), about(act)),
        Progress::Answered(act, said) => format!("did      {}{}: {said}", act.words(), about(act)),
        // Every one of it would be a line; what came of it is told.
        Progress::Doing(_) => return None,
    };
    Some(format!("{:<16} {words}", seat.node.0))
}

/// " household/board-1", where an act is about something.
fn about(act: &Act) -> String {
    act.subject().map(|it| format!(" {it}")).unwrap_or_default()
}

fn finish(conductor: &Conductor) -> Result<ExitCode, Failure> {
    let (done, all) = conductor.count();
    let mut out = io::stdout();
    for seat in &conductor.seats {
        let node = plain(&seat.node.0);
        match &seat.state {
            SeatState::Done => writeln!(out, "{node:<16} runs {}", conductor.commit.short())?,
            SeatState::Stopped { why, after, hint } => {
                complain(why, hint.as_deref())?;
                writeln!(out, "{node:<16} {}", plain(after))?;
            }
            _ => writeln!(out, "{node:<16} not touched")?,
        }
    }
    writeln!(out, "{done} of {all} done")?;
    Ok(if conductor.is_done() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}
