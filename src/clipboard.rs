//! Copying: the terminal is asked by OSC 52, which works over ssh, and a local clipboard program where there is one.

use std::env;
use std::io::Write;
use std::process::{Command, Stdio};

/// More than this a terminal would cut or refuse.
const LARGEST: usize = 74_994;

/// The escape sequence that puts `text` on the clipboard; none where it is too long.
pub fn sequence(text: &str) -> Option<Vec<u8>> {
    let coded = base64(text.as_bytes());
    if coded.len() > LARGEST {
        return None;
    }
    let plain = format!("\x1b]52;c;{coded}\x07");
    // Inside tmux the sequence is wrapped, so that tmux passes it on.
    Some(match env::var_os("TMUX") {
        Some(_) => format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")).into_bytes(),
        None => plain.into_bytes(),
    })
}

/// Give `text` to a clipboard program of this machine as well. One that is missing is no error.
pub fn native(text: String) {
    let program: &[&str] = if env::var_os("WAYLAND_DISPLAY").is_some() {
        &["wl-copy"]
    } else if env::var_os("DISPLAY").is_some() {
        &["xclip", "-selection", "clipboard"]
    } else if cfg!(target_os = "macos") {
        &["pbcopy"]
    } else {
        return;
    };
    std::thread::spawn(move || {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Ok(mut child) = command.spawn() {
            if let Some(mut stdin) = child.stdin.take() {
                let _ = stdin.write_all(text.as_bytes());
            }
            let _ = child.wait();
        }
    });
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word =
            three.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_coded() {
        assert_eq!(
            [&b""[..], b"f", b"fo", b"foo", b"foob"].map(base64),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
    }
}
