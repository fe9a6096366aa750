//! Pull requests: whether one is the way, and how one fares.

use crate::Model;
use crate::model::{DraftStage, DraftState};
use domain::{BranchName, Commit, Leg, Proposal, Reached, Step};
use std::collections::BTreeSet;

/// Whether a commit comes to the branch by a pull request: the repository says so, or the branch took no push.
pub fn is_the_way(model: &Model) -> bool {
    let branch = model.world.repository.as_ref().map(|it| &it.branch);
    model.settings.clusters.by_request() || (branch.is_some() && model.drafts.closed.as_ref() == branch)
}

/// The pull requests that are open, as far as is known here.
pub fn open(model: &Model) -> BTreeSet<(BranchName, BranchName)> {
    let here = model.world.repository.as_ref().map(|it| it.folder.as_str());
    let ours = |it: &&DraftState| Some(it.repository.as_str()) == here || it.repository.is_empty();
    let waits = |it: &DraftState| match (&it.stage, &it.proposal) {
        (DraftStage::Committed { .. }, Some(it)) => Some((it.branch.clone(), it.onto.clone())),
        _ => None,
    };
    model.drafts.list.iter().filter(ours).filter_map(waits).collect()
}

/// "#12" or the branch.
pub fn named(proposal: &Proposal) -> String {
    proposal.number.map_or_else(|| proposal.branch.0.clone(), |number| format!("#{number}"))
}

