//! What a draft or a pushed change does to what a renderer makes of it, in a few lines: the configs of nodes, or the
//! objects of a folder that is delivered.

use super::words::{Phrase, Tone, apart, count};
use super::{plan, source_map, would};
use crate::Model;
use crate::model::{Asked, DraftState};
use domain::{
    CommitId, DeliveredFolder, FieldChange, FluxObject, NodeEffect, NodeName, RepoPath, Upgrade, ValueChange,
};
use std::collections::BTreeMap;

/// Nodes that are named one by one; more are counted.
const NAMED: usize = 3;
/// Values of rendered objects that are told.
const VALUES: usize = 12;

/// Whether a file lies where the config of a node is rendered from.
pub fn renders(model: &Model, path: &RepoPath) -> bool {
    let mut declared = model.world.sources.iter().flat_map(|it| &it.nodes);
    declared.any(|it| source_map::is_beside(path, &it.path))
}

/// The folder that is delivered with a file in it: the innermost, where several are.
pub fn delivered(model: &Model, path: &RepoPath) -> Option<DeliveredFolder> {
    let delivery = &model.world.delivery;
    let in_git = |it: &&FluxObject| it.source.as_ref().is_some_and(|it| it.kind == "GitRepository");
    let flux = delivery.kustomizations.iter().chain(delivery.helm_releases.iter()).filter(in_git);
    let flux = flux.map(|it| (&it.meta.id, it.path.as_str()));
    let argo = delivery.applications.iter().flat_map(|app| {
        let folders = app.sources.iter().filter(|it| it.chart.is_empty() && !it.path.is_empty());
        folders.map(|it| (&app.meta.id, it.path.as_str()))
    });
    let folder = |it: &str| it.trim_start_matches("./").trim_matches('/').trim_end_matches('.').to_owned();
    argo.chain(flux)
        .filter(|(_, it)| source_map::covers(it, path))
        .map(|(by, it)| DeliveredFolder { by: by.clone(), folder: folder(it) })
        .max_by_key(|it| it.folder.len())
}

/// What may be rendered of a file: nothing; the configs of nodes; a folder that is delivered.
pub fn rendered_of(model: &Model, path: &RepoPath) -> Option<Option<DeliveredFolder>> {
    if renders(model, path) { Some(None) } else { delivered(model, path).map(Some) }
}

/// The rendered preview of a draft; nothing where none applies.
pub fn preview(model: &Model, draft: &DraftState) -> Vec<Phrase> {
    if rendered_of(model, &draft.path).is_none() {
        return Vec::new();
    }
    let of_it = model.rolls.preview.as_ref().filter(|(of, _)| draft.makes(of));
    match of_it.map(|(_, asked)| asked) {
        None => Vec::new(),
        Some(Asked::UnderWay) => vec![Phrase::new().faint("RENDERED  is being rendered")],
        Some(Asked::Failed(why)) => vec![
            Phrase::new().faint("RENDERED  ").say(Tone::Wait, "no: shown as it is written"),
            Phrase::new().faint(why.clone()),
        ],
        // What is written is what is delivered.
        Some(Asked::Answered(it)) if it.rendered.by.is_empty() => Vec::new(),
        Some(Asked::Answered(it)) => {
            let head = format!("RENDERED  by {}, {}", it.rendered.by, it.rendered.isolation);
            if it.nodes.is_empty() {
                return objects(model, head, &it.objects);
            }
            let rows = it.nodes.iter().map(|it| Row {
                node: &it.node,
                effect: &it.effect,
                upgrade: it.upgrade.as_ref(),
                fields: &it.fields,
            });
            std::iter::once(Phrase::new().faint(head)).chain(lines(rows)).collect()
        }
    }
}

/// Whether it is known what is rendered of a draft.
pub fn is_there(model: &Model, draft: &DraftState) -> bool {
    let of_it = model.rolls.preview.as_ref().filter(|(of, _)| draft.makes(of));
    matches!(of_it, Some((_, Asked::Answered(it))) if !it.rendered.by.is_empty())
}

/// What changing these fields does to the nodes, in one sentence: as their configs were rendered. None where none of
/// them was found to differ there.
pub fn of_fields(model: &Model, draft: &DraftState, changes: &[&ValueChange]) -> Option<String> {
    let (_, asked) = model.rolls.preview.as_ref().filter(|(of, _)| draft.makes(of))?;
    let Asked::Answered(previewed) = asked else { return None };
    let mut nodes: Vec<&str> = Vec::new();
    let mut furthest = "no effect";
    for node in &previewed.nodes {
        // A path into a file marks a dot inside of a key; a rendered field does not.
        let same =
            |it: &&FieldChange| changes.iter().any(|change| change.field.replace('\\', "") == it.field);
        for field in node.fields.iter().filter(same) {
            let word = match &node.effect {
                NodeEffect::Reboot(fields) if fields.contains(&field.field) => "needs a reboot",
                NodeEffect::NextReboot(fields) if fields.contains(&field.field) => "at the next reboot",
                NodeEffect::Reboot(_) | NodeEffect::NextReboot(_) => NodeEffect::Live.word(),
                other => other.word(),
            };
            let rank =
                |word: &str| ["no effect", "live", "at the next reboot"].iter().position(|it| *it == word);
            if rank(word).unwrap_or(usize::MAX) > rank(furthest).unwrap_or(usize::MAX) {
                furthest = word;
            }
            if !nodes.contains(&node.node.0.as_str()) {
                nodes.push(&node.node.0);
            }
        }
    }
    (!nodes.is_empty()).then(|| format!("{furthest} on {}", named(&nodes)))
}

