//! `meta-sim`: serves the stand-in for Meta until it is told to stop.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use meta_sim::{Sim, Start};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A stand-in for Meta: Graph API, login dialogs and webhooks on this machine.
#[derive(Debug, Parser)]
#[command(name = "meta-sim", version)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// What it knows at the start.
    #[arg(long, value_enum, default_value = "default")]
    world: WorldName,
    /// Time its clock shows at the start, in Unix milliseconds.
    #[arg(long)]
    now: Option<i64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WorldName {
    /// Apps, logins, Pages, Instagram accounts and customers.
    Default,
    /// Nothing.
    Empty,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let start = match arguments.world {
        WorldName::Default => Start::DefaultWorld,
        WorldName::Empty => Start::EmptyWorld,
    };
    match run(&arguments, start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "meta-sim: cannot serve on {}: {error}", arguments.listen));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments, start: Start) -> std::io::Result<()> {
    let listener = TcpListener::bind(&arguments.listen).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // One line for the program that started it; flushed, because its output is a pipe then.
    let mut out = std::io::stdout();
    writeln!(out, "{{\"listening\":\"http://{}\"}}", listener.local_addr()?)?;
    out.flush()?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Sim::new(start, arguments.now).serve(listener, stop).await
}
