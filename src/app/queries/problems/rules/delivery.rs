//! Applications that do not get where Git wants them.

use super::{Rule, heard};
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::rollout::victims;
use crate::queries::words::Phrase;
use crate::{Model, Page, Place};
use domain::{
    AppResource, Application, Health, MachinePhase, ObjectRef, Operation, OperationPhase, RepoPath, Source,
    Sync,
};

/// How often a sync has failed that is told though its controller tries again.
const AGAIN_AND_AGAIN: u32 = 2;

/// Syncs that failed, and those that fail again and again.
pub(super) fn sync_failed(model: &Model, rule: &Rule) -> Vec<Problem> {
    model.world.delivery.applications.iter().filter_map(|app| failed(model, rule, app)).collect()
}

fn failed(model: &Model, rule: &Rule, app: &Application) -> Option<Problem> {
    let fails = |it: &&Operation| it.phase.failed() || is_tried_again(it);
    let operation = app.operation.as_ref().filter(fails)?;
    if app.sync == Sync::Synced {
        // A later comparison found nothing left to do.
        return None;
    }
    let since = operation.finished.or(operation.started);
    let heard = heard(model, Source::Argo);
    // While it is tried the message is about the attempt; what is known of the reason is what was refused before.
    let refused = operation.failures.first().filter(|_| operation.message.starts_with("Retrying operation"));
    let why = refused.map_or(&operation.message, |it| &it.message);
    let title = Phrase::new().strong(app.meta.name()).plain(" cannot sync: ").plain(first_line(why));
    let mut problem = Problem::new(rule.name, app.meta.name(), Weight::Stuck, title)
        .at(path(app))
        .since(since)
        .opens(Place::Page(Page::Delivery))
        .proof(Evidence {
            says: Phrase::new().plain("the last operation ").strong(operation.phase.word()),
            detail: match operation.retries {
                0 => "tried once".into(),
                again if is_tried_again(operation) => format!("failed {again} times, and is tried again"),
                again => format!("tried {} times", again + 1),
            },
            source: Source::Argo,
            heard,
        });
    for it in operation.failures.iter().take(4) {
        problem = problem.proof(Evidence {
            says: Phrase::new().plain("refused: ").strong(it.object.to_string()),
            detail: first_line(&it.message).to_owned(),
            source: Source::Argo,
            heard,
        });
    }
    let immutable = operation.message.contains("Forbidden: updates to")
        || operation.message.contains("field is immutable")
        || operation.failures.iter().any(|it| it.message.contains("Forbidden: updates to"));
    Some(if immutable {
        problem
            .because(
                Certainty::Proven,
                "the commit changes a field that Kubernetes never lets change: the object must be made anew, or \
                 the change taken back",
            )
            .remedy("take the change back", "a revert of the commit that brought it", "live, nothing restarts")
            .remedy(
                "make the object anew",
                "delete it by hand with orphaned pods, or annotate it for replacement",
                "outside of Git",
            )
    } else {
        problem.remedy("sync again", "S on Delivery, once the cause is gone", "applies what Git says")
    })
}

/// It failed, failed again, and its controller has not given up.
fn is_tried_again(operation: &Operation) -> bool {
    operation.phase == OperationPhase::Running && operation.retries >= AGAIN_AND_AGAIN
}

/// Applications that say they are broken.
pub(super) fn degraded(model: &Model, rule: &Rule) -> Vec<Problem> {
    let broken = |app: &&Application| {
        matches!(app.health, Health::Degraded | Health::Missing)
            && rule.holds(model.now, app.health_since)
            && !is_told_by_a_child(model, app)
            && !rolls_its_machines(model, app)
    };
    model.world.delivery.applications.iter().filter(broken).map(|app| unhealthy(model, rule, app)).collect()
}

/// An app of apps is as its worst application is, which tells that itself.
fn is_told_by_a_child(model: &Model, app: &Application) -> bool {
    let worst = |it: &&Application| matches!(it.health, Health::Degraded | Health::Missing);
    let child = |it: &Application| app.children.contains(&it.meta.id);
    model.world.delivery.applications.iter().filter(worst).any(child)
}

/// Argo CD calls a MachineHealthCheck degraded as soon as one machine is not healthy, and so every roll while it goes
/// on. A roll that stands still is told as such.
fn rolls_its_machines(model: &Model, app: &Application) -> bool {
    let capi = &model.world.capi;
    let moves = |id: &ObjectRef| {
        let mut own = capi.machines.iter().filter(|it| capi.roller_of(it).as_ref() == Some(id));
        !victims(capi, id).is_empty() || own.any(|it| it.deleting() || it.phase != MachinePhase::Running)
    };
    let unwell = |it: &AppResource| it.health.is_some_and(|it| it != Health::Healthy);
    let is_capis = |it: &AppResource| it.object.group.ends_with("cluster.x-k8s.io");
    app.troubled.iter().filter(|it| unwell(it)).all(is_capis) && app.declares.iter().any(moves)
}

