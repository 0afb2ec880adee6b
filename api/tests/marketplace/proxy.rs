//! A proxy before Postgres that can cut every connection after a number of messages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    pub address: SocketAddr,
    /// How many pieces of what clients send still pass; negative: all do.
    left: Arc<AtomicI64>,
    cuts: watch::Sender<u64>,
}

impl Proxy {
    pub async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let left = Arc::new(AtomicI64::new(-1));
        let (cuts, _) = watch::channel(0);
        let (passing, sender) = (left.clone(), cuts.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                tokio::spawn(pass(client, server, passing.clone(), sender.clone()));
            }
        });
        Self {
            address,
            left,
            cuts,
        }
    }

    /// Cuts all connections when clients have sent so many more pieces; the last one is not passed on.
    pub fn cut_after(&self, pieces: i64) {
        self.left.store(pieces, Ordering::SeqCst);
    }

    /// Passes everything again. Whether there was a cut since [`Self::cut_after`].
    pub fn mend(&self) -> bool {
        self.left.swap(-1, Ordering::SeqCst) == 0
    }

    pub fn cuts(&self) -> u64 {
        *self.cuts.borrow()
    }
}

async fn pass(
    client: TcpStream,
    server: TcpStream,
    left: Arc<AtomicI64>,
    cuts: watch::Sender<u64>,
) {
    let mut cut = cuts.subscribe();
    let (mut client_in, mut client_out) = client.into_split();
    let (mut server_in, mut server_out) = server.into_split();
    let requests = async {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(size) = client_in.read(&mut piece).await {
            if size == 0 {
                break;
            }
            // 1 → 0: this one is cut; at 0 the wire is dead.
            let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| match left {
                1.. => Some(left - 1),
                _ => None,
            });
            match before {
                Ok(1) | Err(0) => {
                    cuts.send_modify(|cuts| *cuts += 1);
                    break;
                }
                _ => {}
            }
            if server_out.write_all(&piece[..size]).await.is_err() {
                break;
            }
        }
    };
    let answers = async {
        let _ = tokio::io::copy(&mut server_in, &mut client_out).await;
    };
    tokio::select! {
        () = requests => {}
        () = answers => {}
        _ = cut.changed() => {}
    }
}
