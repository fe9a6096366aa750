//! ApplyConfiguration and what follows from it.

use super::*;
use crate::mutations::{MUTATIONS, Mutations, digest};
use crate::world::Lock;
use prost_types::Duration as Span;
use wire::machine::ApplyConfigurationRequest;
use wire::machine::apply_configuration_request::Mode;

fn asked(text: &str, mode: Mode, dry_run: bool) -> ApplyConfigurationRequest {
    let try_mode_timeout = (mode == Mode::Try).then_some(Span { seconds: 3_600, nanos: 0 });
    ApplyConfigurationRequest { data: text.into(), mode: mode.into(), dry_run, try_mode_timeout }
}

#[tokio::test]
async fn a_dry_run_says_what_would_differ_and_changes_nothing() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let before = example.config("controlplane");
    let after = before.replace("kubelet:v1.35.0", "kubelet:v1.35.2");
    let answer = admin.apply_configuration(asked(&before, Mode::Try, true)).await.unwrap().into_inner();
    assert!(answer.messages[0].mode_details.ends_with("No changes."));
    let answer = admin.apply_configuration(asked(&after, Mode::Try, true)).await.unwrap().into_inner();
    let details = &answer.messages[0].mode_details;
    assert!(
        details.starts_with("Dry run summary:\n") && details.contains("(skipped in dry-run)."),
        "{details}"
    );
    assert!(details.contains(
        "-    image: ghcr.io/siderolabs/kubelet:v1.35.0\n+    image: ghcr.io/siderolabs/kubelet:v1.35.2"
    ));
    assert_eq!(example.world.node("cp-1").unwrap().kubernetes_version, "v1.35.0");
}

#[tokio::test]
async fn a_config_takes_effect_is_staged_or_refused() {
    let mut example = Example::new(1_000.0);
    example.place(&["cp-1"]);
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let before = example.config("controlplane");
    let mistyped = before.replace("  install:", "  instal:");
    let refused = admin.apply_configuration(asked(&mistyped, Mode::NoReboot, false)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("unknown keys found"), "{refused}");
    let files = before.replace("  install:", "  files: []\n  env: {A: b}\n  install:");
    let refused = admin.apply_configuration(asked(&files, Mode::NoReboot, false)).await.unwrap_err();
    assert!(refused.message().contains("immediate mode"), "{refused}");
    let mut reader = machine(&example, "cp-1", "os:reader").await;
    assert_eq!(
        code(reader.apply_configuration(asked(&before, Mode::Try, true)).await),
        Code::PermissionDenied
    );

    let after = before.replace("kubelet:v1.35.0", "kubelet:v1.35.2");
    let answer = admin.apply_configuration(asked(&after, Mode::Auto, false)).await.unwrap().into_inner();
    assert_eq!(answer.messages[0].mode(), Mode::NoReboot);
    let versions = |it: &crate::world::NodeSnapshot| it.kubernetes_version == "v1.35.2" && it.kubelet;
    example
        .until("the kubelet is the new one", |world| world.node("cp-1").is_some_and(|it| versions(&it)))
        .await;

    admin.apply_configuration(asked(&before, Mode::Staged, false)).await.unwrap();
    assert_eq!(example.world.node("cp-1").unwrap().kubernetes_version, "v1.35.2", "staged only");
}

#[tokio::test]
async fn what_is_tried_goes_back_unless_something_else_is_applied() {
    let mut example = Example::new(3_600_000.0);
    example.place(&["cp-1"]);
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let before = example.config("controlplane");
    let after = before.replace("kubelet:v1.35.0", "kubelet:v1.35.2");
    admin.apply_configuration(asked(&after, Mode::Try, false)).await.unwrap();
    // Nothing else says it: before it was tried it looked as it does after it was taken back.
    let says = |words: &str| {
        let log = example.world.node_of("cp-1").unwrap().journal.between("machined", 0, i64::MAX);
        log.iter().any(|it| it.text.contains(words))
    };
    example.until("it is reverted", |_| says("configuration reverted")).await;
    assert!(says("configuration is being tried"));
    assert_eq!(configs(&example, "cp-1"), (before.clone(), before.clone()));
    assert_eq!(example.world.node("cp-1").unwrap().kubernetes_version, "v1.35.0");

    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let after = example.config("controlplane").replace("clusterName: k8s", "clusterName: k8s # tried");
    admin.apply_configuration(asked(&after, Mode::Try, false)).await.unwrap();
    assert_eq!(configs(&example, "cp-1"), (after.clone(), example.config("controlplane")));
    admin.apply_configuration(asked(&after, Mode::NoReboot, false)).await.unwrap();
    assert_eq!(configs(&example, "cp-1"), (after.clone(), after));
    assert!(example.world.node_of("cp-1").unwrap().state.held().trying.is_none());
}

