//! The talosconfig that Cluster API's Talos provider keeps for a cluster, in a secret of the management cluster: used
//! where no talosconfig is configured.

use crate::Secret;
use crate::kubernetes::{Cluster, Trouble};
use crate::now::now;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Link, ObjectRef};
use serde::Deserialize;
use std::time::Instant;

/// A talosconfig that was read from a secret.
#[derive(Debug, Clone)]
pub(super) struct Lent {
    /// What a person knows it as: "secret default/k8s-talosconfig of the management cluster".
    pub name: String,
    pub text: Secret,
    pub since: Instant,
}

/// The one thing that is read of the secret.
#[derive(Deserialize)]
struct Body {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    talosconfig: Option<String>,
}

pub(super) fn nothing_found() -> Link {
    Link::NotConfigured { why: "no talosconfig was found; name one with --talosconfig".into() }
}

/// Read the talosconfig of `cluster`. The error says what there is instead, and why.
pub(super) async fn borrow(management: &Cluster, cluster: Option<&ObjectRef>) -> Result<Lent, Link> {
    let Some(cluster) = cluster else { return Err(nothing_found()) };
    // The second is what the control-plane provider calls it where it makes one of its own.
    let mut missing = None;
    for suffix in ["talosconfig", "cp-talosconfig"] {
        let (space, secret) = (&cluster.namespace, format!("{}-{suffix}", cluster.name));
        match management.read::<Body>(&format!("/api/v1/namespaces/{space}/secrets/{secret}")).await {
            Ok(body) => {
                let name = format!("secret {space}/{secret} of the management cluster");
                let text = body.data.and_then(|it| it.talosconfig).and_then(|it| decoded(&it));
                let unusable =
                    || Link::Degraded { since: now(), why: format!("{name}: it holds no talosconfig") };
                let text = text.ok_or_else(unusable)?;
                return Ok(Lent { name, text: Secret::new(text), since: Instant::now() });
            }
            Err(Trouble::Missing(_)) => {
                missing.get_or_insert(secret);
            }
            // What cannot be read may be what nobody shall see: nothing of it is told.
            Err(Trouble::Garbled(_)) => {
                return Err(refused(
                    &Trouble::Garbled("it is no secret".into()),
                    &format!("{space}/{secret}"),
                ));
            }
            Err(trouble) => return Err(refused(&trouble, &format!("{space}/{secret}"))),
        }
    }
    let why = format!(
        "no talosconfig was found, and Cluster API keeps none (there is no secret {}/{})",
        cluster.namespace,
        missing.unwrap_or_default()
    );
    Err(Link::NotConfigured { why })
}

fn refused(trouble: &Trouble, secret: &str) -> Link {
    let said = format!("no talosconfig was found, and secret {secret} cannot be read: {trouble}");
    match trouble.link(now()) {
        Link::Forbidden { .. } => Link::Forbidden { why: said },
        Link::NotConfigured { .. } => nothing_found(),
        _ => Link::Degraded { since: now(), why: said },
    }
}

fn decoded(base64: &str) -> Option<String> {
    let packed: String = base64.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(packed).ok()?).ok()
}
