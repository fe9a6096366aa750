//! The installer that a config names, and which Talos its image is of.

use super::documents::Documents;
use crate::render::MachineConfig;
use domain::Release;

/// An image that writes a Talos on a node's disk. It comes out of a config and out of nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installer {
    /// As the config names it.
    pub image: String,
    pub release: Release,
}

impl Installer {
    /// Of a config. The error says why no Talos can be told from it.
    pub(crate) fn of(config: MachineConfig) -> Result<Self, String> {
        Self::within(&Documents::read(config.text())?)
    }

    pub(crate) fn within(documents: &Documents) -> Result<Self, String> {
        let image = documents.word(&["machine", "install", "image"]).unwrap_or_default();
        if image.is_empty() {
            return Err("its config names no installer: it says nothing of another Talos".into());
        }
        let release = release(image).ok_or_else(|| {
            let image = crate::plain::plain(image);
            format!("the installer {image} names no version: whether it is another Talos is not known")
        })?;
        Ok(Self { image: image.to_owned(), release })
    }
}

/// `factory.talos.dev/metal-installer/<schematic>:v1.13.9`, and images of other places without a schematic.
fn release(image: &str) -> Option<Release> {
    if image.chars().any(|it| it.is_whitespace() || it.is_control()) {
        return None;
    }
    let named = image.split('@').next()?;
    let (path, tag) = named.rsplit_once(':')?;
    let numbers = tag.strip_prefix('v')?.split(['-', '+']).next()?;
    let version = numbers.split('.').count() == 3 && numbers.split('.').all(|it| it.parse::<u32>().is_ok());
    let last = path.rsplit('/').next()?;
    let schematic = last.len() == 64 && last.bytes().all(|it| it.is_ascii_hexdigit());
    version.then(|| Release { version: tag.to_owned(), schematic: schematic.then(|| last.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installers_image_tells_which_talos_it_is_of() {
        let id = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
        let of = |image: &str| release(image).map(|it| (it.version, it.schematic.is_some()));
        let factory = format!("factory.talos.dev/metal-installer/{id}:v1.13.9");
        assert_eq!(of(&factory), Some(("v1.13.9".into(), true)));
        assert_eq!(of(&format!("{factory}@sha256:{id}")), Some(("v1.13.9".into(), true)));
        assert_eq!(of("localhost:5000/installer:v1.14.0-rc.1"), Some(("v1.14.0-rc.1".into(), false)));
        for image in [
            "ghcr.io/siderolabs/installer",
            "a:5000/installer",
            "a/installer:latest",
            "a:v1.2.x",
            "a b:v1.2.3",
        ] {
            assert_eq!(of(image), None, "{image}");
        }
        let config = |text: &str| Installer::of(MachineConfig::of(text.as_bytes().to_vec()));
        assert_eq!(
            config(&format!("machine: {{install: {{image: '{factory}'}}}}\n")).unwrap().image,
            factory
        );
        assert!(config("machine: {type: worker}\n").unwrap_err().contains("names no installer"));
    }
}
