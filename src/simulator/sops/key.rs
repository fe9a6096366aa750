//! An age key: 32 bytes that are spelled in Bech32.

use super::SopsError;
use bech32::{Bech32, Hrp};
use rand::Rng as _;
use x25519_dalek::{PublicKey, StaticSecret};

const SECRET: &str = "age-secret-key-";
const PUBLIC: &str = "age";

/// Who may open what was sealed for it. Not printable on purpose.
pub(crate) struct Identity {
    pub(super) secret: StaticSecret,
    pub(super) public: PublicKey,
}

impl Identity {
    /// A new one.
    pub fn generate() -> Self {
        Self::of(rand::rng().random())
    }

    fn of(bytes: [u8; 32]) -> Self {
        let secret = StaticSecret::from(bytes);
        Self { public: PublicKey::from(&secret), secret }
    }

    /// Every identity of a key file: one in a line, comments begin with `#`.
    pub fn read(file: &str) -> Result<Vec<Self>, SopsError> {
        let lines = file.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
        let all: Vec<Self> = lines.map(Self::parse).collect::<Result<_, _>>()?;
        if all.is_empty() { Err(SopsError::Identity("the key file holds none")) } else { Ok(all) }
    }

    fn parse(line: &str) -> Result<Self, SopsError> {
        let (name, bytes) = bech32::decode(line).map_err(|_| SopsError::Identity("a line is not Bech32"))?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| SopsError::Identity("a key is not 32 bytes"))?;
        if name.to_lowercase() != SECRET {
            return Err(SopsError::Identity("a line is no AGE-SECRET-KEY-1…"));
        }
        Ok(Self::of(bytes))
    }

    /// The name for whoever seals something: `age1…`.
    pub fn recipient(&self) -> String {
        spelled(PUBLIC, self.public.as_bytes())
    }

    /// As `age-keygen` writes it.
    pub fn file(&self, created: &str) -> String {
        let secret = spelled(SECRET, self.secret.as_bytes()).to_uppercase();
        format!("# created: {created}\n# public key: {}\n{secret}\n", self.recipient())
    }
}

fn spelled(name: &str, bytes: &[u8]) -> String {
    // Neither name nor length is out of Bech32's bounds.
    let spelled = Hrp::parse(name).ok().and_then(|name| bech32::encode::<Bech32>(name, bytes).ok());
    spelled.unwrap_or_default()
}
