//! Objects of the Kubernetes API that are not as Git declares them, or not there.

use super::delivered::{self, Course};
use crate::Model;
use domain::{Class, Difference, Found, Mend, ObjectComparison, Said, Subject, Unlike, Way, Written};

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    for it in model.world.declared.iter() {
        match &it.found {
            Found::Same | Found::Unknown(_) => {}
            Found::Absent => found.push(absent(model, it)),
            Found::Differs(fields) => found.extend(fields.iter().map(|field| differs(model, it, field))),
        }
    }
}

fn absent(model: &Model, it: &ObjectComparison) -> Difference {
    let course = delivered::absent(model, &it.object, it.delivered_by.as_ref(), &it.written);
    Difference {
        git: Said::Value("declared".into()),
        live: Said::Nothing,
        ..told(it, String::new(), it.written.clone(), course)
    }
}

fn differs(model: &Model, it: &ObjectComparison, field: &Unlike) -> Difference {
    let written = field.written.clone().unwrap_or_else(|| it.written.clone());
    let mut course = delivered::differs(model, &it.object, it.delivered_by.as_ref(), &written);
    if course.class == Class::Drifted && field.wanted.is_none() {
        // An engine applies what Git says, and lets alone what Git does not name.
        course.ways.clear();
        course.why = format!("Git does not name it, and {} leaves such a field alone", engine(it));
    }
    if course.class == Class::Drifted {
        let adopt = Mend::Object { object: it.object.clone(), field: field.field.clone() };
        course.ways.insert(0, Way::Adopt(adopt));
    }
    let writer = field.writer.clone().filter(|_| course.class == Class::Drifted);
    let since = course.since.or_else(|| writer.as_ref().and_then(|it| it.at));
    Difference {
        git: Said::of(field.wanted.clone()),
        live: Said::of(field.live.clone()),
        writer,
        since,
        ..told(it, field.field.clone(), written, course)
    }
}

/// Who delivers an object, as the start of a sentence goes on.
fn engine(it: &ObjectComparison) -> &'static str {
    match it.delivered_by.as_ref().map(|it| it.kind.as_str()) {
        Some("Application") => "Argo CD",
        Some(_) => "Flux",
        None => "whoever applies the object",
    }
}

fn told(it: &ObjectComparison, field: String, written: Written, course: Course) -> Difference {
    Difference {
        of: Subject::Object(it.object.clone()),
        document: String::new(),
        field,
        class: course.class,
        git: Said::Silent,
        declared: Said::Silent,
        live: Said::Silent,
        written: Some(written),
        writer: None,
        since: course.since,
        why: course.why,
        ways: course.ways,
    }
}
