//! The right edit where somebody changes a machine template that is in use: a new template beside it, and the
//! references pointed to that. Templates are told apart by name; the content of one in use makes no machine anew.

use super::edit::{check, folder, keep, read};
use crate::model::{Before, Delta, DraftId, DraftRecord, DraftState, Position, TextEdit};
use crate::queries::documents::{documents, kind_of, name_of};
use crate::queries::{changes, reach, source_map};
use crate::{Effect, Model};
use domain::{ObjectRef, RepoPath, Scalar, SourceMap, SourceObject};

/// `N`: make a new template of what the selected draft says, and point to it; the old one stays as it was.
pub(super) fn renew(model: &mut Model) -> Vec<Effect> {
    match wish(model) {
        Ok(wish) => make(model, wish),
        Err(why) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
    }
}

/// What is to be done instead.
struct Wish {
    draft: DraftId,
    path: RepoPath,
    old: String,
    new: String,
    /// The file with the new template in it.
    body: String,
    before: String,
    /// What points to the old one from other files.
    elsewhere: Vec<(SourceObject, Scalar)>,
}

fn wish(model: &Model) -> Result<Wish, String> {
    let draft =
        super::edit::selected(model).and_then(|id| model.drafts.get(id)).ok_or("no draft is selected")?;
    let template = reach::template_of(draft).ok_or("the draft changes no machine template")?;
    let map = source_map::read(model)?;
    if draft.theirs.is_some() || draft.base != map.commit {
        return Err(
            "the branch moved on since: e looks at the draft again, and then N makes a template".into()
        );
    }
    if draft.text().is_some() && draft.changes.iter().any(|it| it.object.as_ref() != Some(&template)) {
        let name = &template.name;
        return Err(format!(
            "it changes more than {name}, which N alone would lose: make that another draft"
        ));
    }
    let source =
        map.find(&template).filter(|it| it.path == draft.path).ok_or("the template is not where it was")?;
    let before = draft.before.text().ok_or("the file has not been read yet; try again in a moment")?;
    let edited =
        draft.draft().and_then(|it| it.files.into_iter().next()?.body).ok_or("the file cannot be read")?;
    let new = next_name(map, &template);
    let pointing = references(map, &template);
    let (inside, elsewhere): (Vec<_>, Vec<_>) =
        pointing.into_iter().partition(|(it, _)| it.path == draft.path);
    let mut body = before.to_owned();
    let place = document_at(before, source.line).ok_or("the template is not where it was")?;
    let copy = document_named(&edited, &template).ok_or("the edited template cannot be found again")?;
    let copy = renamed(copy, &template.name, &new).ok_or("the edited template has no name of its own")?;
    let gap = if body[..place.1].ends_with('\n') { "" } else { "\n" };
    let copy = format!("{gap}---\n{}\n", copy.trim_start_matches("---").trim_matches('\n'));
    // From the end of the file to its beginning, so that no place moves before its turn.
    let mut edits: Vec<(usize, usize, String)> =
        inside.iter().map(|(_, at)| (at.start as usize, at.end as usize, new.clone())).collect();
    edits.push((place.1, place.1, copy));
    edits.sort_by_key(|it| std::cmp::Reverse(it.0));
    for (start, end, text) in edits {
        body.get(start..end).ok_or("the file is another one by now")?;
        body.replace_range(start..end, &text);
    }
    if inside.is_empty() && elsewhere.is_empty() {
        return Err(format!("nothing in the repository points to {}", template.name));
    }
    let old = template.name.clone();
    Ok(Wish {
        draft: draft.id,
        path: draft.path.clone(),
        old,
        new,
        body,
        before: before.to_owned(),
        elsewhere,
    })
}

fn make(model: &mut Model, wish: Wish) -> Vec<Effect> {
    let Some(at) = model.drafts.list.iter().position(|it| it.id == wish.draft) else { return Vec::new() };
    let old = model.drafts.list.remove(at);
    let mut effects = vec![Effect::Keep(DraftRecord::gone(old.id))];
    let (base, repository) = (old.base.clone(), folder(model));
    model.drafts.discarded.push(old);
    let id = model.drafts.next(model.now);
    let cursor = Delta::between(&wish.before, &wish.body).map_or(0, |it| it.start);
    let text =
        TextEdit { at: Position::of(&wish.body, cursor), after: Some(wish.body), ..TextEdit::default() };
    let mut file = DraftState::of_file(id, repository.clone(), base.clone(), wish.path, text);
    file.before = Before::Text(wish.before);
    file.message = Some(format!("replace {} by {}", wish.old, wish.new));
    model.drafts.list.push(file);
    let mut ids = vec![id];
    for (source, scalar) in &wish.elsewhere {
        let id = model.drafts.next(model.now);
        let mut draft = DraftState::of(id, repository.clone(), base.clone(), source, scalar);
        if let Some(delta) = Delta::between(&scalar.value, &wish.new) {
            draft.typed(&delta);
        }
        effects.push(keep(&draft));
        effects.extend(read(&draft));
        model.drafts.list.push(draft);
        ids.push(id);
    }
    let list = model.screen.listing_mut();
    list.selected = Some(changes::key(id));
    list.marked = ids.iter().map(|id| changes::key(*id)).collect();
    effects.extend(check(model, id));
    model.screen.notice = Some(format!("{} is new, and pointed to: c commits both as one", wish.new));
    effects
}

