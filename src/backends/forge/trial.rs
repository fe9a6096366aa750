//! Against a server on loopback that answers as each API is documented to.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const MERGE: &str = "89abcdef0123456789abcdef0123456789abcdef";

/// Serve each request by `answer`: method, path and body in; status and body out. Tells what was asked.
async fn serve(
    kind: Kind,
    answer: fn(&str, &str) -> (u16, String),
) -> (Address, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = format!("http://{}/ops/cluster.git", listener.local_addr().unwrap());
    let (tell, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let mut piece = [0; 4096];
            loop {
                let read = stream.read(&mut piece).await.unwrap_or(0);
                bytes.extend_from_slice(&piece[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let length = text
                    .to_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .map_or(0, |it| it.split("\r\n").next().unwrap_or_default().parse().unwrap_or(0));
                if read == 0 || text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length) {
                    break;
                }
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let mut words = text.split(' ');
            let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let (status, body) = answer(method, path);
            let told = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(told.as_bytes()).await;
            let _ = tell.send(text);
        }
    });
    (Address::of(&remote, Some(kind)).unwrap(), asked)
}

fn forge(address: &Address) -> Box<dyn Forge> {
    with_token(address, Secret::new("t0ps3cret")).unwrap()
}

fn wish() -> Wish {
    Wish {
        branch: BranchName("pilothouse/bump-k8s".into()),
        onto: BranchName("main".into()),
        title: "bump".into(),
        body: "why".into(),
    }
}

/// How the pull request of a branch fares, by its number where that is known.
async fn reviewed(forge: &dyn Forge, branch: &str, number: Option<u64>) -> Option<(Review, bool)> {
    let (branch, onto) = (BranchName(branch.into()), wish().onto);
    let proposal = Proposal { branch, onto, url: None, number };
    review(forge, &CommitId(HEAD.into()), &proposal).await.unwrap()
}

