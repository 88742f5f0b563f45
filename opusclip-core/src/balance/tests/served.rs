//! Servers on loopback, which do what they are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// Answers with this status.
    Says(u16),
    /// 503, and asks to be left alone for half a minute.
    Rests,
    /// 503, and asks to be left alone for so many seconds; 200 from then on.
    RestsOnce(u32),
    /// Says nothing.
    Hangs,
    /// Ends the connection.
    Closes,
    /// Breaks off in the middle of the body.
    Breaks,
    /// Sends half of the body, and the rest a little later.
    Trickles,
}

/// A server, which ends with this.
pub(crate) struct Server {
    pub(crate) url: String,
    does: Arc<Mutex<Does>>,
    heads: Arc<Mutex<Vec<String>>>,
    most: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn that(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (does, heads) = (Arc::new(Mutex::new(does)), Arc::new(Mutex::new(Vec::new())));
        let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (doing, seen, highest) = (Arc::clone(&does), Arc::clone(&heads), Arc::clone(&most));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (doing, seen) = (Arc::clone(&doing), Arc::clone(&seen));
                let (open, highest) = (Arc::clone(&open), Arc::clone(&highest));
                tokio::spawn(async move {
                    highest.fetch_max(open.fetch_add(1, SeqCst) + 1, SeqCst);
                    serve(stream, &doing, &seen).await;
                    open.fetch_sub(1, SeqCst);
                });
            }
        });
        Self { url, does, heads, most, task }
    }

    pub(crate) fn now(&self, does: Does) {
        *self.does.lock() = does;
    }

    /// Heads of requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().clone()
    }

    /// The most connections that there were at a time.
    pub(crate) fn most(&self) -> usize {
        self.most.load(SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, does: &Mutex<Does>, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut part).await {
        head.extend_from_slice(&part[..count]);
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        seen.lock().push(String::from_utf8_lossy(&head[..end]).into_owned());
        head.clear();
        let does = match &mut *does.lock() {
            resting @ Does::RestsOnce(_) => std::mem::replace(resting, Does::Says(200)),
            other => *other,
        };
        let text = match does {
            Does::Says(status) => format!("HTTP/1.1 {status} x\r\ncontent-length: 4\r\n\r\nbody"),
            Does::Rests => "HTTP/1.1 503 x\r\ncontent-length: 0\r\nretry-after: 30\r\n\r\n".to_owned(),
            Does::RestsOnce(seconds) => {
                format!("HTTP/1.1 503 x\r\ncontent-length: 0\r\nretry-after: {seconds}\r\n\r\n")
            }
            Does::Breaks | Does::Trickles => "HTTP/1.1 200 x\r\ncontent-length: 8\r\n\r\nhalf".to_owned(),
            // Until the other side gives up.
            Does::Hangs => {
                while let Ok(1..) = stream.read(&mut part).await {}
                return;
            }
            Does::Closes => return,
        };
        if stream.write_all(text.as_bytes()).await.is_err() || does == Does::Breaks {
            return;
        }
        if does == Does::Trickles {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let _ = stream.write_all(b"body").await;
        }
    }
}

/// An address at which nobody listens.
pub(crate) async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Wait until something holds, at most some seconds.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to hold");
}
