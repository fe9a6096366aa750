//! The selected difference in full: what each side says and where, who wrote it, why, and what can be done.

use super::{shown, since};
use crate::Model;
use crate::queries::ages;
use crate::queries::words::{Phrase, Tone, count};
use crate::{Action, Scope};
use domain::{Class, Difference, Mend, Return, Said, Way};

/// Lines with their heads: "Git says", "it is", "why".
pub type Detail = Vec<(&'static str, Phrase)>;

/// What stands over the list: how many there are, of what, and how fresh that is.
pub fn summary(model: &Model) -> (Phrase, Phrase) {
    let rows = model.drift.rows.len();
    let known = &model.drift.compared;
    if !known.begun {
        return (Phrase::new().faint("the repository is being read"), Phrase::new());
    }
    let (nodes, objects) = (count(known.nodes, "node", "nodes"), count(known.objects, "object", "objects"));
    let of = match (known.objects, known.nodes) {
        (0, 0) => "versions and numbers".to_owned(),
        (0, _) => nodes,
        (_, 0) => objects,
        _ => format!("{objects} and {nodes}"),
    };
    let first = match rows {
        0 => Phrase::new().plain(format!("no difference in {of}")),
        many => Phrase::new().strong(count(many, "difference", "differences")).plain(format!(" in {of}")),
    };
    let unknown: usize = known.unknown.values().map(|(many, _)| many).sum();
    let right = match unknown {
        _ if shown::waits(model) => Phrase::new().faint("configs and objects are being compared"),
        0 => Phrase::new().faint("all known"),
        many => Phrase::new().say(Tone::Wait, format!("{many} not known")),
    };
    (first, right)
}

/// What could not be compared, and why.
pub fn unknown(model: &Model) -> Vec<Phrase> {
    let told = |(why, (many, first)): (&String, &(usize, String))| {
        let more = if *many > 1 { format!(" and {} more", many - 1) } else { String::new() };
        Phrase::new().say(Tone::Wait, "not known  ").plain(format!("{first}{more}")).faint(format!(": {why}"))
    };
    model.drift.compared.unknown.iter().map(told).collect()
}

/// `cells` is the room for a value.
pub fn of(model: &Model, it: &Difference) -> (Phrase, Detail) {
    let mut title = Phrase::new().strong(it.of.words());
    let field = [it.document.as_str(), it.field.as_str()].join(" ");
    if !field.trim().is_empty() {
        title = title.plain(format!("  {}", field.trim()));
    }
    let mut lines: Detail = Vec::new();
    let place = it.written.as_ref().map(|at| format!("   {}:{} ({})", at.path, at.line, at.sure.word()));
    let line = it.written.as_ref().and_then(|at| since::commit_of(model, at));
    lines.push(("Git says", said(&it.git).faint(place.unwrap_or_default())));
    if let Some(line) = line {
        let by = Phrase::new().say(Tone::Accent, line.commit.short()).plain(format!(" {}", line.author));
        let age = ages::short(model.now.since(line.at));
        lines.push(("", by.faint(format!(" {age} ago   {}", line.subject))));
    }
    if it.declared != Said::Silent && it.declared != it.git {
        lines.push(("declared", said(&it.declared)));
    }
    let mut live = said(&it.live);
    let who = it.writer.as_ref().map(|writer| {
        let when = writer.at.map(|at| format!(" {} ago", ages::short(model.now.since(at))));
        format!("   by {}{}", writer.name, when.unwrap_or_default())
    });
    live = live.faint(who.unwrap_or_default());
    lines.push(("it is", live));
    let tone = if it.class.passes() { Tone::Wait } else { Tone::Bad };
    let why = Phrase::new().say(tone, it.class.word()).plain(format!("  {}", it.why));
    lines.push(("why", why));
    for way in &it.ways {
        lines.push(way_words(model, it, way));
    }
    (title, lines)
}

fn said(side: &Said) -> Phrase {
    match side {
        Said::Value(value) => Phrase::new().plain(value.clone()),
        Said::Nothing => Phrase::new().faint("nothing"),
        Said::Unknown(why) => Phrase::new().say(Tone::Wait, "not known").faint(format!(": {why}")),
        Said::Silent => Phrase::new().faint("nothing about it"),
    }
}

fn way_words(model: &Model, it: &Difference, way: &Way) -> (&'static str, Phrase) {
    let key = |action: Action| {
        let keys = model.settings.keymap.keys_in(Scope::Page(crate::Page::Drift), action);
        Phrase::new()
            .say(Tone::Accent, keys.first().map(|it| (*it).to_owned()).unwrap_or_default())
            .plain(" ")
    };
    match way {
        Way::Adopt(mend) => {
            let into = it.written.as_ref().map(|at| format!(" in {}", at.path)).unwrap_or_default();
            let rolls = match mend {
                Mend::Config { .. } if matches!(it.declared, Said::Value(_)) => {
                    "; Cluster API then makes the machines of its owner anew"
                }
                _ => "",
            };
            ("adopt", key(Action::Adopt).plain(format!("makes a draft that says it as it is{into}{rolls}")))
        }
        Way::BringBack(back) => {
            let words = match back {
                Return::Plan(node) => format!("applies the tip of Git to {node}: shows its plan, then asks"),
                Return::Sync(object) => format!("lets {} be synced, after a question", object.name),
                Return::Roll { of } => {
                    format!("makes a draft that has the machines of {} made anew, one at a time", of.name)
                }
                Return::Command(command) => format!("the cockpit does not write there; run: {command}"),
            };
            ("bring back", key(Action::BringBack).plain(words))
        }
        Way::Wait(by) => ("wait", Phrase::new().faint(by.clone())),
    }
}

/// The mark of a class: what passes by itself is under way.
pub fn mark(class: Class) -> crate::queries::fleet::Mark {
    use crate::queries::fleet::Mark;
    if class.passes() { Mark::UnderWay } else { Mark::Problem }
}
