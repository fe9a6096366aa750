//! A pull request made by the push alone, as Forgejo and Gitea take it: to `refs/for/BRANCH`, with a topic. It needs no
//! token, and no right to make branches.

use super::Repository;
use super::propose::{keep, line, ours};
use super::push::{Answer, send};
use super::read;
use crate::forge::Wish;
use domain::{CommitId, Outcome, Proposal, Refusal};

/// Offer a commit so; none where the host does not take it, and a branch must do.
pub(super) async fn offer(
    repository: &Repository,
    commit: &CommitId,
    wish: &Wish,
) -> Result<Option<Outcome>, Refusal> {
    let kept = ours(&wish.branch);
    let place = repository.with({
        let (commit, kept) = (commit.clone(), kept.clone());
        move |opened| {
            opened.commit(read::id(&commit)?)?;
            Ok((opened.remote()?.to_owned(), opened.id_of(&kept)?.is_some()))
        }
    });
    let (remote, left) = place.await?;
    let topic = wish.branch.0.rsplit('/').next().unwrap_or_default();
    let mut options = vec![format!("topic={topic}"), format!("title={}", line(&wish.title))];
    // An option is one line. What is longer the host reads out of the commit itself.
    if !wish.body.is_empty() && !wish.body.contains('\n') {
        options.push(format!("description={}", line(&wish.body)));
    }
    if left {
        // What we left there was made anew on another commit.
        options.push("force-push=true".to_owned());
    }
    let options: Vec<String> = options.into_iter().map(|it| format!("--push-option={it}")).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let refspec = format!("{commit}:refs/for/{}", wish.onto.0);
    let (said, answer) = send(repository, &remote, &refspec, &options).await?;
    match &answer {
        Answer::Taken => {}
        // It was offered before, and nothing has changed since.
        Answer::Rejected(why) if why.contains("same with old commit") => {}
        _ => return Ok(None),
    }
    let id = commit.clone();
    repository.with(move |opened| keep(opened, &kept, &id)).await?;
    let said = said.remote();
    let (url, number) = said.iter().find_map(|it| page(it)).unzip();
    let address = repository.address().await;
    let url = url.or_else(|| address.map(|it| format!("{}/{}/pulls", it.origin, it.path)));
    let branch = domain::BranchName(topic.to_owned());
    let proposal = Proposal { branch, onto: wish.onto.clone(), url, number };
    Ok(Some(Outcome::Proposed { commit: commit.clone(), proposal, remote: said }))
}

/// The page of a pull request and its number, in what a server says after a push.
fn page(said: &str) -> Option<(String, u64)> {
    let url = said.split_whitespace().find(|it| it.starts_with("https://") || it.starts_with("http://"))?;
    let number = url.rsplit_once("/pulls/")?.1.parse().ok()?;
    Some((url.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_found_in_what_the_server_says() {
        let said = "  https://git.example/ops/cluster/pulls/12";
        assert_eq!(page(said), Some(("https://git.example/ops/cluster/pulls/12".to_owned(), 12)));
        assert_eq!(page("Create a new pull request for 'x':"), None);
        assert_eq!(page("https://git.example/ops/cluster/compare/main...x"), None);
    }
}
