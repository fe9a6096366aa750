//! The installer that a node is given: an image of the factory, named by the hash of what shall be in it.

use super::RenderError;
use serde::Deserialize;
use serde_yaml::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Schematic {
    #[serde(default)]
    customization: Customization,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Customization {
    #[serde(default)]
    extra_kernel_args: Vec<String>,
    #[serde(default)]
    system_extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Extensions {
    #[serde(default)]
    official_extensions: Vec<String>,
}

/// The installer's image without its tag.
pub fn installer(file: &str, at: &str, schematic: Option<&Value>) -> Result<String, RenderError> {
    let schematic: Schematic = match schematic {
        Some(value) => serde_yaml::from_value(value.clone())
            .map_err(|why| RenderError::refused(file, at, why.to_string()))?,
        None => Schematic::default(),
    };
    let id = Sha256::digest(spelled(&schematic.customization));
    let id = id.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    Ok(format!("factory.talos.dev/metal-installer/{id}"))
}

/// The factory's own spelling, of which it takes the hash.
fn spelled(it: &Customization) -> String {
    let (args, extensions) = (&it.extra_kernel_args, &it.system_extensions.official_extensions);
    if args.is_empty() && extensions.is_empty() {
        return "customization: {}\n".into();
    }
    let mut text = "customization:\n".to_owned();
    if !args.is_empty() {
        text.push_str("    extraKernelArgs:\n");
        for it in args {
            let _ = writeln!(text, "        - {it}");
        }
    }
    if !extensions.is_empty() {
        text.push_str("    systemExtensions:\n        officialExtensions:\n");
        for it in extensions {
            let _ = writeln!(text, "            - {it}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_for_is_the_schematic_that_everybody_knows() {
        assert_eq!(
            installer("f", "schematic", None).unwrap(),
            "factory.talos.dev/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"
        );
    }

    #[test]
    fn an_overlay_is_refused_by_name() {
        let asked: Value = serde_yaml::from_str("overlay: {name: rpi}").unwrap();
        let refused =
            installer("talconfig.yaml", "nodes[0].schematic", Some(&asked)).unwrap_err().to_string();
        assert!(refused.contains("nodes[0].schematic") && refused.contains("overlay"), "{refused}");
    }
}
