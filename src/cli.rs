//! The command line.

use backends::{Secret, Sources};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::time::Duration;

/// A cockpit for clusters that run Talos Linux, are declared in Git, and are rolled out by Cluster API.
///
/// Without options it finds the current contexts of kubeconfig and talosconfig and the repository around it.
#[derive(Debug, Parser)]
#[command(name = "pilothouse", version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub wires: Wires,
    #[command(flatten)]
    pub face: Face,
}

/// Where each source is.
#[derive(Debug, Clone, Args)]
pub struct Wires {
    /// Kubeconfig of the management cluster [default: $KUBECONFIG, then ~/.kube/config]
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Talosconfig [default: $TALOSCONFIG, then ~/.talos/config]
    #[arg(long, global = true, value_name = "FILE")]
    pub talosconfig: Option<PathBuf>,
    /// Context of the talosconfig [default: its current one]
    #[arg(long, global = true, value_name = "NAME")]
    pub talos_context: Option<String>,
    /// The repository that declares the cluster [default: the one around the working directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// The branch that the cluster follows [default: the remote's default branch]
    #[arg(long, global = true, value_name = "NAME")]
    pub branch: Option<String>,
    /// Token for Hetzner Cloud, to read with [default: the hcloud CLI's active context; none: the source is off]
    #[arg(
        long,
        global = true,
        env = "HCLOUD_TOKEN",
        hide_env_values = true,
        hide = true,
        value_name = "TOKEN"
    )]
    pub hcloud_token: Option<String>,
    /// Where Hetzner Cloud is asked
    #[arg(long, global = true, env = "HCLOUD_ENDPOINT", hide = true, value_name = "URL")]
    pub hcloud_endpoint: Option<String>,
    /// How often Hetzner Cloud is asked in an hour, at most [default: 60]
    #[arg(long, global = true, env = "PILOTHOUSE_HCLOUD_CALLS", hide = true, value_name = "N")]
    pub hcloud_calls: Option<u32>,
}

