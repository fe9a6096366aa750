//! What comes from outside of the cluster: a Git remote that is not followed, a provider that makes no servers.

use super::{Rule, heard};
use crate::queries::ages;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::{Phrase, count};
use crate::{Model, Page, Place};
use domain::{Application, CommitId, Condition, InfraMachine, Severity, Source};

/// Applications that were last compared with an older commit than the branch has.
pub(super) fn git_behind(model: &Model, rule: &Rule) -> Vec<Problem> {
    let Some(state) = &model.world.repository else { return Vec::new() };
    let Some(tip) = state.remote_tip.as_ref().and_then(|tip| model.world.log.get(tip)) else {
        return Vec::new();
    };
    if !rule.holds(model.now, Some(tip.at)) {
        return Vec::new();
    }
    let remote = state.remote.clone().unwrap_or_default();
    // A commit that is not in our log may be newer than what we have fetched.
    let known = |revision: &str| model.world.log.get(&CommitId(revision.to_owned())).is_some();
    let stale = |app: &&Application| {
        follows(app, &remote, &state.branch.0) && app.revision().is_some_and(|it| it != tip.id.0 && known(it))
    };
    let behind: Vec<&Application> = model.world.delivery.applications.iter().filter(stale).collect();
    let Some(first) = behind.first() else { return Vec::new() };
    let many = count(behind.len(), "application compares", "applications compare");
    let title = Phrase::new()
        .plain("Argo CD has not seen ")
        .strong(tip.id.short())
        .plain(format!(" yet: {many} with an older commit"));
    let compared = match first.reconciled {
        Some(at) => format!("last compared {} ago", ages::short(model.now.since(at))),
        None => "never compared".into(),
    };
    let revision = first.revision().and_then(|it| it.get(..7)).unwrap_or_default();
    vec![
        Problem::new(rule.name, tip.id.short(), Weight::Stuck, title)
            .since(Some(tip.at))
            .opens(Place::Page(Page::Delivery))
            .proof(Evidence {
                says: Phrase::new().plain("the branch is at ").strong(tip.id.short()),
                detail: format!("{}, {}", tip.subject, tip.author),
                source: Source::Git,
                heard: heard(model, Source::Git),
            })
            .proof(Evidence {
                says: Phrase::new().strong(first.meta.name()).plain(" was compared with ").strong(revision),
                detail: compared,
                source: Source::Argo,
                heard: heard(model, Source::Argo),
            })
            .because(
                Certainty::Likely,
                "its repository server does not reach the remote, or neither webhook nor polling tells it; nothing \
                 that was pushed since then will be applied",
            )
            .remedy("refresh", "r on Delivery asks Argo CD to look again", "reads only"),
    ]
}

/// A condition that says "not yet", not "no": its older dialect calls that information, its newer one waiting.
fn waits(condition: &Condition) -> bool {
    condition.severity == Some(Severity::Info) || condition.reason.starts_with("Waiting")
}

/// Whether an application follows the tracked branch of this repository. Repositories are compared by their last
/// name, because one remote has many addresses.
fn follows(app: &Application, remote: &str, branch: &str) -> bool {
    let name = |url: &str| {
        let url = url.trim_end_matches('/').trim_end_matches(".git");
        url.rsplit(['/', ':']).next().unwrap_or_default().to_owned()
    };
    app.sources.iter().filter(|it| it.chart.is_empty()).any(|it| {
        let tracked = it.target == branch || it.target == "HEAD" || it.target.is_empty();
        tracked && name(&it.repository) == name(remote)
    })
}

/// Provider machines whose server is refused.
pub(super) fn refused(model: &Model, rule: &Rule) -> Vec<Problem> {
    model.world.capi.infra_machines.iter().filter_map(|machine| refusal(model, rule, machine)).collect()
}

