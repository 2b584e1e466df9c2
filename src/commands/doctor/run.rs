//! `mh-hook doctor`: the checks in order, and the exit code.

use std::net::SocketAddr;

use clap::Args;

use crate::commands::doctor::configuration::configuration;
use crate::commands::doctor::render::DoctorSummary;
use crate::commands::shared::context::{Context, block_on, interrupt};
use crate::commands::shared::defaults::DEFAULT_PORT;
use crate::commands::shared::journal_args::JournalFile;
use crate::commands::shared::tls_args::TlsArgs;
use crate::commands::shared::value_parsers;
use crate::engine::doctor::check::DoctorCheck;
use crate::engine::doctor::{machine, network, reach};
use crate::engine::tunnel::agent::AgentHost;
use crate::error::{Error, Exit};
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;
use crate::output::{OutputError, Printer};
use crate::store::secrets::development_secret::generate;
use crate::store::settings::KeySources;
use crate::store::settings::SetBy;

/// Check the installation: settings, secret, journal, port, tunnels
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  mh-hook doctor
      look at this machine's set-up
  mh-hook doctor --format json
      the same as a record for each check")]
pub struct DoctorArgs {
    /// Port that `listen` would use
    #[arg(long, add = SetBy::Project, default_value_t = DEFAULT_PORT, value_parser = value_parsers::port)]
    port: u16,
    /// Handler that has to answer
    #[arg(long, add = SetBy::User, value_name = "URL")]
    forward: Option<String>,
    /// Public URL that has to lead to the port
    #[arg(long, add = SetBy::User, value_name = "URL")]
    public_url: Option<String>,
    /// Local API of a tunnel agent that runs, if it is not at its usual port
    #[arg(long, add = SetBy::User, value_name = "ADDR:PORT", value_parser = value_parsers::socket_address)]
    tunnel_api: Option<SocketAddr>,
    /// Ask Magic Hour for the account, which costs nothing
    #[arg(long, add = SetBy::CommandLine)]
    live: bool,
    #[command(flatten)]
    journal: JournalFile,
    #[command(flatten)]
    tls: TlsArgs,
}

/// Looks, and prints each check as it is done.
///
/// # Errors
///
/// When a URL is none, or output cannot be written.
pub fn run(args: &DoctorArgs, context: &Context) -> Result<Exit, Error> {
    args.tls.require_readable()?;
    let target = |url: &Option<String>| url.as_deref().map(str::parse::<Target>).transpose();
    let (forward, public) = (target(&args.forward)?, target(&args.public_url)?);
    block_on(async {
        let mut interrupt = interrupt()?;
        let mut checks = Vec::new();
        tokio::select! {
            looked = look(args, (forward, public), context, &mut checks) => looked?,
            () = interrupt.heard() => return Ok(Exit::Interrupted),
        }
        let summary = DoctorSummary::of(&checks);
        Printer::new(&context.streams).print(&summary).or_else(OutputError::unless_closed)?;
        Ok(if summary.has_bad() { Exit::No } else { Exit::Done })
    })?
}

async fn look(
    args: &DoctorArgs,
    (forward, public): (Option<Target>, Option<Target>),
    context: &Context,
    checks: &mut Vec<DoctorCheck>,
) -> Result<(), Error> {
    let printer = Printer::new(&context.streams);
    let mut add = |more: Vec<DoctorCheck>| -> Result<(), Error> {
        for check in more {
            // A reader that stopped can still ask for the exit code.
            printer.print(&check).or_else(OutputError::unless_closed)?;
            checks.push(check);
        }
        Ok(())
    };
    let (tls, tasks) = (args.tls.options(), Shutdown::new());
    add(configuration(context))?;
    add(vec![machine::data_directory(&context.directories)])?;
    if let Some(path) = args.journal.place(context) {
        add(vec![machine::journal(&path)])?;
    }
    add(vec![machine::port(args.port).await])?;
    if let Some(handler) = &forward {
        add(network::handler(handler, &tls, &tasks, context.clock.now()).await)?;
    }
    let guardian = std::env::current_exe().map_err(|source| Error::System { task: "find this program", source })?;
    let host = AgentHost { guardian, environment: context.environment.clone(), tasks: tasks.clone() };
    add(vec![network::tunnel_programs(&host).await])?;
    add(vec![network::running_agents(args.tunnel_api, args.port, &tasks).await])?;
    if let Some(url) = &public {
        add(vec![reach::public_url(url, args.port, generate()?, &tls, &context.clock).await])?;
    }
    add(vec![machine::completions(&context.environment)])?;
    if args.live {
        let access = context.settings.api_access(KeySources::ConfiguredOrOfficialCli).ok().flatten();
        add(match &access {
            Some(access) => network::account(access, &tls, context.clock.now()).await,
            None => vec![DoctorCheck::bad("account", "no API key to ask with", "set MAGIC_HOUR_API_KEY")],
        })?;
    }
    tasks.drained().await;
    Ok(())
}