/// How far a commit that was offered is: pushed to a branch of its own, and on its way to the one that is followed.
pub(super) fn legs(model: &Model, commit: &Commit) -> Option<[Leg; 2]> {
    let offered = |it: &&DraftState| it.commit() == Some(&commit.id);
    let proposal = model.drafts.list.iter().filter(offered).find_map(|it| it.proposal.as_ref())?;
    let done = Reached::Done { at: None };
    let pushed = Leg { step: Step::Pushed, reached: done, evidence: format!("on {}", proposal.branch.0) };
    let (reached, evidence) = match model.world.reviews.get(&proposal.branch) {
        Some(Ok(review)) if review.closed || !review.failed.is_empty() || !review.refused_by.is_empty() => {
            (Reached::Failed { why: review.told() }, review.told())
        }
        Some(Ok(review)) => (Reached::UnderWay { since: None }, review.told()),
        Some(Err(why)) => (Reached::UnderWay { since: None }, why.clone()),
        None => {
            let page = proposal.url.clone().unwrap_or_else(|| named(proposal));
            (Reached::UnderWay { since: None }, format!("waits to be merged: {page}"))
        }
    };
    Some([pushed, Leg { step: Step::Merged, reached, evidence }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, TextEdit};
    use crate::{Action, ClusterMap, Dialog, Effect, Message, Page, Place, RowKey, update};
    use domain::{
        CommitId, Log, Moment, Observation, Order, OrderId, Outcome, RepoPath, RepositoryState, Review,
    };
    use std::sync::Arc;

    fn committed() -> Model {
        let mut model = Model::default();
        let state = RepositoryState {
            folder: "/r".into(),
            remote: Some("git@github.com:o/r.git".into()),
            branch: BranchName("main".into()),
            remote_tip: Some(CommitId("c0".into())),
            head: "main".into(),
            ..RepositoryState::default()
        };
        update(&mut model, Message::Observed(Observation::Repository(Box::new(state))));
        let text = TextEdit { after: Some("a: 2\n".into()), ..TextEdit::default() };
        let path = RepoPath("a.yaml".into());
        let mut draft = DraftState::of_file(DraftId(7), "/r".into(), CommitId("c0".into()), path, text);
        draft.message = Some("Set a\n\nbecause".into());
        draft.stage = DraftStage::Committed { commit: CommitId("c1".into()), at: Moment(1) };
        model.drafts.list.push(draft);
        model.screen.place = Place::Page(Page::Changes);
        model.screen.listing_mut().selected = Some(RowKey("7".into()));
        model
    }

    fn pushed(model: &mut Model) -> (OrderId, Order) {
        model.screen.dialog = Some(Dialog::Push(DraftId(7)));
        let effects = update(model, Message::Asked(Action::Confirm));
        let order = effects.into_iter().find_map(|it| match it {
            Effect::Carry(id, order) => Some((id, order)),
            _ => None,
        });
        order.unwrap()
    }

    fn review(merged: Option<&str>, failed: &[&str]) -> Observation {
        let review = Review {
            number: 12,
            url: "https://h/12".into(),
            merged: merged.map(|it| CommitId(it.into())),
            closed: false,
            passed: 2,
            running: 0,
            failed: failed.iter().map(|it| (*it).to_owned()).collect(),
            approved_by: vec!["mara".into()],
            refused_by: Vec::new(),
            wanted: None,
        };
        Observation::Review(BranchName("pilothouse/set-a".into()), Ok(review))
    }

    fn merged_leg(model: &Model) -> (Reached, String) {
        let journey = crate::queries::road::on_its_way(model).unwrap();
        let leg = journey.leg(Step::Merged).unwrap();
        (leg.reached.clone(), leg.evidence.clone())
    }

    #[test]
    fn a_branch_that_took_no_push_is_offered_a_pull_request_and_followed_to_its_merge() {
        let mut model = committed();
        let (id, order) = pushed(&mut model);
        assert!(matches!(order, Order::Push { .. }));
        let (commit, branch) = (CommitId("c1".into()), BranchName("main".into()));
        let closed =
            Outcome::Closed { commit: commit.clone(), branch: branch.clone(), why: "protected".into() };
        update(&mut model, Message::Settled(id, closed));
        assert_eq!(
            model.screen.notice.as_deref(),
            Some("main takes no direct pushes; P offers it as a pull request")
        );
        let (id, order) = pushed(&mut model);
        let message = "Set a\n\nbecause".to_owned();
        assert_eq!(order, Order::Propose { commit: commit.clone(), onto: branch.clone(), message });
        let proposal = Proposal {
            branch: BranchName("pilothouse/set-a".into()),
            onto: branch,
            url: Some("https://h/12".into()),
            number: Some(12),
        };
        update(&mut model, Message::Settled(id, Outcome::Proposed { commit, proposal, remote: Vec::new() }));
        assert_eq!(model.screen.notice.as_deref(), Some("offered as #12: https://h/12"));
        assert_eq!(open(&model).len(), 1, "it is asked after");
        assert_eq!(merged_leg(&model).1, "waits to be merged: https://h/12");
        update(&mut model, Message::Observed(review(None, &["e2e"])));
        let (reached, evidence) = merged_leg(&model);
        assert!(matches!(reached, Reached::Failed { .. }), "{reached:?}");
        assert_eq!(evidence, "#12: 2 checks passed, e2e failed; approved by mara");
        update(&mut model, Message::Observed(review(Some("m9"), &[])));
        assert_eq!(model.drafts.list[0].commit(), Some(&CommitId("m9".into())), "squashed into another");
        assert!(open(&model).is_empty());
        assert!(matches!(merged_leg(&model).0, Reached::Done { .. }));
    }

    #[test]
    fn a_repository_that_wants_pull_requests_says_so() {
        let mut model = committed();
        model.settings.clusters =
            ClusterMap::parse("f", "push = \"pull-request\"\nforge = \"gitlab\"\n").unwrap();
        let (id, order) = pushed(&mut model);
        assert!(matches!(order, Order::Propose { .. }), "{order:?}");
        let proposal = Proposal {
            branch: BranchName("pilothouse/set-a".into()),
            onto: BranchName("main".into()),
            url: None,
            number: None,
        };
        let commit = CommitId("c1".into());
        update(&mut model, Message::Settled(id, Outcome::Proposed { commit, proposal, remote: Vec::new() }));
        // Merged by hand, where nobody can be asked: the log shows it.
        let commit = |id: &str, parents: &[&str]| Commit {
            id: CommitId(id.into()),
            parents: parents.iter().map(|it| CommitId((*it).into())).collect(),
            author: String::new(),
            email: String::new(),
            at: Moment(2),
            subject: String::new(),
            paths: Vec::new(),
        };
        if let Some(state) = &mut model.world.repository {
            state.remote_tip = Some(CommitId("m2".into()));
        }
        let log = Log { commits: vec![commit("m2", &["c0", "c1"]), commit("c1", &["c0"])], more: false };
        update(&mut model, Message::Observed(Observation::Log(Arc::new(log))));
        assert!(matches!(model.drafts.list[0].stage, DraftStage::Pushed { .. }));
        let wrong = ClusterMap::parse("f", "\nforge = \"sourceforge\"\n").unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "f:2: `sourceforge` is no forge that is known: github, gitlab, forgejo"
        );
    }
}