fn refusal(model: &Model, rule: &Rule, machine: &InfraMachine) -> Option<Problem> {
    if machine.meta.deleted.is_some() || machine.ready {
        return None;
    }
    let condition = ["ServerCreateSucceeded", "ServerCreated", "HetznerAPIReachable"]
        .into_iter()
        .filter_map(|kind| machine.conditions.get(kind))
        .find(|it| it.is_false() && !it.message.is_empty() && !waits(it))?;
    let capacity = ["resource_unavailable", "placement_error", "resource_limit_exceeded", "unavailable"];
    let capacity = capacity.iter().any(|it| condition.message.contains(it));
    let owner = machine.meta.owner.as_ref().map(|it| it.name.as_str()).filter(|it| !it.is_empty());
    let title = Phrase::new()
        .plain("no server is made for ")
        .strong(owner.unwrap_or(machine.meta.name()))
        .plain(": ")
        .plain(condition.message.lines().next().unwrap_or_default());
    let problem = Problem::new(rule.name, machine.meta.name(), Weight::Stuck, title)
        .since(condition.since)
        .opens(Place::Page(Page::Machines))
        .at(machine.server_type.clone().unwrap_or_default())
        .proof(Evidence {
            says: Phrase::new().strong(&condition.kind).plain(" is ").strong(condition.status.word()),
            detail: condition.reason.clone(),
            source: Source::Capi,
            heard: heard(model, Source::Capi),
        });
    Some(if capacity {
        problem
            .because(
                Certainty::Proven,
                "the provider has no such server to give there now; it is asked again and again, which also uses \
                 up the hourly calls",
            )
            .remedy("wait", "capacity comes back without notice", "nothing")
            .remedy("another size or place", "a template with another type, and a reference to it", "replaces machines")
    } else {
        problem
    })
}

#[cfg(test)]
mod tests {
    use super::waits;
    use crate::queries::problems::{Certainty, find};
    use crate::{Message, Model, update};
    use domain::{
        AppSource, Application, BranchName, CapiChange, Change, Commit, CommitId, Condition, Conditions,
        DeliveryChange, InfraMachine, Log, Meta, Moment, ObjectRef, Observation, RepositoryState, Severity,
        Truth,
    };
    use std::sync::Arc;

    fn with(message: &str) -> Model {
        said(message, Severity::Warning)
    }

    fn said(message: &str, severity: Severity) -> Model {
        let condition = Condition {
            kind: "ServerCreateSucceeded".into(),
            status: Truth::False,
            reason: "ServerCreateFailed".into(),
            message: message.into(),
            severity: Some(severity),
            since: None,
        };
        let id =
            ObjectRef { kind: "HCloudMachine".into(), name: "k8s-md-0-x".into(), ..ObjectRef::default() };
        let meta = Meta { id, ..Meta::default() };
        let machine =
            InfraMachine { meta, conditions: Conditions(vec![condition]), ..InfraMachine::default() };
        let mut model = Model::default();
        let change = CapiChange::InfraMachines(Change::Snapshot(vec![machine]));
        update(&mut model, Message::Observed(Observation::Capi(change)));
        model
    }

    fn commit(id: &str, at: i64) -> Commit {
        let (author, email) = ("Mara".into(), String::new());
        let (parents, subject, paths) = (Vec::new(), "more memory".into(), Vec::new());
        Commit { id: CommitId(id.repeat(40)), parents, author, email, at: Moment(at), subject, paths }
    }

    #[test]
    fn only_a_commit_that_is_known_to_be_older_is_behind() {
        let mut model = Model { now: Moment(9_000_000), ..Model::default() };
        let log = Log { commits: vec![commit("b", 1_000_000), commit("a", 500_000)], more: true };
        model.world.log = Arc::new(log);
        model.world.repository = Some(RepositoryState {
            remote: Some("https://git.example/gitops.git".into()),
            branch: BranchName("main".into()),
            remote_tip: Some(CommitId("b".repeat(40))),
            ..RepositoryState::default()
        });
        let compared = |revision: &str| {
            let id = ObjectRef { kind: "Application".into(), name: "loki".into(), ..ObjectRef::default() };
            let repository = "git@git.example:team/gitops".into();
            let source = AppSource { repository, target: "main".into(), ..AppSource::default() };
            let app = Application {
                meta: Meta { id, ..Meta::default() },
                sources: vec![source],
                revisions: vec![revision.repeat(40)],
                ..Application::default()
            };
            let change = DeliveryChange::Applications(Change::Snapshot(vec![app]));
            Message::Observed(Observation::Delivery(change))
        };
        for (revision, behind) in [("a", true), ("b", false), ("c", false)] {
            update(&mut model, compared(revision));
            let told = find(&model).iter().any(|it| it.id.rule == "git-behind");
            assert_eq!(told, behind, "compared with {revision}");
        }
    }

    #[test]
    fn no_capacity_is_a_proven_cause_and_another_error_is_not_guessed_at() {
        let found = find(&with("resource_unavailable: error during placement"));
        assert_eq!(found[0].certainty, Certainty::Proven);
        assert_eq!(found[0].id.subject, "k8s-md-0-x");
        let found = find(&with("image not found"));
        assert_eq!(found[0].certainty, Certainty::Unexplained);
        assert!(found[0].cause.is_none());
        assert!(find(&said("bootstrap not ready yet", Severity::Info)).is_empty(), "that is no refusal");
        assert!(waits(&Condition { reason: "WaitingForBootstrapData".into(), ..Condition::default() }));
    }
}