/// "cp-1, cp-2", "5 nodes"
fn named(nodes: &[&str]) -> String {
    match nodes.len() {
        many if many > NAMED => count(many, "node", "nodes"),
        _ => nodes.join(", "),
    }
}

/// What comes of the objects, and the values of each that differ.
fn objects(model: &Model, head: String, changes: &[ValueChange]) -> Vec<Phrase> {
    let mut said = vec![Phrase::new().faint(head)];
    if changes.is_empty() {
        said.extend([Phrase::new().faint("nothing: what is delivered stays as it is"), Phrase::new()]);
        return said;
    }
    said.extend(would::would_all(model, changes));
    let mut of = None;
    for change in changes.iter().filter(|it| !it.field.is_empty()).take(VALUES) {
        if of != change.object.as_ref() {
            of = change.object.as_ref();
            said.extend(of.map(|it| Phrase::new().faint("  ").plain(format!("{} {}", it.kind, it.name))));
        }
        said.push(value(&change.field, &change.before, &change.after));
    }
    if let Some(more) = changes.len().checked_sub(VALUES).filter(|it| *it > 0) {
        said.push(Phrase::new().faint(format!("  and {}", count(more, "more value", "more values"))));
    }
    said
}

/// "  spec.replicas 1 → 3"
fn value(field: &str, before: &Option<String>, after: &Option<String>) -> Phrase {
    let said = |it: &Option<String>| it.clone().unwrap_or_else(|| "nothing".into());
    let (before, after) = apart(&said(before), &said(after));
    Phrase::new().faint(format!("  {field} ")).plain(format!("{before} → {after}"))
}

/// What a pushed change does to its nodes, as far as it was asked.
pub fn summary(model: &Model, commit: &CommitId) -> Vec<Phrase> {
    let roll = plan::roll(model, commit);
    if !roll.is_empty() {
        return roll;
    }
    match model.rolls.planned(commit) {
        None => vec![
            Phrase::new()
                .faint("it is pushed, and no node has it by itself: ")
                .strong("a")
                .faint(" shows what it does to each"),
        ],
        Some(it) => lines(it.plans.iter().map(|it| Row {
            node: &it.target,
            effect: &it.effect,
            upgrade: it.upgrade.as_ref(),
            fields: &it.fields,
        })),
    }
}

/// What one node is told to become.
struct Row<'a> {
    node: &'a NodeName,
    effect: &'a NodeEffect,
    upgrade: Option<&'a Upgrade>,
    fields: &'a [FieldChange],
}

