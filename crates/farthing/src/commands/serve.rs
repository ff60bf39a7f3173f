//! `farthing serve`

use std::net::SocketAddr;

use farthing_application::Farthing;

use crate::commands::Context;
use crate::exit::{Status, UsageError};

/// Serves the API until it is told to stop.
pub async fn run(context: &Context, listen: Option<&str>) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    serve(context, farthing, listen).await
}

/// Serves the API of an opened home.
pub async fn serve(context: &Context, farthing: Farthing, listen: Option<&str>) -> anyhow::Result<Status> {
    let listen = context.config.listen(listen);
    let address: SocketAddr =
        listen.parse().map_err(|_| UsageError(format!("{listen:?} is no address: write it as 127.0.0.1:7777")))?;
    if !address.ip().is_loopback() {
        let why = "without a configured identity the API has no login, so it is served on the loopback address only";
        return Err(UsageError(format!("{address}: {why}. Use 127.0.0.1 and a tunnel or a proxy that authenticates")).into());
    }
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!(
            "{address}: {error}. Choose another address with --listen, for example --listen 127.0.0.1:0 for any free port"
        )
    })?;
    eprintln!("Serving http://{} (OpenAPI: /openapi.json). Stop with Ctrl-C.", listener.local_addr()?);
    farthing_api::serve(farthing, listener, stopped()).await?;
    Ok(Status::Done)
}

async fn stopped() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
