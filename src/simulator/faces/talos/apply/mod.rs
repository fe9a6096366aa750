//! `ApplyConfiguration`, as Talos 1.13 and 1.14 do it: strict about what it reads, exact about what takes effect when.

mod compare;
mod strict;

use crate::world::{Lock, MachineConfig, Node, kind, life};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use wire::machine as w;
use wire::machine::apply_configuration_request::Mode;

/// How long a config is tried where the request does not say.
const TRY: Duration = Duration::from_secs(60);

/// Somebody tries a config; the answer is why the node does not take it.
pub fn try_config(node: &Arc<Node>, text: &str, span: Duration) -> Result<(), String> {
    let asked = w::ApplyConfigurationRequest {
        data: text.as_bytes().to_vec(),
        mode: Mode::Try.into(),
        dry_run: false,
        try_mode_timeout: prost_types::Duration::try_from(span).ok(),
    };
    apply(node, asked).map(drop).map_err(|status| status.message().to_owned())
}

/// Somebody edits the config, without a reboot; the answer is why the node does not take it.
pub fn edit_config(node: &Arc<Node>, text: &str) -> Result<(), String> {
    let asked = w::ApplyConfigurationRequest {
        data: text.as_bytes().to_vec(),
        mode: Mode::NoReboot.into(),
        dry_run: false,
        try_mode_timeout: None,
    };
    apply(node, asked).map(drop).map_err(|status| status.message().to_owned())
}

pub fn apply(node: &Arc<Node>, asked: w::ApplyConfigurationRequest) -> Result<w::ApplyConfiguration, Status> {
    let asked_mode = asked.mode();
    let new_rules = node.talos_minor() >= 14;
    // Any other mode keeps the config that is being tried, and does so before it looks at dry_run.
    if asked_mode != Mode::Try
        && let Some(trying) = node.state.held().trying.take()
    {
        trying.cancel();
    }
    let text = String::from_utf8(asked.data).map_err(|_| Status::invalid_argument("yaml: invalid UTF-8"))?;
    strict::check(&text, node.talos_minor()).map_err(Status::invalid_argument)?;
    let config = MachineConfig::read(&text).map_err(|why| Status::invalid_argument(why.to_string()))?;
    // What nobody has asked for yet has its age from the boot on, not from what is changed now.
    if let Some(kind) = kind("MachineConfigs.config.talos.dev") {
        node.resources.list(node, kind);
    }
    let active = node.config();
    if config.role != active.role {
        let text =
            format!("cannot change the machine type from {} to {}", active.role.word(), config.role.word());
        return Err(Status::invalid_argument(text));
    }
    let later = compare::outside_immediate(&active.text, &config.text);
    let mode = match asked_mode {
        Mode::Reboot if new_rules => return Err(Status::unimplemented("apply mode REBOOT is not supported")),
        Mode::Auto if new_rules || later.is_empty() => Mode::NoReboot,
        Mode::Auto => Mode::Reboot,
        Mode::NoReboot | Mode::Try if !new_rules && !later.is_empty() => {
            let diff = compare::diff(&active.text, &config.text);
            let text = format!("this config change can't be applied in immediate mode\ndiff: {diff}");
            return Err(Status::invalid_argument(text));
        }
        mode => mode,
    };
    let span = asked.try_mode_timeout.and_then(|it| Duration::try_from(it).ok()).filter(|it| !it.is_zero());
    let span = span.unwrap_or(TRY);
    let details = match mode {
        Mode::Reboot => "Applied configuration with a reboot".to_owned(),
        Mode::NoReboot | Mode::Auto => "Applied configuration without a reboot".to_owned(),
        Mode::Staged => "Staged configuration to be applied after the next reboot".to_owned(),
        Mode::Try => format!(
            "Applied configuration without a reboot\nThe config is applied in 'try' mode and will be automatically reverted back in {}s",
            span.as_secs()
        ),
    };
    if asked.dry_run {
        let diff = compare::diff(&active.text, &config.text);
        let diff = if diff.is_empty() { "No changes.".to_owned() } else { diff };
        let mode_details =
            format!("Dry run summary:\n{details} (skipped in dry-run).\nConfig diff:\n\n{diff}");
        return Ok(w::ApplyConfiguration {
            metadata: None,
            warnings: Vec::new(),
            mode: mode.into(),
            mode_details,
        });
    }
    take_effect(node, Arc::new(config), mode, span);
    Ok(w::ApplyConfiguration {
        metadata: None,
        warnings: Vec::new(),
        mode: mode.into(),
        mode_details: details,
    })
}

fn take_effect(node: &Arc<Node>, config: Arc<MachineConfig>, mode: Mode, span: Duration) {
    match mode {
        Mode::Try => {
            let token = CancellationToken::new();
            let before = {
                let mut state = node.state.held();
                // A second try goes back to the first one: nothing leads further back any more.
                if let Some(first) = state.trying.replace(token.clone()) {
                    first.cancel();
                }
                std::mem::replace(&mut state.active, config)
            };
            node.say("configuration is being tried");
            life::reconfigured(node, &before);
            node.refresh();
            let node = node.clone();
            tokio::spawn(async move {
                let over = token.run_until_cancelled(node.clock.sleep(span)).await.is_some();
                if over {
                    let mut tried = before.clone();
                    node.change(|state| {
                        if token.is_cancelled() {
                            return;
                        }
                        tried = std::mem::replace(&mut state.active, before);
                        state.trying = None;
                    });
                    node.say("configuration reverted: the time to try it is over");
                    life::reconfigured(&node, &tried);
                }
            });
        }
        Mode::Staged => node.change(|state| state.persistent = config),
        Mode::NoReboot | Mode::Auto => {
            let mut before = config.clone();
            node.change(|state| {
                before = std::mem::replace(&mut state.active, config.clone());
                state.persistent = config;
            });
            life::reconfigured(node, &before);
        }
        Mode::Reboot => {
            node.change(|state| state.persistent = config);
            life::reboot(node);
        }
    }
}
