//! What the servers' command lines have in common: `serve` (the default), `healthcheck`, `config`.

mod healthcheck;
mod schema;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{Args, CommandFactory, Parser, Subcommand};
use serde::Serialize;

use crate::run::StartError;

pub use healthcheck::http_healthcheck;

/// A server as a program. Its fields are its configuration.
pub trait Program: Args + Serialize + 'static {
    /// What a health check needs to know.
    type Health: Args;

    /// Serves until it is told to stop.
    fn serve(self) -> impl Future<Output = Result<(), StartError>>;

    /// Succeeds if the running server is healthy.
    fn healthcheck(health: Self::Health) -> impl Future<Output = Result<(), StartError>>;
}

/// For a program without an address that could be asked: that it can be started is its health.
#[derive(Debug, Clone, Copy, Args)]
pub struct NoSettings {}

#[derive(Parser)]
#[command(
    version,
    about = None,
    after_help = "Settings are flags or environment variables: see `serve --help`."
)]
struct Cli<P: Program> {
    #[command(subcommand)]
    command: Command<P>,
}

#[derive(Subcommand)]
enum Command<P: Program> {
    /// Serve until SIGTERM (what happens without a subcommand)
    Serve(P),
    /// Exit with 0 if the server on this machine is healthy
    Healthcheck(P::Health),
    /// Print the configuration that `serve` would use, without its secrets
    Config(ConfigArgs),
}

#[derive(Args)]
struct ConfigArgs {
    /// Print a JSON Schema of all settings instead
    #[arg(long)]
    schema: bool,
}

/// Runs a program to its end. Exit codes: 0 after a shutdown that was asked for, 1 for a failed
/// health check, 2 for a configuration that cannot be served.
pub fn main<P: Program>() -> ExitCode {
    log_to_stderr();
    run::<P>(std::env::args_os().collect())
}

fn run<P: Program>(arguments: Vec<OsString>) -> ExitCode {
    let name = arguments.first().cloned().unwrap_or_default();
    let command = match parse::<Cli<P>>(with_default_command(arguments)) {
        Ok(cli) => cli.command,
        Err(error) => return usage(&error),
    };
    match command {
        Command::Serve(program) => {
            let served =
                refuse_what_would_be_ignored::<P>().and_then(|()| block_on(program.serve()));
            finish(served, ExitCode::from(2))
        }
        Command::Healthcheck(health) => finish(block_on(P::healthcheck(health)), ExitCode::FAILURE),
        Command::Config(ConfigArgs { schema: true }) => print(&schema::of(&Cli::<P>::command())),
        Command::Config(ConfigArgs { schema: false }) => {
            // The same settings as `serve`, and the same complaints.
            match parse::<Cli<P>>(vec![name, "serve".into()]) {
                Ok(Cli {
                    command: Command::Serve(program),
                }) => print(&program),
                Ok(_) => ExitCode::from(2),
                Err(error) => usage(&error),
            }
        }
    }
}

/// Who sets one of these counts on it, so a program that has no such setting does not start.
fn refuse_what_would_be_ignored<P: Program>() -> Result<(), StartError> {
    const COUNTED_ON: [&str; 2] = ["TRUSTED_HOPS", "AUDIT_LOG"];
    let cli = Cli::<P>::command();
    let serve = cli.find_subcommand("serve");
    let is_ignored = |name: &&str| {
        let mut settings = serve.into_iter().flat_map(clap::Command::get_arguments);
        is_set(name) && !settings.any(|it| it.get_env() == Some(name.as_ref()))
    };
    match COUNTED_ON.into_iter().find(is_ignored) {
        Some(name) => Err(StartError::NoSuchSetting(name)),
        None => Ok(()),
    }
}

/// Reads settings from flags and the environment.
///
/// # Errors
/// What clap prints for settings that are missing or wrong, and for `--help`.
pub fn parse<P: Parser>(arguments: Vec<OsString>) -> Result<P, clap::Error> {
    let command = P::command()
        .mut_args(without_empty_variable)
        .mut_subcommands(|command| command.mut_args(without_empty_variable));
    P::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// An environment variable that is empty counts as unset: that is what templates leave of a value that
/// nobody filled in. A flag that is empty is a mistake.
fn without_empty_variable(argument: clap::Arg) -> clap::Arg {
    match argument.get_env() {
        Some(name) if !is_set(name) => argument.env(Resettable::Reset),
        _ => argument,
    }
}

/// Whether an environment variable has a value.
pub(crate) fn is_set(name: impl AsRef<std::ffi::OsStr>) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// `weather-http --port 1` means `weather-http serve --port 1`.
fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).and_then(|first| first.to_str());
    let is_setting = first.is_some_and(|first| {
        first.starts_with('-') && !matches!(first, "-h" | "--help" | "-V" | "--version")
    });
    if arguments.len() <= 1 || is_setting {
        arguments.insert(arguments.len().min(1), "serve".into());
    }
    arguments
}

/// Logs go to stderr, since stdout belongs to a protocol or to another program; `RUST_LOG` selects.
/// Without it: `info`, but not that of rmcp, which has several lines for each request. What is no
/// filter in it is named there and left out. Whoever reads may go away: that ends no request.
pub fn log_to_stderr() {
    let filter = std::env::var("RUST_LOG").ok().filter(|it| !it.is_empty());
    let filter = filter.unwrap_or_else(|| "info,rmcp=warn".to_owned());
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
    tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
}

/// Runs a future on a runtime with a thread per core.
pub fn block_on(work: impl Future<Output = Result<(), StartError>>) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(StartError::Runtime)?.block_on(work)
}

/// Ends with `failure` after a sentence on stderr, or with 0.
pub fn finish(outcome: Result<(), StartError>, failure: ExitCode) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if stderr is closed too.
            let _ = writeln!(io::stderr(), "error: {error}");
            failure
        }
    }
}

/// Prints what is wrong with the settings, or the help that was asked for.
pub fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn print(value: &impl Serialize) -> ExitCode {
    let mut out = io::stdout().lock();
    let written = serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from);
    match written.and_then(|()| writeln!(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
