//! What can be copied of the thing that is selected or shown: its name first, then all else that people paste.

use super::fleet;
use super::text::{self, Text};
use super::{bridge, machines, object, sheets};
use crate::{Model, Page, Place};
use domain::NodeName;

/// One thing to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copyable {
    /// "name", "address", "YAML"
    pub what: &'static str,
    pub text: String,
}

/// Everything whose title or text has what was typed in it.
pub fn offers(model: &Model, typed: &str) -> Vec<Copyable> {
    let typed = typed.trim().to_lowercase();
    let fits =
        |it: &Copyable| it.what.to_lowercase().contains(&typed) || it.text.to_lowercase().contains(&typed);
    all(model).into_iter().filter(fits).collect()
}

fn all(model: &Model) -> Vec<Copyable> {
    let mut found = Vec::new();
    if let Some(name) = sheets::node(model) {
        of_node(model, &name, &mut found);
    }
    if let Some(it) = object::selected(model) {
        put(&mut found, "name", &it.name);
        if !it.namespace.is_empty() {
            put(&mut found, "namespace and name", &format!("{}/{}", it.namespace, it.name));
        }
        put(&mut found, "kind and name", &format!("{}/{}", it.kind.to_lowercase(), it.name));
        put(&mut found, "line in Git", &machines::written(model, &it));
    }
    of_place(model, &mut found);
    match text::text(model) {
        Some(Text::Yaml(lines)) => put(&mut found, "YAML", &(lines.join("\n") + "\n")),
        Some(Text::Plain(lines)) => put(&mut found, "text", &(lines.join("\n") + "\n")),
        Some(Text::Log(book)) => {
            let lines = (book.first()..book.end()).filter_map(|it| book.line(it));
            let text: Vec<&str> = lines.map(|it| it.text.as_ref()).collect();
            put(&mut found, "log", &(text.join("\n") + "\n"));
        }
        Some(Text::Overview(_)) => {
            if let Some(it) = object::opened(model) {
                put(&mut found, "YAML", &(it.yaml.join("\n") + "\n"));
            }
        }
        None => {}
    }
    if found.is_empty()
        && let Some(key) = model.screen.listing().and_then(|list| list.selected.as_ref())
    {
        put(&mut found, "row", &key.0);
    }
    found
}

fn put(found: &mut Vec<Copyable>, what: &'static str, text: &str) {
    if !text.trim().is_empty() && !found.iter().any(|it| it.text == text) {
        found.push(Copyable { what, text: text.to_owned() });
    }
}

fn of_node(model: &Model, name: &NodeName, found: &mut Vec<Copyable>) {
    put(found, "name", &name.0);
    let Some(node) = model.world.nodes.get(name) else { return };
    put(found, "address", &node.address);
    for address in &node.addresses {
        put(found, "address", address);
    }
    if let Some(row) = fleet::rows(model, &[node]).first() {
        put(found, "machine", &row.machine);
        put(found, "server", &row.server);
    }
    put(found, "talosctl", &format!("talosctl --nodes {}", node.address));
}

fn of_place(model: &Model, found: &mut Vec<Copyable>) {
    let key = model.screen.listing().and_then(|list| list.selected.as_ref());
    let problem = match (&model.screen.place, key) {
        (Place::Explain(id), _) => model.problems.iter().find(|it| it.id == *id),
        (Place::Page(Page::Bridge), Some(key)) => bridge::problem(model, key),
        _ => None,
    };
    if let Some(problem) = problem {
        put(found, "problem", &problem.title.text());
        let proofs = problem.evidence.iter().map(|it| format!("- {} ({})", it.says.text(), it.detail));
        let said: Vec<String> = std::iter::once(problem.title.text()).chain(proofs).collect();
        put(found, "problem and evidence", &(said.join("\n") + "\n"));
        put(found, "where", &problem.whereabouts);
    }
    let commit = match (&model.screen.place, key) {
        (Place::Commit(id), _) => Some(id.0.as_str()),
        (Place::Page(Page::Git), Some(key)) => Some(key.0.as_str()),
        _ => None,
    };
    if let Some(commit) = commit.and_then(|id| model.world.log.commits.iter().find(|it| it.id.0 == id)) {
        put(found, "commit", &commit.id.0);
        put(found, "short commit", commit.id.short());
        put(found, "subject", &commit.subject);
    }
    if let Place::Blame(revision) = &model.screen.place {
        put(found, "path", &revision.path.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{Change, Node, Observation};

    #[test]
    fn the_name_comes_first_and_what_is_typed_narrows() {
        let mut model = Model::default();
        model.screen.place = Place::Node(NodeName("cp-a1".into()));
        let node = Node { name: NodeName("cp-a1".into()), address: "10.0.0.2".into(), ..Node::default() };
        update(&mut model, Message::Observed(Observation::Nodes(Change::Upsert(node))));
        let said: Vec<String> = offers(&model, "").into_iter().map(|it| it.text).collect();
        assert_eq!(said, ["cp-a1", "10.0.0.2", "talosctl --nodes 10.0.0.2"]);
        assert_eq!(offers(&model, "talos")[0].what, "talosctl");
        assert!(offers(&model, "nothing such").is_empty());
    }
}
