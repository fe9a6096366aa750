//! Each machine of a world needs a socket; where the system lets us have more of them, ask for more.

/// Enough for some thousands of machines and whoever connects to them.
#[cfg(unix)]
const WANTED: u64 = 32_768;

/// Raise the soft limit of open files as far as the hard one allows. A world of a few machines needs none of it, so
/// that a refusal is no error.
pub fn allow_many() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(WANTED, |hard| hard.min(WANTED));
        if limit.current.is_some_and(|now| now < wanted) {
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum });
        }
    }
}
