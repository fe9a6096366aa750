//! The stories of the default world, and the main job, with the real Kubernetes, Cluster API, providers for Talos and
//! Argo CD below: the very tests that the stand-ins pass.

use super::Engines;
use crate::recordings;
use crate::stories::{self, on_real_engines};

/// Each is a test of its own, so that a log names what passed.
macro_rules! on_the_real_thing {
    ($($test:ident),* $(,)?) => {$(
        #[test]
        #[ignore = "on real engines; .ci/engines runs it"]
        fn $test() {
            on_real_engines(stories::$test);
        }
    )*};
}

on_the_real_thing! {
    steady_is_calm,
    rolling_upgrade_raises_no_alarm,
    worker_rollout_raises_no_alarm,
    cacppt_deadlock_is_named_and_proven,
    pdb_blocks_drain_names_the_pod_and_its_budget,
    apiserver_down_is_told_once_and_over_again,
    git_behind_says_what_others_pushed,
    argo_sync_failed_names_the_field_that_may_not_change,
    out_of_band_change_is_live_and_tofu_takes_the_rule_back,
}

#[test]
#[ignore = "on real engines; .ci/engines runs it"]
fn an_edit_is_committed_pushed_and_followed_until_it_is_verified() {
    let engines = Engines::for_a_world();
    recordings::play("rolling-upgrade", &["--engines", &engines.dir().to_string_lossy()]);
}