/// Nodes of the same effect together: "live  home-cp-1, home-cp-2, home-cp-3", then the fields of all of them.
fn lines<'a>(rows: impl Iterator<Item = Row<'a>>) -> Vec<Phrase> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut fields: Vec<&FieldChange> = Vec::new();
    let mut why: Vec<String> = Vec::new();
    for Row { node, effect, upgrade, fields: changes } in rows {
        let word = match upgrade {
            Some(upgrade) => format!("{}, then upgrades {}, reboots", effect.word(), upgrade.words()),
            None => effect.word().to_owned(),
        };
        groups.entry(word).or_default().push(&node.0);
        for change in changes {
            if !fields.iter().any(|it| it.field == change.field && it.document == change.document) {
                fields.push(change);
            }
        }
        if let NodeEffect::Unknown(words) | NodeEffect::Impossible(words) = effect {
            why.push(format!("{node}: {words}"));
        }
    }
    let mut said: Vec<Phrase> = groups
        .iter()
        .map(|(word, nodes)| Phrase::new().plain(format!("{word}  ")).strong(named(nodes)))
        .collect();
    said.extend(why.into_iter().map(|it| Phrase::new().say(Tone::Bad, it)));
    said.extend(fields.iter().map(|it| value(&it.field, &it.before, &it.after)));
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Before, DraftId, TextEdit};
    use domain::{NodePreview, Previewed, Rendered};

    #[test]
    fn fields_say_what_they_do_to_the_nodes_that_have_them() {
        let mut model = Model::default();
        let text = TextEdit { after: Some("a: 1\n".into()), ..TextEdit::default() };
        let (base, path) = (CommitId("a".into()), RepoPath("talos/a.yaml".into()));
        let mut draft = DraftState::of_file(DraftId(1), String::new(), base, path.clone(), text);
        draft.before = Before::Absent;
        let field = |name: &str| FieldChange {
            document: String::new(),
            field: name.into(),
            before: None,
            after: Some("1".into()),
        };
        let node = |name: &str, effect: NodeEffect, fields: &[&str]| NodePreview {
            node: name.into(),
            role: None,
            effect,
            upgrade: None,
            fields: fields.iter().map(|it| field(it)).collect(),
            diff: Vec::new(),
        };
        let reboot = NodeEffect::Reboot(vec!["machine.env.A".into()]);
        let nodes = vec![
            node("cp-1", reboot, &["machine.env.A", "machine.sysctls.a"]),
            node("cp-2", NodeEffect::Live, &["machine.sysctls.a", "machine.sysctls.net.a"]),
        ];
        let rendered = Rendered {
            by: String::new(),
            from: path.clone(),
            cluster: String::new(),
            isolation: String::new(),
        };
        let of = draft.draft().unwrap();
        let previewed = Previewed { draft: of.clone(), rendered, nodes, objects: Vec::new() };
        model.rolls.preview = Some((of, Asked::Answered(Box::new(previewed))));
        let said = |name: &str| {
            let change = ValueChange {
                path: path.clone(),
                object: None,
                field: name.into(),
                before: None,
                after: None,
                was: None,
                is: None,
            };
            of_fields(&model, &draft, &[&change])
        };
        assert_eq!(said("machine.env.A").as_deref(), Some("needs a reboot on cp-1"));
        assert_eq!(said("machine.sysctls.a").as_deref(), Some("live on cp-1, cp-2"));
        assert_eq!(said("machine.sysctls.net\\.a").as_deref(), Some("live on cp-2"));
        assert_eq!(said("machine.other"), None);
    }

    #[test]
    fn nodes_of_one_effect_stand_together() {
        let field = FieldChange {
            document: String::new(),
            field: "machine.sysctls.a".into(),
            before: None,
            after: Some("1".into()),
        };
        let (one, two) = (NodeName::from("cp-1"), NodeName::from("cp-2"));
        let fields = [field];
        let row = |node| Row { node, effect: &NodeEffect::Live, upgrade: None, fields: &fields };
        let told: Vec<String> = lines([row(&one), row(&two)].into_iter()).iter().map(Phrase::text).collect();
        assert_eq!(told, ["live  cp-1, cp-2", "  machine.sysctls.a nothing → 1"]);
        let release = |version: &str| domain::Release { version: version.into(), schematic: None };
        let upgrade = Upgrade { image: String::new(), from: release("v1.13.2"), to: release("v1.13.9") };
        let told = lines([row(&one), Row { upgrade: Some(&upgrade), ..row(&two) }].into_iter());
        assert_eq!(told[1].text(), "live, then upgrades Talos v1.13.2 → v1.13.9, reboots  cp-2");
    }

    #[test]
    fn the_innermost_folder_that_is_delivered_is_rendered_and_its_objects_are_told() {
        let mut model = Model::default();
        let object = |kind: &str, name: &str| domain::ObjectRef {
            group: String::new(),
            kind: kind.into(),
            namespace: String::new(),
            name: name.into(),
        };
        let app = |name: &str, path: &str| domain::Application {
            meta: domain::Meta { id: object("Application", name), ..domain::Meta::default() },
            sources: vec![domain::AppSource { path: path.into(), ..domain::AppSource::default() }],
            ..domain::Application::default()
        };
        let all = vec![app("root", "."), app("web", "./apps/web/"), app("other", "apps/we")];
        model.world.delivery.applications.absorb(domain::Change::Snapshot(all));
        let of = |path: &str| delivered(&model, &RepoPath(path.into())).map(|it| (it.by.name, it.folder));
        assert_eq!(of("apps/web/values.yaml"), Some(("web".into(), "apps/web".into())));
        assert_eq!(of("apps/website/a.yaml"), Some(("root".into(), String::new())));

        let change = |field: &str, before: &str, after: &str| ValueChange {
            path: RepoPath("apps/web".into()),
            object: Some(object("ConfigMap", "web")),
            field: field.into(),
            before: Some(before.into()),
            after: Some(after.into()),
            was: None,
            is: None,
        };
        let head = || "RENDERED  by kustomize, without a network".to_owned();
        let told = |changes: &[ValueChange]| {
            objects(&model, head(), changes).iter().map(Phrase::text).collect::<Vec<_>>().join("\n")
        };
        let some = told(&[change("data.a", "1", "2"), change("data.b", "3", "4")]);
        assert!(
            some.starts_with("RENDERED  by kustomize")
                && some.contains("ConfigMap web\n  data.a 1 → 2\n  data.b 3 → 4"),
            "{some}"
        );
        assert!(told(&[]).contains("nothing: what is delivered stays as it is"));
        let many: Vec<ValueChange> = (0..20).map(|it| change(&format!("data.k{it}"), "1", "2")).collect();
        assert!(told(&many).ends_with("and 8 more values"));
    }
}
