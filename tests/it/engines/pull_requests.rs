//! Pull requests on a real Gitea: made, judged, merged, in the way of each other, and refused.

use super::gitea::{Place, ask, done, token, token_for, url};
use serde_json::{Value, json};

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn a_pull_request_is_made_judged_and_merged() {
    let place = Place::new("judged");
    let rule = json!({"rule_name": "main", "enable_push": false, "required_approvals": 1,
        "enable_status_check": true, "status_check_contexts": ["ci/build"], "block_on_rejected_reviews": true});
    place.api("POST", "/branch_protections", &rule);
    let commit =
        place.committed("spec.replicas", "5", "Scale up\n\nThe third rack is there.\n\n- one\n- two");
    let page = format!("{}/skipper/judged/pulls/1", url());
    let said = place.done(&["push", "--pr"]);
    assert!(said.contains(&format!("offered as #1: {page}")), "{said}");
    let pull = place.api("GET", "/pulls/1", &Value::Null);
    assert_eq!(
        (&pull["title"], &pull["body"]),
        (&json!("Scale up"), &json!("The third rack is there.\n\n- one\n- two"))
    );
    assert_eq!((&pull["head"]["ref"], &pull["head"]["sha"]), (&json!("pilothouse/scale-up"), &json!(commit)));
    assert_eq!(place.change()["proposal"]["url"], json!(page));
    assert_eq!(
        place.says(),
        "#1: 1 under way; an approval is wanted",
        "the check that is wanted has said nothing yet"
    );

    let status = |context: &str, state: &str| {
        place.api("POST", &format!("/statuses/{commit}"), &json!({"context": context, "state": state}));
    };
    status("ci/build", "pending");
    status("ci/lint", "failure");
    assert_eq!(place.says(), "#1: 1 under way, ci/lint failed; an approval is wanted");
    status("ci/lint", "success");
    status("ci/build", "success");
    assert_eq!(place.says(), "#1: 2 checks passed; an approval is wanted");
    let merge = json!({"Do": "squash", "delete_branch_after_merge": true});
    let merged = || ask("skipper", "POST", "/repos/skipper/judged/pulls/1/merge", &merge).0;
    assert_eq!(merged(), 405, "it wants an approval");
    let review = |event: &str| {
        done(
            "reviewer",
            "POST",
            "/repos/skipper/judged/pulls/1/reviews",
            &json!({"event": event, "body": event}),
        );
    };
    review("REQUEST_CHANGES");
    assert_eq!(place.says(), "#1: 2 checks passed; changes wanted by reviewer; an approval is wanted");
    review("APPROVED");
    assert_eq!(place.says(), "#1: 2 checks passed; approved by reviewer");
    assert_eq!(place.change()["stage"], json!("offered"));
    assert_eq!(merged(), 200);
    let change = place.change();
    let landed = place.tip("main").unwrap();
    assert_eq!((&change["stage"], &change["commit"]), (&json!("pushed"), &json!(landed)));
    assert_ne!(landed, commit, "squashed into another");
    assert_eq!(place.tip("pilothouse/scale-up"), None, "its branch is removed");

    // The same title once more: another pull request of a branch of the same name.
    place.committed("spec.replicas", "7", "Scale up");
    let said = place.done(&["push", "--pr"]);
    assert!(said.contains("offered as #2"), "{said}");
    assert_eq!(place.change()["proposal"]["branch"], json!("pilothouse/scale-up"));
    assert_eq!(
        place.says(),
        "#2: 1 under way; an approval is wanted",
        "what was merged before was another one"
    );
    place.api("PATCH", "/pulls/2", &json!({"state": "closed"}));
    assert_eq!(place.says(), "#2: closed without being merged");
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn what_stands_in_its_way_is_told() {
    let place = Place::new("stopped");
    place.committed("spec.replicas", "5", "Scale up");
    place.done(&["push", "--pr"]);
    place.until_says("#1: it can be merged");
    place.other_pushes("replicas: 3", "replicas: 4");
    place.until_says("#1: it conflicts with the branch");

    // A branch that takes no pushes of anybody.
    place.api("POST", "/branch_protections", &json!({"rule_name": "main", "enable_push": false}));
    place.committed("spec.version", "v1.35.2", "Bump it");
    let before = place.tip("main");
    let (code, said) = place.run(&place.variables("skipper"), &["push"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("main takes no direct pushes")
            && said.contains("Not allowed to push to protected branch main"),
        "{said}"
    );
    assert!(said.contains("push --pr offers it as a pull request"), "{said}");
    let said = place.done(&["push", "--pr"]);
    assert!(said.contains("offered as #2"), "{said}");
    assert_eq!(place.tip("main"), before);
    place.until_says("#2: it can be merged");
    place.api("POST", "/pulls/2/merge", &json!({"Do": "merge"}));
    let change = place.change();
    assert_eq!(change["stage"], json!("pushed"));
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn a_token_that_does_not_do_is_told() {
    let place = Place::new("tokens");
    let with = |words: &[(&'static str, String)]| {
        let mut variables = place.variables("skipper");
        variables.retain(|it| !words.iter().any(|word| word.0 == it.0));
        [variables, words.to_vec()].concat()
    };
    let pushes = ("PUSH_TOKEN", token("skipper").to_owned());
    // The branch is pushed with what git knows; the token for the API is another matter.
    place.committed("spec.replicas", "5", "Scale up");
    let page = format!("{}/skipper/tokens/compare/main...pilothouse/scale-up", url());
    for (token, why) in [
        ("0123456789abcdef0123456789abcdef01234567".to_owned(), "the token is not valid there"),
        (token_for("reads", &["read:repository"]), "the token may not do this: "),
    ] {
        let variables = with(&[("GITEA_TOKEN", token.clone()), pushes.clone()]);
        let (code, said) = place.run(&variables, &["push", "--pr"]);
        assert_eq!(code, 0, "{said}");
        assert!(
            said.contains(&format!(
                "offered as pilothouse/scale-up: {page}; no pull request was made: {why}"
            )),
            "{said}"
        );
        assert!(!said.contains(&token), "{said}");
    }
    // With one that does, the next push makes it.
    let said = place.done(&["push", "--pr"]);
    assert!(said.contains("offered as #1"), "{said}");
    let expired = with(&[("GITEA_TOKEN", "expired".into()), pushes.clone()]);
    let (code, said) = place.run(&expired, &["changes"]);
    assert!(
        code == 0 && said.contains("the pull request is not heard: the token is not valid there"),
        "{said}"
    );

    // git itself is not let in.
    place.committed("spec.version", "v1.35.2", "Bump it");
    let (code, said) = place.run(&with(&[("PUSH_TOKEN", "expired".into())]), &["push"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the remote does not let us in") && said.contains("credential helper"), "{said}");
    let (code, said) =
        place.run(&with(&[("PUSH_TOKEN", token_for("only-reads", &["read:repository"]))]), &["push"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the remote does not let us in"), "{said}");
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn who_may_only_read_may_still_propose() {
    let place = Place::new("readers");
    place.clone_as("outsider");
    let outsider = place.variables("outsider");
    let run = |variables: &[(&'static str, String)], words: &[&str]| {
        let (code, said) = place.run(variables, words);
        assert_eq!(code, 0, "{words:?}: {said}");
        said
    };
    run(&outsider, &["edit", "set", "cp.yaml", "spec.replicas", "5"]);
    let commit =
        run(&outsider, &["commit", "-m", "Scale up\n\nfor the summer\nand after it"]).trim().to_owned();
    let (code, said) = place.run(&outsider, &["push"]);
    assert!(code == 1 && said.contains("User permission denied for writing"), "{said}");
    let said = run(&outsider, &["push", "--pr"]);
    let page = format!("{}/skipper/readers/pulls/1", url());
    assert!(said.contains(&format!("offered as #1: {page}")), "{said}");
    let pull = place.api("GET", "/pulls/1", &Value::Null);
    assert_eq!(
        (&pull["title"], &pull["head"]["sha"], &pull["user"]["login"]),
        (&json!("Scale up"), &json!(commit), &json!("outsider"))
    );
    assert_eq!(pull["body"].as_str().unwrap().trim(), "for the summer\nand after it");
    assert_eq!(place.tip("pilothouse/scale-up"), None, "no branch is made");
    place.until_says("#1: it can be merged");
    place.api("POST", "/pulls/1/merge", &json!({"Do": "merge"}));
    let change = place.change();
    assert_eq!(
        (&change["stage"], &change["commit"]),
        (&json!("pushed"), &json!(commit)),
        "main has it as it is"
    );

    // Without a token for the API the push alone makes it.
    run(&outsider, &["edit", "set", "cp.yaml", "spec.version", "v1.35.2"]);
    run(&outsider, &["commit", "-m", "Bump it"]);
    let mut bare = outsider;
    bare.retain(|it| it.0 != "GITEA_TOKEN");
    bare.push(("PUSH_TOKEN", token("outsider").to_owned()));
    let said = run(&bare, &["push", "--pr"]);
    assert!(said.contains("offered as #2"), "{said}");
    let says = run(&bare, &["changes"]);
    assert!(says.contains(&format!("waits to be merged: {}/skipper/readers/pulls/2", url())), "{says}");
}
