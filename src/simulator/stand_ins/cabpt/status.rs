//! The status of a TalosConfig, as conditions and fields.

use serde_json::{Value, json};

use crate::control::{Legacy, is_true, set_legacy};

/// The data secret is there.
pub(crate) fn ready(config: &mut Value, secret: &str, control_plane: bool, now: &str) {
    let generation = config["metadata"]["generation"].clone();
    let status = &mut config["status"];
    status["ready"] = json!(true);
    status["dataSecretName"] = json!(secret);
    status["observedGeneration"] = generation;
    set_legacy(&mut status["conditions"], &Legacy::yes("DataSecretAvailable"), now);
    if control_plane {
        set_legacy(&mut status["conditions"], &Legacy::yes("ClientConfigAvailable"), now);
    }
    set_legacy(&mut status["conditions"], &Legacy::yes("Ready"), now);
}

/// The data secret cannot be made yet.
pub(crate) fn waiting(config: &mut Value, severity: &'static str, reason: &str, message: &str, now: &str) {
    let status = &mut config["status"];
    if is_true(&status["conditions"], "DataSecretAvailable") {
        return;
    }
    status["ready"] = json!(false);
    set_legacy(&mut status["conditions"], &Legacy::no("DataSecretAvailable", severity, reason, message), now);
    set_legacy(&mut status["conditions"], &Legacy::no("Ready", severity, reason, message), now);
}
