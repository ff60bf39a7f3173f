//! `farthing serve`

use std::net::SocketAddr;

use clap::Args;
use farthing_api::Receiving;
use farthing_application::{Farthing, Receiver};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::commands::Context;
use crate::commands::roles::Beside;
use crate::exit::{Status, UsageError};

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on [env: FARTHING_LISTEN; default: 127.0.0.1:7777]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Run no jobs here: `farthing scheduler` and `farthing worker` do elsewhere
    #[arg(long)]
    pub no_jobs: bool,
}

/// What the line that says where it serves adds about the console.
const CONSOLE: &str = if cfg!(feature = "console") { "console: /, " } else { "no console in this build, " };

/// Serves the API until it is told to stop.
pub async fn run(context: &Context, arguments: ServeArgs) -> anyhow::Result<Status> {
    let farthing = context.open_service().await?;
    let beside = if arguments.no_jobs { None } else { Some(Beside::start(&farthing)?) };
    let status = serve(context, farthing, arguments.listen.as_deref()).await?;
    if let Some(beside) = beside {
        beside.ended().await;
    }
    Ok(status)
}

/// Serves the API of an opened home.
pub async fn serve(context: &Context, farthing: Farthing, listen: Option<&str>) -> anyhow::Result<Status> {
    let (listen, settings, front) = (context.config.listen(listen), context.config.api()?, context.config.front()?);
    let address: SocketAddr =
        listen.parse().map_err(|_| UsageError(format!("{listen:?} is no address: write it as 127.0.0.1:7777")))?;
    if !address.ip().is_loopback() && !farthing.can_be_asked().await? {
        let why = "nobody could show who they are, so the API is served on the loopback address only";
        let next = "Add somebody who can first: `farthing users add NAME --role administrator`, `farthing tokens issue`, or an OpenID provider in openid_issuer";
        return Err(UsageError(format!("{address}: {why}. {next}")).into());
    }
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!(
            "{address}: {error}. Choose another address with --listen, for example --listen 127.0.0.1:0 for any free port"
        )
    })?;
    let receiving = receiving(context, &farthing).await?;
    // Before anybody is told where it serves: who knows it may stop it at once.
    let (stop, stopping) = told(stopped());
    eprintln!("Serving http://{} ({CONSOLE}OpenAPI: /openapi.json). Stop with Ctrl-C.", listener.local_addr()?);
    let router = farthing_api::router(farthing, receiving.clone(), settings, stopping);
    #[cfg(feature = "console")]
    let router = farthing_console::around(router);
    farthing_api::serve(farthing_api::behind(front, router), listener, stop).await?;
    if let Receiving::On(receiver) = receiving {
        receiver.stop().await;
    }
    Ok(Status::Done)
}

/// Receives spans, unless the settings say otherwise or another process does in this home.
async fn receiving(context: &Context, farthing: &Farthing) -> anyhow::Result<Receiving> {
    let Some(settings) = context.config.receiver()? else { return Ok(Receiving::Off) };
    match Receiver::start(farthing, settings).await {
        Ok(receiver) => Ok(Receiving::On(receiver)),
        // Reports can be asked for all the same.
        Err(error) => {
            eprintln!("No spans are received here: {error}");
            Ok(Receiving::Unavailable(error.to_string()))
        }
    }
}

/// The same end of waiting, which also tells whoever watches it.
fn told(
    stopped: impl Future<Output = ()> + Send + 'static,
) -> (impl Future<Output = ()> + Send + 'static, watch::Receiver<bool>) {
    let (tell, stopping) = watch::channel(false);
    let stop = async move {
        stopped.await;
        // It matters to nobody where nobody watches.
        let _ = tell.send(true);
    };
    (stop, stopping)
}

/// Ready once the process is told to stop: at any moment after this was called, not only while it is waited for.
pub fn stopped() -> impl Future<Output = ()> + Send + 'static {
    let (terminated, interrupted) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        tokio::select! {
            () = received(terminated) => {}
            () = received(interrupted) => {}
        }
    }
}

/// Ready once the signal came; never where the system gives no way to be told.
async fn received(signal: std::io::Result<Signal>) {
    match signal {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}
