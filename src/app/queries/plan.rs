//! What a commit would do to each node, the question before it is put in force, and the roll as it goes.

use super::fleet::Mark;
use super::words::{Phrase, Tone, apart, count, shortened};
use super::{changes, etcd};
use crate::model::{Asked, Conductor, DraftStage, Seat, SeatState};
use crate::update::roll_is_open;
use crate::{Action, Availability, Model, Page, Place, RowKey};
use domain::{
    CommitId, Confirmed, Demand, DiffLine, FieldChange, GateState, NodeEffect, NodeName, NodeRole, Plan,
    Planned, Upgrade,
};

/// Letters of an installer's name that are shown beside the table.
const IMAGE: usize = 60;

/// One node of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRow {
    pub key: RowKey,
    pub mark: Mark,
    pub node: String,
    pub role: &'static str,
    pub effect: Phrase,
    pub fields: String,
    /// How far a roll has come with it.
    pub state: Phrase,
    pub marked: bool,
}

/// The commit that `a` is about: of the plan that is shown, the pushed change that is selected, or the commit that is
/// selected in the log.
pub fn commit(model: &Model) -> Option<CommitId> {
    match &model.screen.place {
        Place::Plan(commit) | Place::Commit(commit) => Some(commit.clone()),
        Place::Page(Page::Changes) => {
            let key = model.screen.listing()?.selected.as_ref()?;
            let draft = model.drafts.get(changes::draft_of(model, key)?)?;
            match &draft.stage {
                DraftStage::Pushed { commit, .. } | DraftStage::Committed { commit, .. } => {
                    Some(commit.clone())
                }
                _ => None,
            }
        }
        Place::Page(Page::Git) => {
            let key = model.screen.listing()?.selected.as_ref()?;
            model.world.log.commits.iter().find(|it| it.id.0 == key.0).map(|it| it.id.clone())
        }
        _ => None,
    }
}

fn planned<'a>(model: &'a Model, commit: &CommitId) -> Option<&'a Planned> {
    model.rolls.planned(commit)
}

/// The plans that `a` asks about: of the nodes that are marked, else of the one that is selected.
pub fn chosen<'a>(model: &'a Model, commit: &CommitId) -> Vec<&'a Plan> {
    let Some(planned) = planned(model, commit) else { return Vec::new() };
    let list = model.screen.lists.get(&Place::Plan(commit.clone()));
    let marked = |it: &Plan| list.is_some_and(|list| list.marked.contains(&RowKey(it.target.0.clone())));
    let many: Vec<&Plan> = planned.plans.iter().filter(|it| marked(it) && roll_is_open(it)).collect();
    if !many.is_empty() {
        return many;
    }
    let selected = list.and_then(|list| list.selected.as_ref());
    planned.plans.iter().filter(|it| selected.is_some_and(|key| key.0 == it.target.0)).collect()
}

/// Whether something can be done about rolls now.
pub fn may(model: &Model, action: Action) -> Availability {
    let conductor = model.rolls.conductor.as_ref();
    match action {
        Action::RetryNode | Action::PassOver => match conductor {
            Some(it) if it.stopped().is_some() && !it.under_way() => Ok(()),
            Some(it) if it.under_way() => Err("the roll is under way".into()),
            _ => Err("no roll stands at a node".into()),
        },
        Action::PlanAgain => commit(model).map(|_| ()).ok_or_else(|| "no commit is selected".into()),
        _ => {
            let Some(commit) = commit(model) else {
                return Err("no commit is selected: commit it first".into());
            };
            if !matches!(model.screen.place, Place::Plan(_)) {
                return Ok(());
            }
            if conductor.is_some_and(Conductor::under_way) {
                return Err("a roll is under way".into());
            }
            match model.rolls.plans.get(&commit) {
                None | Some(Asked::UnderWay) => Err("what it would do is being found out".into()),
                Some(Asked::Failed(why)) => Err(why.clone()),
                Some(Asked::Answered(_)) => {
                    let chosen = chosen(model, &commit);
                    match chosen.iter().find_map(|it| it.refused()) {
                        _ if chosen.is_empty() => Err("no node is selected".into()),
                        Some(refusal) => Err(refusal.why),
                        None => Ok(()),
                    }
                }
            }
        }
    }
}

