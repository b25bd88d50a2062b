//! The accept loop: every connection has a bound in time and all of them one in number, and they end when told to.
//!
//! axum's own loop waits for a silent connection for ever (RELIABILITY T13); this one closes it.

mod crowd;
mod paced;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crowd::{Crowd, Place};
use paced::Paced;

/// After the host could not accept (it is out of file descriptors, most likely), it gets this long to recover.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// Heads and the buffer they are read into; no honest head is near it.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// The bounds of the accept loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// A head is complete this long after the connection was opened, or after its first byte on an old one.
    pub head_within: Duration,
    /// A connection between two requests is kept this long; longer than the proxy in front keeps it, so that the
    /// proxy never sends a request into a connection that is being closed.
    pub idle_within: Duration,
    /// An answer that the caller does not read is given up after this long without a byte.
    pub write_within: Duration,
    /// This many connections at once; the next waits until one ends, and a silent one gives way to it.
    pub connections_max: u32,
    /// Requests under way get this long when the loop is told to stop.
    pub stop_within: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            head_within: Duration::from_secs(10),
            idle_within: Duration::from_secs(75),
            write_within: Duration::from_secs(30),
            connections_max: 768,
            stop_within: Duration::from_secs(10),
        }
    }
}

/// The address at the other end of the connection, in the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Serves the router on the listener until `stop`, and returns when every connection has ended or was cut.
///
/// Each connection is a task of the set.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    tasks: &TaskTracker,
    stop: CancellationToken,
) {
    let crowd = Arc::new(Crowd::new(bounds.connections_max));
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener) => accepted,
        };
        let place = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            place = crowd.enter() => place,
        };
        tasks.spawn(connection(stream, Peer(peer), router.clone(), bounds, (place, stop.clone())));
    }
    drop(listener);
    if tokio::time::timeout(bounds.stop_within, crowd.empty()).await.is_err() {
        tracing::warn!("connections were still open at the deadline and are cut");
        crowd.cut();
        crowd.empty().await;
    }
}

/// The next connection; what cannot be accepted is passed over.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(gone) if matches!(gone.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections; trying again in a second");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it ends, is told to stop, or has to give way.
async fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    bounds: Bounds,
    (place, stop): (Place, CancellationToken),
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let phase = place.phase();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let busy = phase.begin();
        let router = router.clone();
        async move {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let response = router.oneshot(request).await;
            // The request is under way until the last byte of the answer was taken.
            response.map(|response| {
                response.map(|body| {
                    body.map_frame(move |frame| {
                        let _under_way = &busy;
                        frame
                    })
                })
            })
        }
    });
    let io = TokioIo::new(Paced::new(stream, Arc::clone(&phase), bounds));
    let mut http = http1::Builder::new();
    // hyper's own timer covers the pause between two requests; `Paced` covers the head itself.
    http.timer(TokioTimer::new()).header_read_timeout(bounds.idle_within.max(bounds.head_within));
    http.max_buf_size(HEAD_BYTES_MAX);
    let mut served = pin!(http.serve_connection(io, service));
    let mut stopping = false;
    loop {
        tokio::select! {
            result = served.as_mut() => {
                if let Err(error) = result {
                    tracing::trace!(%error, "a connection ended early");
                }
                return;
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
            () = place.told_to_go() => return,
        }
    }
}

#[cfg(test)]
mod tests;
