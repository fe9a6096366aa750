//! The operator's own clone: what others have pushed and nobody has pulled here.

use super::{Rule, heard};
use crate::model::DraftStage;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::{Phrase, count};
use crate::{Model, Page, Place};
use domain::{Commit, CommitId, Source};

/// Commits of others that the local branch does not have. What was pushed from here says nothing about others.
pub(super) fn behind(model: &Model, rule: &Rule) -> Vec<Problem> {
    let Some(state) = model.world.repository.as_ref().filter(|it| it.behind > 0) else { return Vec::new() };
    let ours = |id: &CommitId| {
        model
            .drafts
            .list
            .iter()
            .any(|it| matches!(&it.stage, DraftStage::Pushed { commit, .. } if commit == id))
    };
    let missing = model.world.log.commits.iter().take(state.behind as usize);
    let theirs: Vec<&Commit> = missing.filter(|it| !ours(&it.id)).collect();
    let (Some(newest), Some(oldest)) = (theirs.first(), theirs.last()) else { return Vec::new() };
    let branch = &state.branch.0;
    let many = count(state.behind as usize, "commit", "commits");
    let title = Phrase::new()
        .plain("your clone's ")
        .strong(branch)
        .plain(format!(" is {many} behind origin/{branch}"));
    let proof = |it: &Commit, which: &str| Evidence {
        says: Phrase::new()
            .plain(format!("the {which} is "))
            .strong(it.id.short())
            .plain(format!(" by {}", it.author)),
        detail: it.subject.clone(),
        source: Source::Git,
        heard: heard(model, Source::Git),
    };
    let mut problem = Problem::new(rule.name, branch.clone(), Weight::Notice, title)
        .at(state.folder.clone())
        .since(Some(oldest.at))
        .opens(Place::Page(Page::Git))
        .proof(proof(newest, "newest"))
        .because(
            Certainty::Proven,
            "others have pushed since you last pulled; what is shown here and what you edit here is origin's, so only \
             files that you open elsewhere are old",
        )
        .remedy("git pull", "in your clone, when you want its files to be those of origin", "nothing in the cluster");
    if theirs.len() > 1 {
        problem = problem.proof(proof(oldest, "oldest"));
    }
    vec![problem]
}

#[cfg(test)]
mod tests {
    use super::super::RULES;
    use crate::Model;
    use domain::{BranchName, Commit, CommitId, Log, Moment, RepositoryState};
    use std::sync::Arc;

    fn commit(id: &str, author: &str) -> Commit {
        Commit {
            id: CommitId(id.repeat(40)),
            parents: Vec::new(),
            author: author.into(),
            email: String::new(),
            at: Moment(5_000),
            subject: "more memory".into(),
            paths: Vec::new(),
        }
    }

    fn model(behind: u32) -> Model {
        let mut model = Model { now: Moment(9_000), ..Model::default() };
        model.world.log =
            Arc::new(Log { commits: vec![commit("b", "Mara"), commit("a", "Jonas")], more: false });
        model.world.repository = Some(RepositoryState {
            folder: "/home/me/gitops".into(),
            branch: BranchName("main".into()),
            head: "main".into(),
            behind,
            ..RepositoryState::default()
        });
        model
    }

    fn titles(model: &Model) -> Vec<String> {
        let rule = RULES.iter().find(|it| it.name == "clone-behind").unwrap();
        (rule.find)(model, rule).iter().map(|it| it.title.text()).collect()
    }

    #[test]
    fn what_others_pushed_is_said_with_who_and_what() {
        assert_eq!(titles(&model(2)), ["your clone's main is 2 commits behind origin/main"]);
        assert_eq!(titles(&model(0)), Vec::<String>::new());
    }
}