/// Everything that points to a template: by a reference that names its kind.
fn references(map: &SourceMap, template: &ObjectRef) -> Vec<(SourceObject, Scalar)> {
    let points = |source: &SourceObject, it: &Scalar| {
        let Some(of) = it.field.strip_suffix(".name").filter(|_| it.value == template.name) else {
            return false;
        };
        let reference = of.ends_with("infrastructureTemplate") || of.ends_with("Ref");
        reference && source.value(&format!("{of}.kind")) == Some(&template.kind)
    };
    let all = map.objects.iter().flat_map(|source| source.scalars.iter().map(move |it| (source, it)));
    all.filter(|(source, it)| points(source, it)).map(|(source, it)| (source.clone(), it.clone())).collect()
}

/// "k8s-cp-v6" after "k8s-cp-v5"; "web-v2" after "web".
fn next_name(map: &SourceMap, template: &ObjectRef) -> String {
    let name = &template.name;
    let digits = name.chars().rev().take_while(char::is_ascii_digit).count();
    let (stem, number) = name.split_at(name.len() - digits);
    let (stem, number) = match number.parse::<u64>() {
        Ok(number) => (stem.to_owned(), number),
        Err(_) => (format!("{name}-v"), 1),
    };
    let taken = |it: &String| {
        map.objects.iter().any(|object| object.object.kind == template.kind && object.object.name == *it)
    };
    let free = (number + 1..).map(|it| format!("{stem}{it}")).find(|it| !taken(it));
    free.unwrap_or_else(|| format!("{stem}{}", number + 1))
}

/// The document that holds a line, from 1.
fn document_at(text: &str, line: u32) -> Option<(usize, usize)> {
    let byte = Position { row: (line as usize).checked_sub(1)?, column: 0 }.byte(text);
    documents(text).into_iter().find(|(begin, end)| (*begin..*end).contains(&byte))
}

/// The document whose object is of that kind and has that name.
fn document_named<'a>(text: &'a str, object: &ObjectRef) -> Option<&'a str> {
    let mut all = documents(text).into_iter().filter_map(|(begin, end)| text.get(begin..end));
    all.find(|it| kind_of(it) == Some(&object.kind) && named(it, &object.name).is_some())
}

/// The bytes of the name of a document's object, where it has that one.
fn named(document: &str, name: &str) -> Option<(usize, usize)> {
    name_of(document).filter(|(start, end)| document.get(*start..*end) == Some(name))
}

