//! ApplyConfiguration and what follows from it.

use super::*;
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
    let after = example.config("controlplane").replace("kubelet:v1.35.0", "kubelet:v1.35.2");
    admin.apply_configuration(asked(&after, Mode::Try, false)).await.unwrap();
    example
        .until("it is reverted", |world| {
            world.node("cp-1").is_some_and(|it| it.kubernetes_version == "v1.35.0")
        })
        .await;
}
