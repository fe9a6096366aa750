//! The talosconfig as users have it, and as they have broken it.

use super::*;

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN ED25519 PRIVATE KEY-----\nc2VjcmV0\n-----END ED25519 PRIVATE KEY-----\n";

fn config(endpoints: &str) -> String {
    let (ca, crt, key) = (base64(&CERTIFICATE.repeat(2)), base64(CERTIFICATE), base64(KEY));
    format!(
        "context: home\ncontexts:\n  home:\n    endpoints: {endpoints}\n    nodes: [10.0.0.2]\n    ca: {ca}\n    \
         crt: {crt}\n    key: {key}\n    proxy-url: http://x\n    some-new-key: {{a: 1}}\n  other: {{}}\n"
    )
}

#[test]
fn a_context_is_read_with_its_endpoints_and_a_key_that_tls_knows() {
    let read =
        parse("f", &config("[10.0.0.1, 'cp.example:6443', 'https://omni.example', '[fd00::1]']"), None)
            .unwrap();
    let at = |host: &str, port| Authority { host: host.into(), port };
    assert_eq!(
        read.endpoints,
        [at("10.0.0.1", 50_000), at("cp.example", 6_443), at("omni.example", 443), at("fd00::1", 50_000)]
    );
    assert_eq!(read.nodes, ["10.0.0.2"]);
    assert_eq!(read.ca.matches("BEGIN CERTIFICATE").count(), 2);
    let key = read.identity.clone().unwrap().key;
    assert!(key.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"), "relabelled");
    assert!(!format!("{read:?}").contains("c2VjcmV0"), "a key does not print");
}

#[test]
fn what_is_wrong_names_the_file_and_the_field_and_never_the_key() {
    let says = |text: &str, context: Option<&str>| parse("t.yaml", text, context).unwrap_err().to_string();
    assert_eq!(says(&config("[a]"), Some("nope")), "t.yaml: there is no context `nope`; it has home, other");
    assert_eq!(
        says(&config("['ssh://x']"), None),
        "t.yaml: context `home`: endpoint `ssh://x` is no host, host:port or URL"
    );
    assert_eq!(
        says(&config("[a]").replace(&base64(KEY), "a~b"), None),
        "t.yaml: context `home`: `key` is not base64"
    );
    assert_eq!(
        says(&config("[a]").replace(&base64(KEY), &base64(CERTIFICATE)), None),
        "t.yaml: context `home`: `key` holds no PEM block `PRIVATE KEY`"
    );
    assert_eq!(says("contexts: {}", None), "t.yaml: not a talosconfig: it has no contexts");
    assert_eq!(
        says("context: [1]\nkey: c2VjcmV0", None),
        "t.yaml: not a talosconfig: line 1 is not what belongs there"
    );
    let broken = says(&format!("{}: [", config("[a]")), None);
    assert!(broken.starts_with("t.yaml: not a talosconfig") && !broken.contains(&base64(KEY)), "{broken}");
}

#[test]
fn it_is_looked_for_where_talosctl_looks() {
    let with = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        candidates(move |name| pairs.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone()))
    };
    let fallback = PathBuf::from("/var/run/secrets/talos.dev/config");
    assert_eq!(with(&[("HOME", "/h")]), [PathBuf::from("/h/.talos/config"), fallback.clone()]);
    assert_eq!(with(&[("HOME", "/h"), ("TALOS_HOME", "/t")]), [PathBuf::from("/t/config"), fallback]);
}

#[test]
fn roles_are_the_organisations_of_the_certificate() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "os:reader");
    let certificate = params.self_signed(&key).unwrap().pem();
    let (roles, ends) = leaf(&certificate);
    assert_eq!(roles, ["os:reader"]);
    assert!(ends.is_some());
    assert_eq!(leaf("nonsense"), (Vec::new(), None));
}
