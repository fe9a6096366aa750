//! Pull requests: whether one is the way, and how one fares.

use crate::Model;
use crate::model::{DraftStage, DraftState};
use domain::{Commit, CommitId, Leg, Proposal, Reached, Review, Step};
use std::collections::BTreeSet;

/// Whether a commit comes to the branch by a pull request: the repository says so, or the branch took no push.
pub fn is_the_way(model: &Model) -> bool {
    let branch = model.world.repository.as_ref().map(|it| &it.branch);
    model.settings.clusters.by_request() || (branch.is_some() && model.drafts.closed.as_ref() == branch)
}

/// The pull requests that are open, as far as is known here, with the commits that they offer.
pub fn open(model: &Model) -> BTreeSet<(CommitId, Proposal)> {
    let here = model.world.repository.as_ref().map(|it| it.folder.as_str());
    let ours = |it: &&DraftState| Some(it.repository.as_str()) == here || it.repository.is_empty();
    let waits = |it: &DraftState| match (&it.stage, &it.proposal) {
        (DraftStage::Committed { commit, .. }, Some(it)) => Some((commit.clone(), it.clone())),
        _ => None,
    };
    model.drafts.list.iter().filter(ours).filter_map(waits).collect()
}

/// "#12" or the branch.
pub fn named(proposal: &Proposal) -> String {
    proposal.number.map_or_else(|| proposal.branch.0.clone(), |number| format!("#{number}"))
}

/// Whether a pull request does not go on before somebody does something about it.
pub fn stands_still(review: &Review) -> bool {
    review.closed || review.conflicts || !review.failed.is_empty() || !review.refused_by.is_empty()
}

/// How the pull request of a draft fares, or where it is; none where there is nothing that waits to be merged.
pub fn says(model: &Model, draft: &DraftState) -> Option<String> {
    let (DraftStage::Committed { commit, .. }, Some(proposal)) = (&draft.stage, &draft.proposal) else {
        return None;
    };
    Some(match model.world.reviews.get(commit) {
        Some(Ok(review)) => review.told(),
        Some(Err(why)) => why.clone(),
        None => format!("waits to be merged: {}", proposal.url.clone().unwrap_or_else(|| named(proposal))),
    })
}

/// How far a commit that was offered is: pushed to a branch of its own, and on its way to the one that is followed.
pub(super) fn legs(model: &Model, commit: &Commit) -> Option<[Leg; 2]> {
    let offered = |it: &&DraftState| it.commit() == Some(&commit.id) && it.proposal.is_some();
    let draft = model.drafts.list.iter().find(offered)?;
    let branch = draft.proposal.as_ref().map(|it| it.branch.0.as_str()).unwrap_or_default();
    let done = Reached::Done { at: None };
    let pushed = Leg { step: Step::Pushed, reached: done, evidence: format!("on {branch}") };
    let evidence = says(model, draft)?;
    let stands = matches!(model.world.reviews.get(&commit.id), Some(Ok(review)) if stands_still(review));
    let reached = match stands {
        true => Reached::Failed { why: evidence.clone() },
        false => Reached::UnderWay { since: None },
    };
    Some([pushed, Leg { step: Step::Merged, reached, evidence }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DraftId, TextEdit};
    use crate::{Action, ClusterMap, Dialog, Effect, Message, Page, Place, RowKey, update};
    use domain::{BranchName, Log, Moment, Observation, Order, OrderId, Outcome, RepoPath, RepositoryState};
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
            conflicts: false,
            passed: 2,
            running: 0,
            failed: failed.iter().map(|it| (*it).to_owned()).collect(),
            approved_by: vec!["mara".into()],
            refused_by: Vec::new(),
            wanted: None,
        };
        Observation::Review(CommitId("c1".into()), Ok(review))
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
    fn what_holds_it_up_is_said_to_its_end_and_it_can_be_a_draft_again() {
        let held_up = |model: &Model| crate::queries::held_up::of(model, &model.drafts.list[0]);
        let mut model = committed();
        assert_eq!(held_up(&model), None);
        let (id, _) = pushed(&mut model);
        let refusal = domain::Refusal { why: "it is dead".into(), hint: Some("wait".into()) };
        update(&mut model, Message::Settled(id, Outcome::Refused(refusal)));
        let said = held_up(&model).unwrap();
        assert_eq!((said.title, said.says), ("NOT PUSHED", vec!["it is dead".to_owned(), "wait".into()]));
        let (id, _) = pushed(&mut model);
        let (commit, branch) = (CommitId("c1".into()), BranchName("main".into()));
        let closed =
            Outcome::Closed { commit: commit.clone(), branch: branch.clone(), why: "protected".into() };
        update(&mut model, Message::Settled(id, closed));
        assert_eq!(held_up(&model).unwrap().says, ["protected", "P offers it as a pull request"]);
        let (id, _) = pushed(&mut model);
        // Its page is known, and not whether a pull request is made there.
        let (ours, page) = (BranchName("pilothouse/set-a".into()), Some("https://h/compare".to_owned()));
        let proposal = Proposal { branch: ours, onto: branch, url: page, number: None };
        let offered = Outcome::Proposed { commit: commit.clone(), proposal, remote: Vec::new() };
        update(&mut model, Message::Settled(id, offered));
        assert_eq!(held_up(&model).unwrap().says, ["waits to be merged: https://h/compare"]);
        let mut stuck = review(None, &[]);
        if let Observation::Review(_, Ok(review)) = &mut stuck {
            review.conflicts = true;
        }
        update(&mut model, Message::Observed(stuck));
        let said = held_up(&model).unwrap();
        assert_eq!(
            said.says,
            ["#12: it conflicts with the branch; 2 checks passed; approved by mara", "https://h/12"]
        );
        assert!(matches!(merged_leg(&model).0, Reached::Failed { .. }));
        let made = model.drafts.list[0].proposal.clone().unwrap();
        assert_eq!((made.number, made.url.as_deref()), (Some(12), Some("https://h/12")), "a person made it");
        update(&mut model, Message::Asked(Action::Undo));
        assert_eq!((&model.drafts.list[0].stage, &model.drafts.list[0].proposal), (&DraftStage::Open, &None));
        let said = model.screen.notice.as_deref();
        assert_eq!(said, Some("a draft again; #12 stays as it is until it is offered anew"));
        assert!(open(&model).is_empty());
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
