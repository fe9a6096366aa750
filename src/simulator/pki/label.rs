//! Talos writes its Ed25519 keys under a label of its own, which other readers of PEM do not know.

const OURS: &str = "-----BEGIN PRIVATE KEY-----";
const OURS_END: &str = "-----END PRIVATE KEY-----";
const TALOS: &str = "-----BEGIN ED25519 PRIVATE KEY-----";
const TALOS_END: &str = "-----END ED25519 PRIVATE KEY-----";

/// The same key under the label that everybody reads.
pub fn as_pkcs8(key_pem: &str) -> String {
    key_pem.replace(TALOS, OURS).replace(TALOS_END, OURS_END)
}

/// The same key under the label of talosconfigs and machine configs.
pub fn as_talos(key_pem: &str) -> String {
    key_pem.replace(OURS, TALOS).replace(OURS_END, TALOS_END)
}