fn unhealthy(model: &Model, rule: &Rule, app: &Application) -> Problem {
    let heard = heard(model, Source::Argo);
    let title = Phrase::new().strong(app.meta.name()).plain(" is ").plain(app.health.word());
    let mut problem = Problem::new(rule.name, app.meta.name(), Weight::Stuck, title)
        .at(path(app))
        .since(app.health_since)
        .opens(Place::Page(Page::Delivery));
    for it in app.troubled.iter().filter(|it| it.health.is_some_and(|it| it != Health::Healthy)).take(4) {
        let word = it.health.map(Health::word).unwrap_or_default();
        problem = problem.proof(Evidence {
            says: Phrase::new().strong(it.object.to_string()).plain(" is ").plain(word),
            detail: first_line(&it.message).to_owned(),
            source: Source::Argo,
            heard,
        });
    }
    problem
}

/// Applications that are behind Git for longer than a sync takes.
pub(super) fn out_of_sync(model: &Model, rule: &Rule) -> Vec<Problem> {
    model.world.delivery.applications.iter().filter_map(|app| behind(model, rule, app)).collect()
}

fn behind(model: &Model, rule: &Rule, app: &Application) -> Option<Problem> {
    let failed = app.operation.as_ref().is_some_and(|it| it.phase.failed());
    if app.sync != Sync::OutOfSync || failed {
        return None;
    }
    // Argo CD does not say since when. Where a commit to its files waits, since that; else since it was seen by us, and
    // not before its last sync.
    let synced = app.operation.as_ref().and_then(|it| it.finished);
    let mine = |path: &RepoPath| {
        app.sources
            .iter()
            .any(|it| path.0.strip_prefix(it.path.trim_matches('/')).is_some_and(|it| it.starts_with('/')))
    };
    let commit = model.world.log.commits.iter().find(|it| it.paths.iter().any(mine)).map(|it| it.at);
    let word = app.sync.word();
    let of_it =
        |it: &&domain::News| it.source == Source::Argo && it.about == app.meta.name() && it.words == word;
    let seen = model.world.news.iter().rev().find(of_it).map(|it| it.at);
    let waits = commit.filter(|at| synced.is_none_or(|synced| *at > synced));
    let since = waits.or(seen).or(synced).or(app.reconciled);
    if !rule.holds(model.now, since) {
        return None;
    }
    let manual = app.automated.is_none();
    let title = Phrase::new().strong(app.meta.name()).plain(" is out of sync").plain(if manual {
        ", and is synced by hand"
    } else {
        ""
    });
    let detail = app.troubled.iter().map(|it| it.object.to_string()).take(3).collect::<Vec<_>>().join(", ");
    Some(
        Problem::new(rule.name, app.meta.name(), Weight::Notice, title)
            .at(path(app))
            .since(since)
            .opens(Place::Page(Page::Delivery))
            .proof(Evidence {
                says: "these are not what Git says".into(),
                detail,
                source: Source::Argo,
                heard: heard(model, Source::Argo),
            })
            .remedy("sync it", "S on Delivery", "applies what Git says"),
    )
}

fn path(app: &Application) -> String {
    app.sources
        .first()
        .map(|it| if it.path.is_empty() { it.chart.clone() } else { it.path.clone() })
        .unwrap_or_default()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::Model;
    use crate::queries::problems::{Certainty, find};
    use crate::{Message, update};
    use domain::{
        Application, Change, DeliveryChange, Meta, Moment, ObjectRef, Observation, Operation, OperationPhase,
        Sync,
    };

    fn with(app: Application) -> Model {
        let mut model = Model { now: Moment(10_000_000), ..Model::default() };
        let change = DeliveryChange::Applications(Change::Snapshot(vec![app]));
        update(&mut model, Message::Observed(Observation::Delivery(change)));
        model
    }

    fn app(sync: Sync, message: &str) -> Application {
        let id = ObjectRef { kind: "Application".into(), name: "loki".into(), ..ObjectRef::default() };
        let operation = Operation {
            phase: OperationPhase::Failed,
            message: message.into(),
            started: Some(Moment(1)),
            finished: Some(Moment(2)),
            retries: 4,
            retry_limit: None,
            revision: None,
            by: "automated".into(),
            failures: Vec::new(),
        };
        let meta = Meta { id, ..Meta::default() };
        Application { meta, sync, operation: Some(operation), ..Application::default() }
    }

    #[test]
    fn an_immutable_field_is_a_proven_cause() {
        let model = with(app(
            Sync::OutOfSync,
            "StatefulSet.apps \"loki\" is invalid: spec: Forbidden: updates to statefulset spec",
        ));
        let found = find(&model);
        assert_eq!(found[0].id.rule, "sync-failed");
        assert_eq!(found[0].certainty, Certainty::Proven);
        assert_eq!(found[0].evidence[0].detail, "tried 5 times");
    }

    #[test]
    fn what_is_tried_again_and_again_is_told_before_its_controller_gives_up() {
        let mut again = app(Sync::OutOfSync, "one or more objects failed to apply. Retrying attempt #4");
        let operation = again.operation.as_mut().unwrap();
        (operation.phase, operation.finished) = (OperationPhase::Running, None);
        let found = find(&with(again.clone()));
        assert_eq!(found[0].id.rule, "sync-failed");
        assert_eq!(found[0].evidence[0].detail, "failed 4 times, and is tried again");
        again.operation.as_mut().unwrap().retries = 1;
        assert!(find(&with(again)).iter().all(|it| it.id.rule != "sync-failed"));
    }

    #[test]
    fn a_failure_that_a_later_comparison_found_done_is_none() {
        assert!(find(&with(app(Sync::Synced, "timeout"))).is_empty());
    }
}