/// Active and persistent config of a node, by their texts.
fn configs(example: &Example, name: &str) -> (String, String) {
    let node = example.world.node_of(name).unwrap();
    let state = node.state.held();
    (state.active.text.clone(), state.persistent.text.clone())
}

#[tokio::test]
async fn a_second_try_goes_back_to_the_first_and_a_reboot_to_what_is_on_disk() {
    let mut example = Example::new(1_000.0);
    example.place(&["cp-1"]);
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let before = example.config("controlplane");
    let first = before.replace("clusterName: k8s", "clusterName: k8s # first");
    let second = before.replace("clusterName: k8s", "clusterName: k8s # second");
    let long = |text: &str| ApplyConfigurationRequest {
        try_mode_timeout: Some(Span { seconds: 1_000_000, nanos: 0 }),
        ..asked(text, Mode::Try, false)
    };
    admin.apply_configuration(long(&first)).await.unwrap();
    let short = ApplyConfigurationRequest {
        try_mode_timeout: Some(Span { seconds: 60, nanos: 0 }),
        ..asked(&second, Mode::Try, false)
    };
    admin.apply_configuration(short).await.unwrap();
    example.until("the second is taken back", |_| configs(&example, "cp-1").0 == first).await;
    assert_eq!(configs(&example, "cp-1").1, before);
    admin.apply_configuration(long(&second)).await.unwrap();
    admin.reboot(wire::machine::RebootRequest::default()).await.unwrap();
    example
        .until("it has booted", |world| world.node("cp-1").is_some_and(|it| it.boots == 2 && it.ready))
        .await;
    assert_eq!(configs(&example, "cp-1"), (before.clone(), before));
}

#[tokio::test]
async fn whatever_is_applied_in_another_mode_ends_a_try_even_dry() {
    let mut example = Example::new(3_600.0);
    example.place(&["cp-1"]);
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let before = example.config("controlplane");
    let after = before.replace("kubelet:v1.35.0", "kubelet:v1.35.2");
    let trying = |example: &Example| example.world.node_of("cp-1").unwrap().state.held().trying.is_some();
    let try_long = ApplyConfigurationRequest {
        try_mode_timeout: Some(Span { seconds: 10_000_000, nanos: 0 }),
        ..asked(&after, Mode::Try, false)
    };
    admin.apply_configuration(try_long).await.unwrap();
    admin.apply_configuration(asked(&before, Mode::Try, true)).await.unwrap();
    assert!(trying(&example), "a dry run of the same mode asks only");
    admin.apply_configuration(asked(&before, Mode::NoReboot, true)).await.unwrap();
    assert!(!trying(&example), "a dry run of another mode ends it");
    assert_eq!(configs(&example, "cp-1"), (after, before));
}

#[tokio::test]
async fn what_is_asked_is_written_down_and_looking_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut example = Example::recorded(1.0, Mutations::within(dir.path()).unwrap());
    example.place(&["cp-1", "cp-2"]);
    let before = example.config("controlplane");
    let mut admin = machine(&example, "cp-1", "os:admin").await;
    let mut reader = machine(&example, "cp-1", "os:reader").await;
    reader.version(()).await.unwrap();
    admin.apply_configuration(to("cp-2", asked(&before, Mode::Try, true))).await.unwrap();
    reader.apply_configuration(asked(&before, Mode::NoReboot, false)).await.unwrap_err();
    let text = std::fs::read_to_string(dir.path().join(MUTATIONS)).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let told: Vec<_> = lines
        .iter()
        .map(|it| ["node", "mode", "role", "code"].map(|key| it[key].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [["cp-2", "TRY", "os:admin", "Ok"], ["cp-1", "NO_REBOOT", "os:reader", "PermissionDenied"]]
    );
    assert_eq!((&lines[0]["dry_run"], &lines[1]["dry_run"]), (&true.into(), &false.into()));
    assert!(lines.iter().all(|it| it["sha256"] == digest(before.as_bytes())));
}