pub fn rows(model: &Model, commit: &CommitId) -> Vec<RowKey> {
    planned(model, commit)
        .into_iter()
        .flat_map(|it| &it.plans)
        .map(|it| RowKey(it.target.0.clone()))
        .collect()
}

/// What stands over the table: the commit, how it was rendered, and where a roll stands.
pub fn heading(model: &Model, commit: &CommitId) -> Vec<Phrase> {
    let subject = model.world.log.get(commit).map(|it| it.subject.clone()).unwrap_or_default();
    let mut lines =
        vec![Phrase::new().faint("APPLY  ").say(Tone::Accent, commit.short()).plain(format!("  {subject}"))];
    lines.push(match model.rolls.plans.get(commit) {
        None | Some(Asked::UnderWay) => {
            Phrase::new().faint("it is rendered, and every node asked what it runs")
        }
        Some(Asked::Failed(why)) => Phrase::new().say(Tone::Bad, why.clone()),
        Some(Asked::Answered(it)) => Phrase::new().faint(format!(
            "cluster {}, rendered by {} from {}, {}",
            it.rendered.cluster, it.rendered.by, it.rendered.from, it.rendered.isolation
        )),
    });
    if let Some(it) = model.rolls.standing.as_ref().filter(|it| it.commit == *commit) {
        let done = format!("{} of {} done", it.done.len(), it.nodes.len());
        let stands = Phrase::new()
            .say(Tone::Bad, format!("▲ stands still at {}", it.at))
            .plain(format!(": {}", it.why));
        lines.push(stands.faint(format!("   {done}; what each node runs is below, and a goes on")));
    }
    lines
}

pub fn table(model: &Model, commit: &CommitId) -> Vec<PlanRow> {
    let roll = model.rolls.roll_of(commit);
    let list = model.screen.lists.get(&Place::Plan(commit.clone()));
    let marked = |key: &RowKey| list.is_some_and(|list| list.marked.contains(key));
    let plans = planned(model, commit).into_iter().flat_map(|it| &it.plans);
    plans
        .map(|plan| {
            let key = RowKey(plan.target.0.clone());
            let seat = roll.and_then(|it| it.seats.iter().find(|seat| seat.node == plan.target));
            let (mark, state) = state(plan, seat);
            PlanRow {
                marked: marked(&key),
                key,
                mark,
                node: plan.target.0.clone(),
                role: plan.role.map_or("", NodeRole::word),
                effect: effect(plan),
                fields: fields(plan),
                state,
            }
        })
        .collect()
}

fn effect(plan: &Plan) -> Phrase {
    let tone = match &plan.effect {
        _ if plan.reboots() || plan.acts() && plan.effect == NodeEffect::Nothing => Tone::Wait,
        NodeEffect::Nothing => Tone::Faint,
        NodeEffect::Live => Tone::Plain,
        NodeEffect::NextReboot(_) | NodeEffect::Reboot(_) | NodeEffect::AfterUpgrade(_) => Tone::Wait,
        NodeEffect::Unknown(_) | NodeEffect::Impossible(_) => Tone::Bad,
    };
    Phrase::new().say(tone, plan.word())
}

