//! SOPS-encrypted secrets: well formed, invented, and nothing is inside.

use super::Template;
use super::platform::Platform;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::fmt::Write as _;

const RECIPIENTS: [&str; 2] = [
    "age1q8m5zt0h4xw2u6rj9d3kcy7vfpn5s4e8al2gtx6wq9r0m3jhdkuspzv7c4",
    "age1x7ktf2yd0sv9m4cj6q3nwzp8ra5u0lhe2g7tx4kq6d9y3mwvjhrs8f5pz0",
];

/// The folder `secrets/` and the secret of every application that has one.
pub(super) fn templates(seed: u64, platform: &Platform) -> Vec<Template> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x0005_ec2e_7500);
    let mut all = vec![
        secret(&mut random, "secrets/hetzner.sops.yaml", "default", "hetzner", &[("hcloud", 64)], 2),
        secret(
            &mut random,
            "secrets/argocd-repository.sops.yaml",
            "argocd",
            "lighthouse-repository",
            &[("url", 40), ("username", 8), ("password", 40)],
            2,
        ),
    ];
    for app in &platform.apps {
        if let Some(name) = &app.secret {
            let path = format!("{}/{name}.sops.yaml", app.folder());
            let keys: &[(&str, usize)] = match name.as_str() {
                "hydra-dsn" | "kratos-dsn" => &[("dsn", 71), ("secretsSystem", 32)],
                "postgres-superuser" => &[("username", 8), ("password", 32)],
                "velero-credentials" => &[("cloud", 118)],
                "grafana-oauth" => &[("client_id", 12), ("client_secret", 40)],
                "alertmanager-receivers" => &[("slack_url", 78), ("opsgenie_key", 36)],
                _ => &[("token", 64)],
            };
            all.push(secret(&mut random, &path, &app.namespace, name, keys, 1));
        }
    }
    all
}

fn secret(
    random: &mut StdRng,
    path: &str,
    namespace: &str,
    name: &str,
    keys: &[(&str, usize)],
    readers: usize,
) -> Template {
    let mut text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n    name: {name}\n    namespace: {namespace}\ntype: Opaque\nstringData:\n"
    );
    for (key, length) in keys {
        let _ = writeln!(text, "    {key}: {}", encrypted(random, *length));
    }
    text.push_str("sops:\n    age:\n");
    for recipient in RECIPIENTS.iter().take(readers) {
        let body = base64(random, 200);
        let lines = body
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join("\n            ");
        let _ = write!(
            text,
            "        - recipient: {recipient}\n          enc: |\n            -----BEGIN AGE ENCRYPTED FILE-----\n            {lines}\n            -----END AGE ENCRYPTED FILE-----\n"
        );
    }
    let (month, day, hour, minute) = (
        random.random_range(3..=10),
        random.random_range(1..=28),
        random.random_range(8..18),
        random.random_range(0..60),
    );
    let _ = write!(
        text,
        "    lastmodified: \"%{{year}}-{month:02}-{day:02}T{hour:02}:{minute:02}:17Z\"\n    mac: {}\n    encrypted_regex: ^(data|stringData)$\n    version: 3.10.2\n",
        encrypted(random, 128)
    );
    Template { path: path.into(), text }
}

fn encrypted(random: &mut StdRng, length: usize) -> String {
    format!(
        "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]",
        base64(random, length),
        base64(random, 32),
        base64(random, 16)
    )
}

fn base64(random: &mut StdRng, length: usize) -> String {
    let bytes: Vec<u8> = (0..length).map(|_| random.random()).collect();
    STANDARD.encode(bytes)
}
