//! The program: `plan` and `apply` in a folder, with tofu's own options, as far as they are known here.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::TofuError;
use super::difference::{Step, steps};
use super::wanted::read;
use crate::providers::caph::Hcloud;

const USAGE: &str = "\
The stand-in for tofu of Pilothouse's simulated worlds. It does a part of what OpenTofu does with the provider
hetznercloud/hcloud, and refuses the rest.

  tofu [-chdir=DIR] plan
  tofu [-chdir=DIR] apply -auto-approve
  tofu [-chdir=DIR] init | validate | version

HCLOUD_TOKEN opens the project at HCLOUD_ENDPOINT.
";
/// How it names itself to the API.
const AGENT: &str = concat!("OpenTofu-stand-in/", env!("CARGO_PKG_VERSION"));

/// Run it with these arguments, the program's name not among them. The answer is its exit code: 0, or 1 and the reason
/// on `stderr`.
pub fn run(arguments: &[String], stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    // Where nothing can be written there is nobody to tell.
    match answer(arguments) {
        Ok(text) => {
            let _ = stdout.write_all(text.as_bytes());
            0
        }
        Err(why) => {
            let _ = writeln!(stderr, "tofu (stand-in): {why}");
            1
        }
    }
}

fn answer(arguments: &[String]) -> Result<String, TofuError> {
    let mut folder = ".";
    let (mut asked, mut approved) = (None, false);
    for word in arguments {
        match word.trim_start_matches('-') {
            _ if !word.starts_with('-') && asked.is_none() => asked = Some(word.as_str()),
            "version" | "help" => asked = Some(word.trim_start_matches('-')),
            "auto-approve" => approved = true,
            "no-color" | "input=false" => {}
            other => match other.strip_prefix("chdir=") {
                Some(dir) => folder = dir,
                None => return Err(TofuError::Asked(format!("{word}: this is not known here"))),
            },
        }
    }
    match asked {
        None | Some("help") => Ok(USAGE.to_owned()),
        Some("version") => Ok(format!(
            "tofu stand-in of pilothouse {}: a part of OpenTofu, for simulated worlds\n",
            env!("CARGO_PKG_VERSION")
        )),
        Some("init") => Ok("Nothing to fetch: the stand-in is its own provider.\n".to_owned()),
        Some("validate") => {
            read(&files(folder)?)?;
            Ok("Success! The configuration is valid.\n".to_owned())
        }
        Some("apply") if !approved => {
            Err(TofuError::Asked("apply asks nobody here: give -auto-approve, after a plan".to_owned()))
        }
        Some(asked @ ("plan" | "apply")) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|it| TofuError::Asked(it.to_string()))?;
            runtime.block_on(work(folder, asked == "apply"))
        }
        Some(other) => Err(TofuError::Asked(format!("{other}: only plan and apply are known here"))),
    }
}

/// The files of a folder by their paths.
fn files(folder: &str) -> Result<BTreeMap<String, String>, TofuError> {
    let at = |file: &Path| {
        let file = file.display().to_string();
        move |source| TofuError::Unreadable { file, source }
    };
    let folder = Path::new(folder);
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.extension().is_some_and(|it| it == "tf") {
            let text = std::fs::read_to_string(&path).map_err(at(&path))?;
            found.insert(path.display().to_string(), text);
        }
    }
    Ok(found)
}

async fn work(folder: &str, apply: bool) -> Result<String, TofuError> {
    let wanted = read(&files(folder)?)?;
    let variable = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let missing = |name: &str| TofuError::Asked(format!("{name} is not set"));
    let token = variable("HCLOUD_TOKEN").ok_or_else(|| missing("HCLOUD_TOKEN"))?;
    // There is a world to talk to, or nothing: the real project is never meant.
    let endpoint = variable("HCLOUD_ENDPOINT").ok_or_else(|| missing("HCLOUD_ENDPOINT"))?;
    let cloud = Hcloud::new(&endpoint, &token, AGENT);
    let steps = steps(&wanted, &cloud).await?;
    let mut text = told(&steps);
    if apply {
        for step in &steps {
            step.take(&cloud).await?;
        }
        let made = steps.iter().filter(|it| it.makes).count();
        text.push_str(&format!(
            "\nApply complete! Resources: {made} added, {} changed, 0 destroyed.\n",
            steps.len() - made
        ));
    }
    Ok(text)
}

fn told(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "No changes. Your infrastructure matches the configuration.\n".to_owned();
    }
    let mut text = String::new();
    for step in steps {
        let how = if step.makes { "created" } else { "updated in-place" };
        text.push_str(&format!("  # {} will be {how}\n", step.resource));
        for line in &step.told {
            text.push_str(&format!("    {line}\n"));
        }
        text.push('\n');
    }
    let made = steps.iter().filter(|it| it.makes).count();
    text.push_str(&format!("Plan: {made} to add, {} to change, 0 to destroy.\n", steps.len() - made));
    text
}