fn renamed(document: &str, old: &str, new: &str) -> Option<String> {
    let (start, end) = named(document, old)?;
    let mut document = document.to_owned();
    document.replace_range(start..end, new);
    Some(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# templates\nkind: HCloudMachineTemplate\nmetadata:\n  name: k8s-cp-v5\nspec:\n  type: cx23\n---\nkind: HCloudMachineTemplate\nmetadata:\n  name: k8s-md-v5 # workers\n";

    #[test]
    fn documents_and_names_are_found_in_the_text() {
        assert_eq!(documents(FILE).len(), 2);
        let (begin, end) = document_at(FILE, 2).unwrap();
        assert!(FILE[begin..end].ends_with("type: cx23\n"));
        let template = |name: &str| ObjectRef {
            kind: "HCloudMachineTemplate".into(),
            name: name.into(),
            ..ObjectRef::default()
        };
        let second = document_named(FILE, &template("k8s-md-v5")).unwrap();
        assert_eq!(
            renamed(second, "k8s-md-v5", "k8s-md-v6").unwrap(),
            "kind: HCloudMachineTemplate\nmetadata:\n  name: k8s-md-v6 # workers\n"
        );
        assert_eq!(document_named(FILE, &template("k8s-md")), None, "a name is a whole one");
        let workers = "kind: MachineDeployment\nmetadata:\n  name: web # of the Template\n---\nkind: HCloudMachineTemplate\nmetadata:\n  name: web\n";
        let found = document_named(workers, &template("web")).unwrap();
        assert!(found.starts_with("kind: HCloudMachineTemplate"), "{found}");
    }

    /// A draft of the first template's type, selected, on the commit that was read.
    fn drafted() -> Model {
        let kind = "HCloudMachineTemplate";
        let scalar = |field: &str, value: &str| Scalar {
            field: field.into(),
            value: value.into(),
            line: 6,
            start: u32::try_from(FILE.find("cx23").unwrap()).unwrap(),
            end: u32::try_from(FILE.find("cx23").unwrap() + 4).unwrap(),
            quotes: domain::Quotes::Plain,
        };
        let object = |kind: &str, name: &str, path: &str, scalars: Vec<Scalar>| SourceObject {
            object: ObjectRef { kind: kind.into(), name: name.into(), ..ObjectRef::default() },
            path: RepoPath(path.into()),
            document: 0,
            line: 2,
            scalars,
        };
        let of = "spec.infrastructureTemplate";
        let points = vec![scalar(&format!("{of}.kind"), kind), scalar(&format!("{of}.name"), "k8s-cp-v5")];
        let template = object(kind, "k8s-cp-v5", "t.yaml", vec![scalar("spec.template.spec.type", "cx23")]);
        let plane = object("TalosControlPlane", "k8s-cp", "cp.yaml", points);
        let mut model = Model::default();
        let commit = domain::CommitId("a".into());
        let mut draft =
            DraftState::of(DraftId(1), String::new(), commit.clone(), &template, &template.scalars[0]);
        draft.before = Before::Text(FILE.into());
        draft.typed(&Delta { start: 2, end: 4, text: "33".into() });
        model.drafts.list.push(draft);
        let map = SourceMap { commit, objects: vec![template, plane], ..SourceMap::default() };
        model.world.sources = Some(std::sync::Arc::new(map));
        model.screen.place = crate::Place::Page(crate::Page::Changes);
        model.screen.listing_mut().selected = Some(changes::key(DraftId(1)));
        model
    }

    #[test]
    fn nothing_of_a_draft_is_lost_to_a_new_template() {
        let mut model = drafted();
        let made = wish(&model).map(|it| it.body).unwrap();
        assert!(made.contains("name: k8s-cp-v6\nspec:\n  type: cx33\n"), "{made}");
        assert!(made.starts_with(
            "# templates\nkind: HCloudMachineTemplate\nmetadata:\n  name: k8s-cp-v5\nspec:\n  type: cx23\n"
        ));
        // The branch moved on, and the draft could not.
        model.drafts.list[0].base = domain::CommitId("old".into());
        assert!(wish(&model).err().unwrap().contains("moved on"));
        // As text, it changes what is not the template too.
        let mut model = drafted();
        let object = model.drafts.list[0].object().cloned();
        let body = FILE.replace("cx23", "cx33").replace("# workers", "# mine");
        let text = TextEdit { after: Some(body), ..TextEdit::default() };
        let commit = domain::CommitId("a".into());
        let mut draft =
            DraftState::of_file(DraftId(1), String::new(), commit, RepoPath("t.yaml".into()), text);
        draft.before = Before::Text(FILE.into());
        let change = |object: Option<ObjectRef>, field: &str| domain::ValueChange {
            path: RepoPath("t.yaml".into()),
            object,
            field: field.into(),
            before: None,
            after: Some("x".into()),
            was: None,
            is: None,
        };
        draft.changes = vec![change(object, "spec.template.spec.type")];
        model.drafts.list = vec![draft];
        assert!(wish(&model).is_ok());
        let other = ObjectRef { kind: "ConfigMap".into(), name: "web".into(), ..ObjectRef::default() };
        model.drafts.list[0].changes.push(change(Some(other), "data.a"));
        assert!(wish(&model).err().unwrap().contains("changes more than k8s-cp-v5"));
    }

    #[test]
    fn the_next_name_is_one_that_is_free() {
        let object = |name: &str| SourceObject {
            object: ObjectRef { kind: "T".into(), name: name.into(), ..ObjectRef::default() },
            path: RepoPath("a".into()),
            document: 0,
            line: 1,
            scalars: Vec::new(),
        };
        let map =
            SourceMap { objects: vec![object("k8s-cp-v5"), object("k8s-cp-v6")], ..SourceMap::default() };
        let of = |name: &str| {
            next_name(&map, &ObjectRef { kind: "T".into(), name: name.into(), ..ObjectRef::default() })
        };
        assert_eq!(of("k8s-cp-v5"), "k8s-cp-v7");
        assert_eq!(of("web"), "web-v2");
    }
}
