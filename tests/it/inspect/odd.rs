//! Repositories of every condition.

use super::{commit_all, git, inspect, repository, run};
use serde_json::json;

#[test]
fn what_is_no_repository_is_told_and_an_empty_one_declares_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let none = run(folder.path(), &["-o", "json"]);
    assert_eq!((none.status.code(), none.stdout.as_slice()), (Some(2), b"".as_slice()));
    assert!(String::from_utf8(none.stderr).unwrap().contains("is in no Git repository"));
    git(folder.path(), &["init", "-q", "-b", "trunk"]);
    let found = inspect(folder.path());
    assert_eq!((&found["repository"]["head"], &found["repository"]["branch"]), (&json!(""), &json!("trunk")));
    assert_eq!((&found["version"], &found["clusters"]), (&json!(1), &json!([])));
}

#[test]
fn a_bare_clone_a_folder_inside_and_a_detached_head_are_read() {
    let talconfig = "clusterName: home\nnodes:\n  - hostname: a\n    ipAddress: 10.0.0.1\n";
    let one = repository(&[("talos/talconfig.yaml", talconfig)]);
    let head = git(one.path(), &["rev-parse", "HEAD"]);
    let bare = tempfile::tempdir().unwrap();
    let target = bare.path().join("x.git");
    git(one.path(), &["clone", "-q", "--bare", ".", target.to_str().unwrap()]);
    git(&target, &["remote", "remove", "origin"]);
    git(one.path(), &["checkout", "-q", "--detach"]);
    for (folder, branch) in [(target, "main"), (one.path().join("talos"), "")] {
        let found = inspect(&folder);
        assert_eq!(
            (&found["repository"]["head"], &found["repository"]["branch"]),
            (&json!(head), &json!(branch))
        );
        assert_eq!(found["clusters"][0]["name"], "home");
    }
}

#[test]
fn what_is_not_read_says_why() {
    let large = format!("a: {}\n", "x".repeat(1_100_000));
    let one = repository(&[
        ("large.yaml", &large),
        ("lfs.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\n"),
        ("bad.yaml", "a: 1\n- b\n"),
        ("bad.tf", "a = 1\n}\n"),
        ("bom.yaml", "\u{feff}clusterName: home\r\nnodes:\r\n  - hostname: a\r\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("chart/templates/a.yaml", "kind: {{ .x }}: y\n"),
        (
            "chart/templates/b.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: no\n",
        ),
        ("sealed.yaml", "a: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[AES256_GCM,data:y]\n"),
        ("key.age", "age-encryption.org/v1\n-> X25519 a\n"),
    ]);
    std::fs::write(one.path().join("binary.yaml"), b"a\0b").unwrap();
    std::fs::write(one.path().join("crypt.yaml"), b"\0GITCRYPT\0\x01\x02").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", one.path().join("link.yaml")).unwrap();
    commit_all(one.path());
    git(one.path(), &["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", "1".repeat(40))]);
    git(one.path(), &["commit", "-q", "-m", "with a submodule"]);
    let found = inspect(one.path());
    let said = |list: &str| {
        let all = found["repository"][list].as_array().unwrap();
        all.iter().map(|it| format!("{} {}", it["file"].as_str().unwrap(), it["line"])).collect::<Vec<_>>()
    };
    assert_eq!(said("unparsed"), ["bad.tf 2", "bad.yaml 2", "binary.yaml 0", "large.yaml 0"]);
    let skipped = super::each(&found["repository"]["skipped"], "file");
    assert_eq!(skipped, "binary.yaml large.yaml lfs.bin link.yaml sub");
    let sealed: Vec<_> = ["file", "scheme"].iter().map(|it| super::each(&found["secrets"], it)).collect();
    assert_eq!(sealed, ["crypt.yaml key.age sealed.yaml", "git-crypt age sops"]);
    assert_eq!(
        found["delivery"]["argo"]["applications"],
        json!([]),
        "a template of a chart is no Application"
    );
    assert_eq!(found["clusters"][0]["nodes"][0]["source"]["line"], 3);
}
