//! Against a server on loopback that answers as the API does, word for word where it matters.

use super::account::Account;
use super::budget::For;
use super::call::{CallFailure, Left, list};
use super::watch;
use crate::program::trial::PATIENCE;
use domain::{Change, Link, Observation};
use futures::StreamExt;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serve each request by `answer`: path in; status, extra headers and body out.
async fn serve(answer: fn(&str) -> (u16, &'static str, String)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut bytes = vec![0; 8192];
                let count = stream.read(&mut bytes).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&bytes[..count]).into_owned();
                assert!(head.to_lowercase().contains("authorization: bearer t0ken"), "{head}");
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, headers, body) = answer(&path);
                let text = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(text.as_bytes()).await;
            });
        }
    });
    endpoint
}

fn page(path: &str) -> (u16, &'static str, String) {
    let body = if path.contains("load_balancers") {
        r#"{"load_balancers":[{"name":"k8s","targets":[]}],"meta":{"pagination":{"next_page":null}}}"#
    } else if path.contains("page=1&") {
        r#"{"servers":[{"id":1,"name":"a","status":"hibernating"}],"meta":{"pagination":{"next_page":2}}}"#
    } else {
        r#"{"servers":[{"id":2,"name":"b","status":"running"},{"id":"?"}],"meta":{"pagination":{"next_page":null}}}"#
    };
    (200, "RateLimit-Limit: 3600\r\nRateLimit-Remaining: 3411\r\nRateLimit-Reset: 1\r\n", body.into())
}

#[tokio::test]
async fn all_pages_are_read_and_what_cannot_be_read_is_counted() {
    let account = Arc::new(Account::new("t0ken", Some(&serve(page).await), None));
    let mut heard = watch::watch(Some(account));
    let mut names = Vec::new();
    let project = tokio::time::timeout(PATIENCE, async {
        loop {
            match heard.next().await {
                Some(Observation::Servers(Change::Snapshot(all))) => {
                    names.extend(all.into_iter().map(|it| it.name))
                }
                Some(Observation::CloudProject(project)) => return project,
                _ => {}
            }
        }
    });
    let project = project.await.unwrap();
    assert_eq!(names, ["a", "b"]);
    assert_eq!((project.unread, project.calls_left), (1, Some((3411, 3600))));
}

/// Path to status, headers and body.
type Answer = fn(&str) -> (u16, &'static str, String);

#[tokio::test]
async fn what_the_api_refuses_is_said_in_words() {
    let answers: [(Answer, CallFailure); 3] = [
        (
            |_| (401, "", r#"{"error":{"code":"unauthorized","message":"unable to authenticate"}}"#.into()),
            CallFailure::Unauthorized,
        ),
        (
            |_| (429, "", r#"{"error":{"code":"rate_limit_exceeded","message":"limit"}}"#.into()),
            CallFailure::Limited,
        ),
        (|_| (503, "", "<html>".into()), CallFailure::Answered("503".into())),
    ];
    for (answer, expected) in answers {
        let account = Account::new("t0ken", Some(&serve(answer).await), None);
        assert_eq!(list(&account, "servers", For::Rhythm).await.map(|_| ()), Err(expected));
    }
    let gone = Account::new("t0ken", Some("http://127.0.0.1:9/v1"), None);
    let failure = list(&gone, "servers", For::Rhythm).await.unwrap_err();
    assert!(matches!(&failure, CallFailure::Unreachable(why) if why.contains("refused")), "{failure}");
}

#[tokio::test]
async fn below_a_fifth_we_are_silent() {
    let account = Arc::new(Account::new(
        "t0ken",
        Some(
            &serve(|_| {
                let body = r#"{"servers":[],"load_balancers":[]}"#;
                (200, "RateLimit-Limit: 3600\r\nRateLimit-Remaining: 700\r\n", body.into())
            })
            .await,
        ),
        None,
    ));
    let mut heard = watch::watch(Some(account));
    let silent = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(Observation::Link(_, Link::Degraded { why, .. })) = heard.next().await {
                return why;
            }
        }
    });
    assert_eq!(silent.await.unwrap(), "700 of 3600 calls are left in this hour; we are silent");
    assert!(Left { remaining: 720, limit: 3600, reset: 0 }.enough());
}

fn firewalls(path: &str) -> (u16, &'static str, String) {
    let body = if path.contains("/actions") {
        r#"{"actions":[{"id":9,"command":"set_firewall_rules","resources":[{"id":7,"type":"firewall"}]}]}"#
    } else {
        r#"{"firewalls":[{"id":7,"name":"nodes","rules":[{"direction":"in","protocol":"icmp"}]}]}"#
    };
    (200, "", body.into())
}

#[tokio::test]
async fn what_was_done_is_asked_once() {
    let account = Arc::new(Account::new("t0ken", Some(&serve(firewalls).await), Some(60_000)));
    let told = async |closely: bool, actions: bool| {
        let mut heard = super::firewalls::watch(Some(account.clone()), closely);
        let all = async {
            let mut told = (0, 0);
            while let Some(observation) = heard.next().await {
                match observation {
                    Observation::Firewalls(Change::Snapshot(all)) => told.0 += all[0].rules.len(),
                    Observation::CloudActions(Change::Part(all)) => told.1 += all.len(),
                    Observation::Link(_, Link::Live) => break,
                    _ => {}
                }
            }
            told
        };
        let told = tokio::time::timeout(PATIENCE, all).await.unwrap();
        assert_eq!(told, (1, usize::from(actions)));
    };
    told(false, true).await;
    told(true, false).await;
}

#[tokio::test]
async fn what_was_done_is_asked_again_where_it_was_not_told() {
    // The first listener is gone before it is told what was done, as when a page is opened just then.
    let account = Arc::new(Account::new("t0ken", Some(&serve(firewalls).await), Some(60_000)));
    let mut heard = super::firewalls::watch(Some(account.clone()), false);
    let told = async |heard: &mut crate::Heard, wanted: fn(&Observation) -> bool| {
        let until = async {
            while let Some(observation) = heard.next().await {
                if wanted(&observation) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, until).await.unwrap();
    };
    told(&mut heard, |it| matches!(it, Observation::Firewalls(_))).await;
    drop(heard);
    let mut heard = super::firewalls::watch(Some(account), true);
    told(&mut heard, |it| matches!(it, Observation::CloudActions(_))).await;
}
