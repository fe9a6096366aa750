//! Signing in by the program that a kubeconfig names: it gets no terminal, a while, and a little room to answer in.

use super::trouble::Trouble;
use crate::plain::plain;
use crate::program::{Group, on_path, without_terminal};
use kube::config::{AuthInfo, ExecConfig};
use serde::Deserialize;
use serde_json::json;
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt};

/// A browser may have to open, and a person to type a password there.
const PATIENCE: Duration = Duration::from_secs(90);
/// No credential is as large as this.
const ROOM: usize = 1 << 20;
/// What is kept of an error stream, for its last line.
const TAIL: usize = 4 << 10;
/// Credentials are renewed so long before they end.
const BEFORE: Duration = Duration::from_secs(30);

/// `client.authentication.k8s.io` ExecCredential, as far as it is read.
#[derive(Deserialize)]
struct Answer {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Run the program where one is named, and put what it answers in its place. Answers until when that serves; none
/// where it serves for ever. The error holds nothing that the program wrote to its standard output.
pub(super) async fn sign_in(user: &mut AuthInfo) -> Result<Option<SystemTime>, Trouble> {
    let Some(exec) = user.exec.take() else { return Ok(None) };
    let said = tokio::time::timeout(PATIENCE, run(&exec)).await.map_err(|_| {
        Trouble::SignIn(format!("the sign-in program gave no answer within {} s", PATIENCE.as_secs()))
    })??;
    let unusable = || Trouble::SignIn("the sign-in program gave no usable answer".into());
    let answer: Answer = serde_json::from_slice(&said).map_err(|_| unusable())?;
    let status = answer.status.ok_or_else(unusable)?;
    if status.token.is_none() && status.client_certificate_data.is_none() {
        return Err(unusable());
    }
    user.token = status.token.map(Into::into);
    if let (Some(certificate), Some(key)) = (status.client_certificate_data, status.client_key_data) {
        use base64::Engine;
        let packed = |pem: String| base64::engine::general_purpose::STANDARD.encode(pem);
        user.client_certificate_data = Some(packed(certificate));
        user.client_key_data = Some(packed(key).into());
    }
    let ends = status.expiration_timestamp.and_then(|it| it.parse::<jiff::Timestamp>().ok());
    Ok(ends.map(|it| SystemTime::from(it) - BEFORE))
}

async fn run(exec: &ExecConfig) -> Result<Vec<u8>, Trouble> {
    let failed = |why: String| Trouble::SignIn(why);
    let name =
        exec.command.clone().ok_or_else(|| failed("the kubeconfig names no sign-in program".into()))?;
    let Some(program) = on_path(&name) else {
        let hint = exec.install_hint.as_deref().map(|it| format!(": {}", plain(it.trim())));
        let why = format!("there is no sign-in program `{}`{}", plain(&name), hint.unwrap_or_default());
        return Err(failed(why));
    };
    let mut command = without_terminal(&program);
    command.args(exec.args.iter().flatten());
    for pair in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            command.env(name, value);
        }
    }
    let cluster = exec.cluster.as_ref().filter(|_| exec.provide_cluster_info);
    let info = json!({
        "apiVersion": exec.api_version, "kind": "ExecCredential",
        "spec": { "interactive": false, "cluster": cluster },
    });
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);

    let mut running = command.spawn().map_err(|err| failed(format!("`{}`: {err}", plain(&name))))?;
    let group = Group::of(&running);
    let (out, err) = (running.stdout.take(), running.stderr.take());
    let (answer, last, status) = tokio::try_join!(whole(out), tail(err), async {
        running.wait().await.map_err(|err| Trouble::SignIn(err.to_string()))
    })?;
    group.let_go();
    if status.success() {
        return Ok(answer);
    }
    let last = String::from_utf8_lossy(&last);
    let last = last.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(failed(format!("the sign-in program ended with {status}: {}", plain(last.trim()))))
}

async fn whole(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Trouble> {
    let mut held = Vec::new();
    if let Some(stream) = stream {
        // What could be read before it broke is judged like any other answer.
        let _ = stream.take(ROOM as u64 + 1).read_to_end(&mut held).await;
    }
    if held.len() > ROOM {
        return Err(Trouble::SignIn("the sign-in program printed more than any credential is long".into()));
    }
    Ok(held)
}

async fn tail(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Trouble> {
    let mut held: Vec<u8> = Vec::new();
    let Some(mut stream) = stream else { return Ok(held) };
    let mut piece = [0; TAIL];
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        held.extend_from_slice(piece.get(..read).unwrap_or_default());
        let old = held.len().saturating_sub(TAIL);
        held.drain(..old);
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(script: &str) -> Result<String, String> {
        let mut user = AuthInfo {
            exec: Some(ExecConfig {
                command: Some("sh".into()),
                args: Some(vec!["-c".into(), script.into()]),
                ..serde_json::from_value(json!({ "apiVersion": "client.authentication.k8s.io/v1" })).unwrap()
            }),
            ..AuthInfo::default()
        };
        let until = sign_in(&mut user).await.map_err(|it| it.to_string())?;
        Ok(format!("{} until {until:?}", user.token.is_some()))
    }

    #[tokio::test]
    async fn a_sign_in_program_is_given_nothing_to_misuse() {
        let good = r#"echo '{"status":{"token":"t0ps3cret","expirationTimestamp":"2026-11-21T08:00:30Z"}}'"#;
        assert!(said(good).await.unwrap().starts_with("true until Some"));
        for (script, wanted) in [
            ("echo t0ps3cret; exit 3", "exit status: 3: "),
            (
                "echo first >&2; printf '\\033[2Jplease sign in\\n' >&2; exit 1",
                "exit status: 1: please sign in",
            ),
            ("echo '{\"status\":{\"token\":\"t0ps3cret\"'", "no usable answer"),
            ("echo '{}'", "no usable answer"),
            ("yes t0ps3cret", "more than any credential is long"),
            ("yes t0ps3cret | head -c 3000000 >&2; exit 1", "exit status: 1: "),
            ("read answer && echo \"$answer\" || exit 7", "exit status: 7"),
            ("cat /dev/tty >/dev/null 2>&1 || exit 8", "exit status: 8"),
            ("kill -9 $$", "signal: 9"),
        ] {
            let why = said(script).await.unwrap_err();
            assert!(why.starts_with("not signed in: ") && why.contains(wanted), "{script}: {why}");
            let told_out = script.contains(">&2");
            assert!(told_out || !why.contains("t0ps3cret"), "{script}: {why}");
            assert!(!why.contains('\u{1b}'), "{why:?}");
        }
    }

    #[tokio::test]
    async fn one_that_is_not_there_is_named_with_its_hint() {
        let exec = json!({"command": "no-such-program", "installHint": "brew install \u{1b}[31mit"});
        let mut user = AuthInfo { exec: Some(serde_json::from_value(exec).unwrap()), ..AuthInfo::default() };
        let why = sign_in(&mut user).await.unwrap_err().to_string();
        assert_eq!(why, "not signed in: there is no sign-in program `no-such-program`: brew install it");
    }
}
