//! Connections: accepts them, up to a number, with or without TLS, and serves HTTP on them.

use super::http::{App, router};
use super::store::Store;
use crate::error::{About, Error, Result};
use crate::time::now;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// Time for a TLS handshake, and for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Time that requests have to end when the relay stops.
const GRACE: Duration = Duration::from_secs(5);

/// How a relay listens.
pub struct Listen {
    /// Connections at a time; more wait to be accepted.
    pub max_connections: usize,
    /// TLS, unless a proxy does it.
    pub tls: Option<TlsAcceptor>,
}

/// TLS with a chain of certificates and its key, both PEM.
///
/// # Errors
/// Files that are not there or do not fit together.
pub fn tls(certificates: &Path, key: &Path) -> Result<TlsAcceptor> {
    let wrong = |what: String, error: &dyn std::fmt::Display| {
        Error::usage(format!("{what}: {error}"))
            .next("--cert names the chain, the relay's own certificate first, --key the key of that one; both are PEM")
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| {
            wrong(format!("the certificates in {}", certificates.display()), &error)
        })?;
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| wrong(format!("the key in {}", key.display()), &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .about("TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong("certificate and key".to_owned(), &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stop` turns true, then lets requests end.
///
/// # Errors
/// None of a connection: those end with it.
pub async fn serve<S: Store>(
    listener: TcpListener,
    app: Arc<App<S>>,
    listen: Listen,
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    let router = router(Arc::clone(&app));
    let connections = Arc::new(Semaphore::new(listen.max_connections));
    let most = u32::try_from(listen.max_connections).unwrap_or(u32::MAX);
    let announced = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.relay.pass_on().await }
    });
    let swept = tokio::spawn(sweep(app));
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&connections).acquire_owned() => permit,
            () = stopped(&mut stop) => break,
        };
        let permit = permit.map_err(|_| Error::fault("the relay's connections"))?;
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, say: wait for some to be closed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (router, tls, stop) = (router.clone(), listen.tls.clone(), stop.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, router, stop).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) =
                        tokio::time::timeout(HEAD_TIME, tls.accept(stream)).await
                    {
                        connection(stream, router, stop).await;
                    }
                }
            }
            drop(permit);
        });
    }
    let _ = tokio::time::timeout(GRACE, connections.acquire_many(most)).await;
    announced.abort();
    swept.abort();
    Ok(())
}

/// Serves the requests of one connection.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    // Why a connection ended is its client's matter; nothing of it is kept.
    tokio::select! {
        _ = serving.as_mut() => {}
        () = stopped(&mut stop) => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// Returns when the relay is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Once an hour, and at the start: deletes what has expired and logs how much was done.
async fn sweep<S: Store>(app: Arc<App<S>>) {
    let mut hours = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hours.tick().await;
        let taken = |count: &std::sync::atomic::AtomicU64| count.swap(0, Ordering::Relaxed);
        let counts = &app.counts;
        let (puts, gets) = (taken(&counts.puts), taken(&counts.gets));
        let (fetches, commits) = (taken(&counts.fetches), taken(&counts.commits));
        let refused = taken(&counts.refused);
        match app.relay.expire(now()).await {
            Ok(kept) => tracing::info!(puts, gets, fetches, commits, refused, kept, "last hour"),
            Err(refusal) => tracing::error!("expired envelopes stay for now: {refusal:?}"),
        }
    }
}