/// What differs: the Talos first, then the fields of the config.
fn fields(plan: &Plan) -> String {
    let upgrade = plan.upgrade.as_ref().map(Upgrade::words);
    // The image is what the upgrade is told by.
    let told = |it: &&FieldChange| upgrade.is_none() || it.field != "machine.install.image";
    let fields: Vec<&FieldChange> = plan.fields.iter().filter(told).collect();
    let fields = match fields.as_slice() {
        [] => None,
        [one] => Some(one.field.clone()),
        [one, rest @ ..] => Some(format!("{} and {} more", one.field, rest.len())),
    };
    [upgrade, fields].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn state(plan: &Plan, seat: Option<&Seat>) -> (Mark, Phrase) {
    match seat.map(|it| (&it.state, it)) {
        Some((SeatState::UnderWay(_), seat)) => {
            let waits = seat.gates.iter().rfind(|it| it.state == GateState::Waiting);
            let waits = waits.map(|it| format!("waits: {}", it.gate.words()));
            let last = || Some(seat.gates.last()?.gate.words().to_owned());
            let doing = seat.doing.clone().or(waits).or_else(last);
            (Mark::UnderWay, Phrase::new().say(Tone::Wait, doing.unwrap_or_else(|| "begins".into())))
        }
        Some((SeatState::Stopped { .. }, _)) => (Mark::Problem, Phrase::new().say(Tone::Bad, "stopped")),
        Some((SeatState::Done, _)) => (Mark::Good, Phrase::new().say(Tone::Good, "verified")),
        Some((SeatState::PassedOver, _)) => (Mark::Problem, Phrase::new().faint("passed over")),
        Some((SeatState::Waiting, _)) => (Mark::Nothing, Phrase::new().faint("waits its turn")),
        None => match (plan.pending, &plan.effect) {
            (Some(_), _) => {
                (Mark::Problem, Phrase::new().say(Tone::Bad, "a try or a staged config is pending"))
            }
            _ if plan.cordoned => (Mark::UnderWay, Phrase::new().say(Tone::Wait, "is cordoned still")),
            (None, NodeEffect::Nothing) if plan.is_done() => (Mark::Good, Phrase::new().faint("runs it")),
            (None, NodeEffect::Unknown(_) | NodeEffect::Impossible(_)) => (Mark::Problem, Phrase::new()),
            (None, _) => (Mark::Nothing, Phrase::new()),
        },
    }
}

/// The roll of a commit, gate by gate: of the node that is under way or that stopped it, else of the last one.
pub fn roll(model: &Model, commit: &CommitId) -> Vec<Phrase> {
    let Some(roll) = model.rolls.roll_of(commit) else { return Vec::new() };
    let (done, all) = roll.count();
    let head = match &roll.halted {
        Some(why) => Phrase::new().say(Tone::Bad, format!("▲ {why}")),
        None if roll.is_done() => {
            Phrase::new().say(Tone::Good, "● verified: every node of it runs the commit")
        }
        None if roll.is_over() => {
            Phrase::new().say(Tone::Wait, "○ ended: what was passed over does not run it")
        }
        None => Phrase::new().say(Tone::Wait, "◐ under way"),
    };
    let mut lines =
        vec![Phrase::new().faint("ROLL   ").strong(format!("{done} of {all}")).plain("   ").join(head)];
    let under_way = roll.seats.iter().find(|it| matches!(it.state, SeatState::UnderWay(_)));
    let last = roll.seats.iter().rfind(|it| it.state == SeatState::Done);
    let Some(seat) = roll.stopped().or(under_way).or(last) else { return lines };
    if let SeatState::Stopped { after, hint, .. } = &seat.state {
        lines.push(Phrase::new().plain(format!("       {}: {after}", seat.node)));
        let hint = hint.clone().map(|it| format!("{it}; ")).unwrap_or_default();
        lines.push(Phrase::new().faint(format!("       {hint}nothing else is touched")));
    }
    lines.push(Phrase::new());
    lines.extend(seat.gates.iter().map(|gate| {
        let (mark, tone) = match gate.state {
            GateState::Passed => ("●", Tone::Good),
            GateState::Waiting => ("◐", Tone::Wait),
            GateState::Skipped => ("·", Tone::Faint),
            GateState::Failed => ("▲", Tone::Bad),
        };
        let words = Phrase::new().faint(format!("{:<12}", seat.node.0)).say(tone, mark);
        words.plain(format!(" {:<22}", gate.gate.words())).faint(gate.saw.clone())
    }));
    if let Some(doing) = &seat.doing {
        let words = Phrase::new().faint(format!("{:<12}", seat.node.0)).say(Tone::Wait, "◐");
        lines.push(words.plain(format!(" {doing}")));
    }
    lines
}

/// The plan of the selected node: its fields, what the node said to it, and the difference as lines.
pub fn detail(model: &Model, commit: &CommitId) -> (Vec<Phrase>, Vec<DiffLine>) {
    let selected = model.screen.listing().and_then(|list| list.selected.as_ref());
    let plans = planned(model, commit).into_iter().flat_map(|it| &it.plans);
    let Some(plan) = plans.into_iter().find(|it| selected.is_some_and(|key| key.0 == it.target.0)) else {
        return (Vec::new(), Vec::new());
    };
    let role = plan.role.map_or("", NodeRole::word);
    let talos = plan.talos.clone().unwrap_or_default();
    let mut lines =
        vec![Phrase::new().strong(plan.target.0.clone()).faint(format!("   {role}   Talos {talos}"))];
    if let Some(upgrade) = &plan.upgrade {
        let line =
            Phrase::new().say(Tone::Wait, "upgrades ").strong(upgrade.words()).say(Tone::Wait, ", reboots");
        lines.push(line);
        lines.push(Phrase::new().faint(format!("  by {}", shortened(&upgrade.image, IMAGE))));
    }
    let mut line = match &plan.upgrade {
        Some(_) => Phrase::new().faint("its config: ").plain(plan.effect.word()),
        None => effect(plan),
    };
    match &plan.effect {
        NodeEffect::NextReboot(fields) => line = line.faint(format!("   {}", fields.join(", "))),
        NodeEffect::Reboot(fields) => line = line.faint(format!("   for {}", fields.join(", "))),
        NodeEffect::AfterUpgrade(why) | NodeEffect::Unknown(why) | NodeEffect::Impossible(why) => {
            line = line.plain(format!(": {why}"));
        }
        NodeEffect::Nothing | NodeEffect::Live => {}
    }
    lines.push(line);
    if let Some(pending) = plan.pending {
        lines.push(Phrase::new().say(Tone::Bad, format!("▲ {}", pending.words())));
        lines.push(Phrase::new().faint("it is not ours to cancel, and nothing is sent here while it lasts"));
    }
    lines.push(match &plan.confirmed {
        Confirmed::Yes(words) if words.is_empty() => {
            Phrase::new().say(Tone::Good, "●").plain(" its own dry run takes it")
        }
        Confirmed::Yes(words) => {
            Phrase::new().say(Tone::Good, "●").plain(format!(" its own dry run: {words}"))
        }
        Confirmed::NotAsked(why) if plan.effect.acts() => {
            Phrase::new().say(Tone::Wait, format!("○ not confirmed: {why}"))
        }
        Confirmed::NotAsked(_) => Phrase::new(),
    });
    lines.extend(plan.notes.iter().map(|it| Phrase::new().faint(it.clone())));
    lines.push(Phrase::new());
    for field in &plan.fields {
        let document =
            if field.document.is_empty() { String::new() } else { format!("{}: ", field.document) };
        let nothing = || "nothing".to_owned();
        let value = |it: &Option<String>| it.clone().unwrap_or_else(nothing);
        let (before, after) = apart(&value(&field.before), &value(&field.after));
        lines.push(Phrase::new().faint(document).plain(field.field.clone()));
        lines.push(Phrase::new().faint(format!("  {before} → ")).strong(after));
    }
    lines.push(Phrase::new());
    (lines, plan.diff.clone())
}

/// What the question before a roll says, without its answers.
pub fn question(model: &Model, plans: &[Plan]) -> Vec<Phrase> {
    let mut said = Vec::new();
    for plan in plans.iter().take(4) {
        let what = match plan.reboots() {
            true => Phrase::new().say(Tone::Wait, "reboots"),
            false => effect(plan),
        };
        said.push(
            Phrase::new()
                .strong(format!("{:<14}", plan.target.0))
                .plain(format!("{:<44} ", fields(plan)))
                .join(what),
        );
    }
    if plans.len() > 4 {
        said.push(Phrase::new().faint(format!("and {} more", plans.len() - 4)));
    }
    said.push(Phrase::new());
    let whole = etcd::whole(model);
    let planes: Vec<&Plan> = plans.iter().filter(|it| it.role == Some(NodeRole::ControlPlane)).collect();
    if !planes.is_empty() {
        let voters = whole.voters();
        let leads = |it: &&&Plan| whole.leader().and_then(|it| it.node.as_ref()) == Some(&it.target);
        if let Some(leader) = planes.iter().find(leads) {
            let hands = if leader.reboots() { " and hands over before it goes down" } else { "" };
            said.push(Phrase::new().plain(format!("{} is the etcd leader{hands}.", leader.target)));
        }
        let left = voters.saturating_sub(1);
        let spare = left.checked_sub(domain::quorum(voters));
        let worth = match spare {
            Some(0) => "may lose none".to_owned(),
            Some(some) => format!("may lose {some}"),
            None => "no quorum".into(),
        };
        let tone = if spare.is_some() { Tone::Plain } else { Tone::Bad };
        said.push(
            Phrase::new().say(tone, format!("While one is away: {left} of {voters} members, {worth}.")),
        );
    }
    if let Some((width, workers)) = width(model, plans) {
        let many = format!("{width} of {workers} at a time");
        let asked = Phrase::new().plain("Workers: ").strong(many).faint(" (up, down).");
        said.push(match planes.is_empty() {
            true => asked,
            false => asked.faint(" Control planes: one by one, always."),
        });
    }
    said.push(before(model, &whole, plans));
    said.push(
        Phrase::new()
            .faint("All of it is asked again before each node. After: stops at the first gate that fails."),
    );
    let live = plans.iter().any(|it| it.effect.acts() && !it.effect.reboots());
    if live {
        said.push(
            Phrase::new()
                .faint("Tried for 120 s; made permanent only when every gate holds, else Talos goes back."),
        );
    }
    if plans.iter().any(|it| it.upgrade.is_some()) {
        said.push(
            Phrase::new().faint("The installer writes first; only then the node is drained and booted."),
        );
    }
    if plans.iter().any(Plan::reboots) {
        said.push(
            Phrase::new()
                .faint("Its pods go first, as their budgets allow; it is uncordoned when it is back."),
        );
    }
    said
}

/// "Before:  members healthy ●   nothing else rolls ●   no alarm ●   config as planned ●", as far as it is known now.
fn before(model: &Model, whole: &domain::Etcd, plans: &[Plan]) -> Phrase {
    let healthy = whole.voters() > 0 && whole.healthy_voters() == whole.voters();
    let alarm = whole.members.iter().any(|it| !it.alarms.is_empty());
    let rolls = |it: &domain::Node| !matches!(it.stage, domain::Stage::Running | domain::Stage::Unknown);
    // A config that is tried or staged on a node that this is not about is somebody else's.
    let others = |it: &domain::Node| {
        matches!(it.config, domain::ConfigFact::Known { persistent: Some(_), .. })
            && !plans.iter().any(|plan| plan.target == it.name)
    };
    let quiet = !model.world.nodes.iter().any(|it| rolls(it) || others(it));
    let planned = plans.iter().all(|plan| match model.world.nodes.get(&plan.target).map(|it| &it.config) {
        Some(domain::ConfigFact::Known { active, persistent: None }) => {
            plan.against.as_ref().is_some_and(|it| it.active.0 == *active)
        }
        Some(domain::ConfigFact::Known { persistent: Some(_), .. }) => false,
        _ => true,
    });
    let mut said = Phrase::new().faint("Before:  ");
    for (words, holds) in [
        ("members healthy", healthy),
        ("nothing else rolls", quiet),
        ("no alarm", !alarm),
        ("config as planned", planned),
    ] {
        let (tone, mark) = if holds { (Tone::Good, "●") } else { (Tone::Bad, "▲") };
        said = said.plain(format!("{words} ")).say(tone, mark).plain("   ");
    }
    said
}

/// How many workers at a time these plans would let go, and how many there are; none where there is nothing to
/// choose.
pub fn width(model: &Model, plans: &[Plan]) -> Option<(usize, usize)> {
    let workers = plans.iter().filter(|it| it.role == Some(NodeRole::Worker)).count();
    (workers > 1).then(|| (model.rolls.width.unwrap_or(1).clamp(1, workers), workers))
}

/// The name that the question wants typed, where it wants one.
pub fn name_wanted(plans: &[Plan]) -> Option<String> {
    let demands = plans.iter().find_map(|it| match it.demand(plans.len()) {
        Demand::Name(NodeName(name)) => Some((name, &it.cluster)),
        Demand::Yes => None,
    });
    demands.map(|(node, cluster)| if plans.len() > 1 { cluster.clone() } else { node })
}

/// "Apply 7ac1e02 to cp-a1"
pub fn title(plans: &[Plan]) -> String {
    let commit = plans.first().map(|it| it.revision.commit.short().to_owned()).unwrap_or_default();
    match plans {
        [one] => format!("Apply {commit} to {}", one.target),
        many => format!("Apply {commit} to {}", count(many.len(), "node", "nodes")),
    }
}