fn github(method: &str, path: &str) -> (u16, String) {
    let pull = |state: &str| {
        format!(
            r#"{{"number":12,"html_url":"https://h/ops/cluster/pull/12","state":"{state}","merged_at":null,"head":{{"sha":"{HEAD}"}}}}"#
        )
    };
    match (method, path) {
        ("POST", "/api/v3/repos/ops/cluster/pulls") => (201, pull("open")),
        (_, it) if it.contains("/pulls?") && it.contains("head=ops%3Apilothouse%2Fbump-k8s") => (200, "[]".into()),
        (_, it) if it.contains("/pulls?") => (200, format!("[{}]", pull("open"))),
        (_, it) if it.contains("check-runs") => (
            200,
            r#"{"total_count":3,"check_runs":[{"name":"lint","status":"completed","conclusion":"success"},{"name":"test","status":"completed","conclusion":"failure"},{"name":"e2e","status":"in_progress","conclusion":null}]}"#.into(),
        ),
        (_, it) if it.contains("/status?") => (200, r#"{"state":"pending","statuses":[{"context":"ci/x","state":"pending"}]}"#.into()),
        (_, it) if it.contains("/reviews") => (
            200,
            r#"[{"user":{"login":"jon"},"state":"CHANGES_REQUESTED"},{"user":{"login":"mara"},"state":"APPROVED"},{"user":{"login":"jon"},"state":"APPROVED"},{"user":{"login":"kim"},"state":"CHANGES_REQUESTED"},{"user":{"login":"mara"},"state":"COMMENTED"}]"#.into(),
        ),
        _ => (404, r#"{"message":"Not Found"}"#.into()),
    }
}

#[tokio::test]
async fn github_makes_a_pull_request_and_says_how_it_fares() {
    let (address, mut asked) = serve(Kind::GitHub, github).await;
    let forge = forge(&address);
    let made = propose(&*forge, &wish()).await.unwrap();
    assert_eq!((made.number, made.url.as_str()), (12, "https://h/ops/cluster/pull/12"));
    asked.recv().await.unwrap();
    let post = asked.recv().await.unwrap();
    assert!(post.contains("authorization: Bearer t0ps3cret"), "{post}");
    for word in
        [r#""head":"pilothouse/bump-k8s""#, r#""base":"main""#, r#""title":"bump""#, r#""body":"why""#]
    {
        assert!(post.contains(word), "{word}: {post}");
    }
    let (review, _) = reviewed(&*forge, "other", None).await.unwrap();
    assert_eq!((review.passed, review.running, review.failed), (1, 2, vec!["test".to_owned()]));
    assert_eq!(
        (review.approved_by, review.refused_by),
        (vec!["jon".to_owned(), "mara".into()], vec!["kim".to_owned()])
    );
    assert!(review.merged.is_none() && !review.closed);
}

fn gitlab(method: &str, path: &str) -> (u16, String) {
    let one = |state: &str| {
        format!(
            r#"{{"iid":7,"web_url":"https://h/ops/cluster/-/merge_requests/7","state":"{state}","sha":"{HEAD}","merge_commit_sha":null,"squash_commit_sha":"{MERGE}","head_pipeline":{{"status":"running"}}}}"#
        )
    };
    let base = "/api/v4/projects/ops%2Fcluster/merge_requests";
    match (method, path.strip_prefix(base).unwrap_or_default()) {
        ("POST", "") => (201, one("opened")),
        (_, it) if it.contains("source_branch=gone") => (200, format!("[{}]", one("merged"))),
        (_, it) if it.contains("source_branch=pilothouse%2Fbump-k8s") => {
            (200, format!("[{}]", one("opened")))
        }
        (_, "/7") => (200, one("opened")),
        (_, "/7/approvals") => (
            200,
            r#"{"approvals_required":2,"approvals_left":1,"approved_by":[{"user":{"username":"mara"}}]}"#
                .into(),
        ),
        _ => (404, r#"{"message":"404 Not Found"}"#.into()),
    }
}

#[tokio::test]
async fn gitlab_finds_a_merge_request_that_there_is() {
    let (address, mut asked) = serve(Kind::GitLab, gitlab).await;
    let forge = forge(&address);
    assert_eq!(propose(&*forge, &wish()).await.unwrap().number, 7);
    assert!(asked.recv().await.unwrap().contains("private-token: t0ps3cret"));
    let (open, _) = reviewed(&*forge, &wish().branch.0, None).await.unwrap();
    assert_eq!((open.running, open.wanted, open.approved_by), (1, Some(1), vec!["mara".to_owned()]));
    let (gone, _) = reviewed(&*forge, "gone", None).await.unwrap();
    assert_eq!(gone.merged, Some(CommitId(MERGE.into())), "squashed into another commit");
}

fn forgejo(method: &str, path: &str) -> (u16, String) {
    let pull = |merged: bool| {
        format!(
            r#"{{"number":3,"html_url":"https://h/ops/cluster/pulls/3","state":"{}","merged":{merged},"merge_commit_sha":"{MERGE}","head":{{"sha":"{HEAD}"}}}}"#,
            if merged { "closed" } else { "open" }
        )
    };
    match (method, path.strip_prefix("/api/v1/repos/ops/cluster").unwrap_or_default()) {
        ("POST", "/pulls") => (201, pull(false)),
        (_, "/pulls/main/open") => (200, pull(false)),
        (_, "/pulls/main/merged" | "/pulls/main/again") => (200, pull(true)),
        // The first of a branch is what it is found by, and the newest is what counts.
        (_, it) if it.starts_with("/pulls?state=all") => {
            let newer = |number: u64, label: &str, merged: bool| {
                pull(merged)
                    .replacen("\"number\":3", &format!("\"number\":{number},\"base\":{{\"ref\":\"main\"}}"), 1)
                    .replacen("\"head\":{", &format!("\"head\":{{\"label\":\"{label}\","), 1)
            };
            (200, format!("[{},{},{}]", newer(5, "other", false), newer(4, "again", false), newer(3, "again", true)))
        }
        (_, "/pulls/4") => (200, pull(false).replacen("{", "{\"mergeable\":false,", 1)),
        (_, "/branches/main") => (200, r#"{"required_approvals":2,"enable_status_check":true,"status_check_contexts":["ci","lint","x/*"]}"#.into()),
        (_, it) if it.ends_with("/status") => (200, r#"{"state":"failure","statuses":[{"context":"ci","status":"success"},{"context":"e2e","status":"failure"}]}"#.into()),
        (_, it) if it.contains("/reviews") => (200, r#"[{"user":{"login":"jon"},"state":"APPROVED","dismissed":true,"official":true},{"user":{"login":"kim"},"state":"APPROVED","official":false},{"user":{"login":"mara"},"state":"APPROVED","official":true}]"#.into()),
        _ => (404, r#"{"message":"The target couldn't be found."}"#.into()),
    }
}

#[tokio::test]
async fn forgejo_makes_one_where_there_is_none() {
    let (address, mut asked) = serve(Kind::Forgejo, forgejo).await;
    let forge = forge(&address);
    assert_eq!(propose(&*forge, &wish()).await.unwrap().number, 3);
    assert!(asked.recv().await.unwrap().contains("authorization: token t0ps3cret"));
    let (open, stuck) = reviewed(&*forge, "open", None).await.unwrap();
    assert_eq!(
        (open.passed, open.running, open.failed),
        (1, 1, vec!["e2e".to_owned()]),
        "lint is waited for"
    );
    assert_eq!((open.approved_by, open.wanted), (vec!["kim".to_owned(), "mara".into()], Some(1)));
    assert!(!stuck);
    let (merged, _) = reviewed(&*forge, "merged", None).await.unwrap();
    assert_eq!(merged.merged, Some(CommitId(MERGE.into())));
    let (again, _) = reviewed(&*forge, "again", None).await.unwrap();
    assert_eq!((again.number, again.merged), (4, None), "one of the same branch was merged before");
    let (_, stuck) = reviewed(&*forge, "again", Some(4)).await.unwrap();
    assert!(stuck);
    assert!(reviewed(&*forge, "gone", None).await.is_none());
}

fn refusing(_: &str, path: &str) -> (u16, String) {
    match path {
        it if it.contains("/pulls?") => (200, "[]".into()),
        _ => (422, r#"{"message":"Validation Failed","errors":[{"message":"No commits between main and x\u001b[31m"}]}"#.into()),
    }
}

#[tokio::test]
async fn what_a_forge_refuses_is_told_in_its_words_and_without_the_token() {
    let (address, _asked) = serve(Kind::GitHub, refusing).await;
    let failure = propose(&*forge(&address), &wish()).await.unwrap_err();
    assert_eq!(failure.to_string(), "Validation Failed; No commits between main and x");
    let nowhere = Address { origin: "http://127.0.0.1:9".into(), ..address };
    let failure = propose(&*forge(&nowhere), &wish()).await.unwrap_err();
    assert!(
        failure.to_string().starts_with("it cannot be reached") && !failure.to_string().contains("t0ps3cret")
    );
}
