//! The end of a service, and the server that can end: SIGTERM or SIGINT stops accepting, lets requests under way finish
//! within a bound, and only then closes what they need.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Pause after a failed accept: out of file descriptors, an immediate retry would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A token that SIGTERM or SIGINT cancels. A second signal ends the process at once, with 130.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        let name = next_signal(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = name, "stopping; a second signal stops at once");
        cancelled.cancel();
        next_signal(&mut terminate, &mut interrupt).await;
        std::process::exit(130);
    });
    Ok(token)
}

async fn next_signal(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// Longest wait for a whole request head, counted from the connection's begin or the previous answer; so it also ends
    /// idle connections.
    pub header_read: Duration,
    /// Longest wait for requests under way, once stopping.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(30),
            drain: Duration::from_secs(20),
        }
    }
}

/// Serves `router` over HTTP/1.1 until `stop`, then drains. Handlers find the peer in `ConnectInfo<SocketAddr>`.
///
/// HTTP/1.1 only: browsers speak HTTP/2 to the TLS proxy in front, and its time-outs would be none of ours.
///
/// Returns how many connections the drain's bound cut off.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServerLimits,
    stop: CancellationToken,
) -> usize {
    let server = Server {
        router,
        limits,
        graceful: GracefulShutdown::new(),
        cut: CancellationToken::new(),
    };
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => server.spawn_connection(stream, peer),
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    server.drain().await
}

struct Server {
    router: Router,
    limits: ServerLimits,
    graceful: GracefulShutdown,
    /// Ends the connections that outlast the drain.
    cut: CancellationToken,
}

impl Server {
    fn spawn_connection(&self, stream: TcpStream, peer: SocketAddr) {
        // An answer is one write; waiting to fill a packet would only delay it.
        let _ = stream.set_nodelay(true);
        let router = self.router.clone();
        let service = tower::service_fn(move |request: http::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let router = router.clone();
            async move {
                Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|e| match e {}))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_read)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let watched = self.graceful.watch(connection);
        tokio::spawn(self.cut.clone().run_until_cancelled_owned(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "connection ended early");
            }
        }));
    }

    async fn drain(self) -> usize {
        let open = self.graceful.count();
        let drained = tokio::time::timeout(self.limits.drain, self.graceful.shutdown()).await;
        self.cut.cancel();
        match drained {
            Ok(()) => 0,
            Err(_) => {
                tracing::warn!(open, "connections cut off: the drain's bound is over");
                open
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    const GET_SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n";

    struct Running {
        address: SocketAddr,
        stop: CancellationToken,
        /// Lets `/slow` answer.
        release: CancellationToken,
        /// Cancelled when a request has reached `/slow`.
        arrived: CancellationToken,
        server: JoinHandle<usize>,
    }

    async fn start(limits: ServerLimits) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let [stop, release, arrived] = std::array::from_fn(|_| CancellationToken::new());
        let (released, reached) = (release.clone(), arrived.clone());
        let slow = axum::routing::get(async move || {
            reached.cancel();
            released.cancelled().await;
            "done"
        });
        let router = Router::new().route("/slow", slow);
        let server = tokio::spawn(serve(listener, router, limits, stop.clone()));
        Running {
            address,
            stop,
            release,
            arrived,
            server,
        }
    }

    async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    async fn read_to_end(mut stream: TcpStream) -> String {
        let mut text = Vec::new();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut text).await;
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn what_is_under_way_is_finished_and_nothing_new_is_taken() {
        let running = start(ServerLimits::default()).await;
        let idle = TcpStream::connect(running.address).await.unwrap();
        let request = send(running.address, GET_SLOW).await;
        running.arrived.cancelled().await;
        running.stop.cancel();
        assert_eq!(read_to_end(idle).await, "", "an idle connection is closed");
        assert!(TcpStream::connect(running.address).await.is_err());
        running.release.cancel();
        assert!(read_to_end(request).await.ends_with("done"));
        assert_eq!(running.server.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn the_drain_is_bounded() {
        let limits = ServerLimits {
            drain: Duration::from_millis(50),
            ..ServerLimits::default()
        };
        let running = start(limits).await;
        let request = send(running.address, GET_SLOW).await;
        running.arrived.cancelled().await;
        running.stop.cancel();
        assert_eq!(running.server.await.unwrap(), 1);
        assert_eq!(read_to_end(request).await, "");
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_its_connection() {
        let limits = ServerLimits {
            header_read: Duration::from_millis(50),
            ..ServerLimits::default()
        };
        let running = start(limits).await;
        let begun = Instant::now();
        for half in [&b""[..], b"GET /slow HTT", b"GET /slow HTTP/1.1\r\nHost: t"] {
            let answer = read_to_end(send(running.address, half).await).await;
            assert!(!answer.contains("200"), "{answer}");
        }
        assert!(begun.elapsed() >= 3 * limits.header_read);
        running.stop.cancel();
        running.server.await.unwrap();
    }
}