/// How the cockpit looks and behaves.
#[derive(Debug, Clone, Default, Args)]
pub struct Face {
    /// Theme: night, day, high-contrast, colour-blind, mono, or a file
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keys laid over the shipped ones: k9s, vim
    #[arg(long, global = true, value_name = "NAME")]
    pub keys: Option<String>,
    /// Draw with plain letters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Show the clock in UTC
    #[arg(long, global = true)]
    pub utc: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a simulated cluster on loopback and the cockpit on it
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// The stand-in for talhelper, as the worlds that need one start it
    #[cfg(feature = "demo")]
    #[command(hide = true, disable_help_flag = true, disable_version_flag = true)]
    DemoTalhelper {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// The stand-in for tofu, as the worlds that need one start it
    #[cfg(feature = "demo")]
    #[command(hide = true, disable_help_flag = true, disable_version_flag = true)]
    DemoTofu {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Print once what the cockpit would show; exit 0 healthy, 1 problems, 2 could not look
    Status {
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
        /// Go on looking, and print again whenever it changes; with -o json one document a line
        #[arg(short, long)]
        watch: bool,
    },
    /// Print where Git, the declared objects and what is live differ, and who says what; exit 0 printed, 2 could not look
    Drift {
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
        /// Exit 1 where something differs that does not pass by itself, and 2 where not everything could be compared
        #[arg(long)]
        exit_code: bool,
    },
    /// Print what a repository declares, and in which file and line: clusters, nodes, versions, deliveries, secrets. It
    /// needs no cluster and no remote; exit 0 told, 2 could not look
    Inspect {
        /// The repository, or a folder of it [default: --repo, else the one around the working directory]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// Make drafts as the cockpit would, and look at them, without a screen
    #[command(subcommand)]
    Edit(Edit),
    /// Commit every open draft as one change, on top of the remote's branch; exit 0 committed, 1 refused, 2 could not
    /// look
    Commit {
        /// The message; its first line is the title [default: what the drafts do]
        #[arg(short, long, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Push what is committed and not pushed; exit 0 pushed or offered, 1 refused or overtaken, 2 could not look
    Push {
        /// Push to a branch of its own and offer it as a pull request
        #[arg(long)]
        pr: bool,
    },
    /// Print drafts and what became of those that were committed; exit 0 printed, 2 could not look
    Changes {
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// Make a draft that takes back what a commit changed; exit 0 made, 1 refused, 2 could not look
    Revert {
        /// The first digits of a commit on the remote's branch, or the branch itself
        #[arg(value_name = "REV")]
        revision: String,
    },
    /// Print what a commit would do to each node whose config is rendered from the repository, and change nothing;
    /// exit 0 told, 1 a node cannot take it, 2 could not look
    Plan {
        /// The first digits of a commit, or the tracked branch
        #[arg(value_name = "REV")]
        revision: String,
        /// Only this node
        #[arg(long, value_name = "NAME")]
        node: Option<String>,
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// Put a published commit in force on nodes, one after another, with gates; exit 0 done, 1 refused or a gate
    /// failed, 2 could not look
    Apply(Apply),
    /// Print what was ordered from here and what became of it
    Ledger {
        #[command(subcommand)]
        question: Option<LedgerQuestion>,
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// Print every key and what it does
    Keys,
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Print the manual page
    Man,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Edit {
    /// Set one value of a YAML file and touch no other byte: as a draft on what the remote's branch says, or of the file
    /// as it is with --print; exit 0 done, 1 refused, 2 could not be read
    Set(SetOne),
    /// Print the open drafts, what they would change and what was checked of them; exit 0 all could be committed, 1 one
    /// could not, 2 could not look
    Show {
        /// How to print it
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
}

#[derive(Debug, Clone, Args)]
pub struct Apply {
    /// The first digits of a commit on the remote's branch, or the tracked branch itself
    #[arg(value_name = "REV")]
    pub revision: String,
    /// A node to apply it to; several are taken one after another, control planes first
    #[arg(long, required = true, value_name = "NAME")]
    pub node: Vec<String>,
    /// The typed name of a node, once for each that is a control plane, reboots, or is one of several; or the name of
    /// the cluster, for all of them
    #[arg(long, value_name = "NAME")]
    pub confirm: Vec<String>,
    /// How many workers at a time
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub width: usize,
    /// How long the pods of a node that reboots may take to go, as their budgets allow
    #[arg(long, default_value_t = domain::DRAIN_SECONDS, value_name = "SECONDS")]
    pub drain_timeout: u32,
    /// How long all gates must hold together before a node is taken to be well, less than 60 [default: 4]
    #[arg(long, value_parser = steady, value_name = "SECONDS")]
    pub steady: Option<Duration>,
}

/// Seconds, with a point where it is less than whole ones.
fn steady(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|it| Duration::try_from_secs_f64(it).ok());
    seconds.filter(|it| it.as_secs() < 60).ok_or_else(|| "it is a number of seconds, less than 60".into())
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum LedgerQuestion {
    /// See that every line is as it was written and follows the one before; exit 0 whole, 1 broken, 2 unreadable
    Verify,
}

#[derive(Debug, Clone, Args)]
pub struct SetOne {
    /// The file
    pub file: PathBuf,
    /// Keys joined by dots, a dot inside of a key as `\.`, items of lists as `[0]` or `[name=x]`; it may lead on into
    /// a text that is YAML itself, such as a patch
    pub path: String,
    /// The value; it gets the quotes of the old one, and quotes at all where it needs them
    #[arg(allow_hyphen_values = true)]
    pub value: String,
    /// Which document of the file: KIND, KIND/NAME or its number from 0 [default: the one that has the path]
    #[arg(long, value_name = "DOCUMENT")]
    pub document: Option<String>,
    /// Write the edited file to standard output, and make no draft
    #[arg(long)]
    pub print: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

/// The worlds there are.
#[cfg(feature = "demo")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoWorld {
    Default,
    Talhelper,
}

#[cfg(feature = "demo")]
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// List the stories and what they end in
    #[arg(long)]
    pub list: bool,
    /// Which world: Cluster API on Hetzner Cloud, or machines of one's own by talhelper
    #[arg(long, value_enum, default_value_t = DemoWorld::Default, value_name = "NAME")]
    pub world: DemoWorld,
    /// The course that the world takes
    #[arg(long, default_value = "steady", value_name = "NAME")]
    pub story: String,
    /// Run the world alone, and write its configuration to DIR
    #[arg(long, value_name = "DIR")]
    pub serve: Option<PathBuf>,
    /// End the world when the story ends
    #[arg(long)]
    pub once: bool,
    /// How much faster than life the world goes
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    pub speed: f64,
    /// Nodes in all [default: 6, or 5 in the world of talhelper]
    #[arg(long, value_name = "N")]
    pub nodes: Option<usize>,
    /// Pods in all, at least
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub pods: usize,
    /// Everything that looks random comes of this
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Stand on the real engines that `tests/engines/engines up --dir DIR` has started, instead of the stand-ins
    #[arg(long, value_name = "DIR")]
    pub engines: Option<PathBuf>,
    /// End the world when standard input ends: how a cockpit takes its world with it
    #[arg(long, hide = true)]
    pub until_eof: bool,
    /// Let the story begin when standard input says a line: what happens is seen from its beginning
    #[arg(long, hide = true, requires = "serve")]
    pub begin_on_line: bool,
}

impl Cli {
    /// What the command line and the environment say of the wires.
    pub fn sources(&self) -> Sources {
        let wires = &self.wires;
        Sources {
            kubeconfig: wires.kubeconfig.clone(),
            kube_context: wires.context.clone(),
            talosconfig: wires.talosconfig.clone(),
            talos_context: wires.talos_context.clone(),
            repository: wires.repo.clone(),
            branch: wires.branch.clone(),
            forge: None,
            hcloud_token: wires.hcloud_token.as_deref().filter(|it| !it.is_empty()).map(Secret::new),
            hcloud_endpoint: wires.hcloud_endpoint.clone(),
            hcloud_calls: wires.hcloud_calls,
            allowed_renderers: crate::settings::allowed_renderers(),
            state_dir: crate::settings::state_dir(),
            tools: None,
            age_key_file: None,
        }
    }
}
