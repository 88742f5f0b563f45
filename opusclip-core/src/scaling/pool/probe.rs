//! Whether an instance is ready. Nothing here waits: a look takes what is there.

use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::ChildStdout;
use std::time::Duration;

use super::options::PoolReady;
use super::process::nothing_yet;

/// Seconds from one question to the next.
const PAUSE: f64 = 0.1;
/// Seconds after which an answer is not waited for any longer.
const PATIENCE: f64 = 2.0;
/// On this machine a connection is there at once or never.
const CONNECTING: Duration = Duration::from_millis(50);
/// Bytes that one look reads of an instance's output, at most.
const MOST_READ: usize = 1 << 20;
/// Bytes of a line that are kept; what is longer says nothing.
const LONGEST_LINE: usize = 1 << 16;

#[derive(Debug)]
enum Condition {
    AtOnce,
    Line { text: String, line: Vec<u8> },
    Tcp,
    Http { path: String, question: Option<Question> },
    Seconds(f64),
}

#[derive(Debug)]
struct Question {
    stream: TcpStream,
    answer: Vec<u8>,
    asked: f64,
}

#[derive(Debug)]
pub(super) struct Probe {
    condition: Condition,
    output: Option<ChildStdout>,
    /// Whether what is read goes on to the host's own output.
    forward: bool,
    port: u16,
    began: f64,
    next: f64,
    met: bool,
}

impl Probe {
    pub(super) fn new(ready: &PoolReady, output: Option<ChildStdout>, forward: bool, port: u16, now: f64) -> Self {
        let condition = match ready {
            PoolReady { line: Some(text), .. } => Condition::Line { text: text.clone(), line: Vec::new() },
            PoolReady { tcp: true, .. } => Condition::Tcp,
            PoolReady { http: Some(path), .. } => Condition::Http { path: path.clone(), question: None },
            PoolReady { seconds: Some(seconds), .. } => Condition::Seconds(*seconds),
            _ => Condition::AtOnce,
        };
        // A pipe that cannot be read without waiting is not read: the instance is not ready then, and that is said.
        let output = output.filter(|output| rustix::io::ioctl_fionbio(output, true).is_ok());
        Self { condition, output, forward, port, began: now, next: now, met: false }
    }

    /// Whether the condition has been met by now.
    pub(super) fn look(&mut self, now: f64) -> bool {
        self.read();
        if self.met {
            return true;
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let due = now >= self.next;
        self.met = match &mut self.condition {
            Condition::AtOnce => true,
            // Reading has told.
            Condition::Line { .. } => false,
            Condition::Seconds(seconds) => now - self.began >= *seconds,
            Condition::Tcp => {
                if due {
                    self.next = now + PAUSE;
                }
                due && TcpStream::connect_timeout(&address, CONNECTING).is_ok()
            }
            Condition::Http { path, question } => {
                if question.is_none() && due {
                    self.next = now + PAUSE;
                    *question = ask(address, path, now);
                }
                match question.as_mut().and_then(|question| question.look(now)) {
                    Some(good) => {
                        *question = None;
                        good
                    }
                    None => false,
                }
            }
        };
        self.met
    }

    /// Take what the instance has printed, so that it never waits for a reader.
    fn read(&mut self) {
        let Some(output) = &mut self.output else { return };
        let mut piece = [0; 8192];
        let mut read = 0;
        while read < MOST_READ {
            match output.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => {
                    let piece = piece.get(..length).unwrap_or_default();
                    if self.forward {
                        // Whom the host's output was for does not read it any more.
                        drop(std::io::stdout().write_all(piece));
                    }
                    if let Condition::Line { text, line } = &mut self.condition
                        && !self.met
                    {
                        self.met = said(text, line, piece);
                    }
                    read += length;
                }
                Err(error) if nothing_yet(&error) => return,
                Err(_) => break,
            }
        }
        if read < MOST_READ {
            // It has closed its output.
            self.output = None;
        }
    }
}

/// Whether a line with the text is complete with this piece.
fn said(text: &str, line: &mut Vec<u8>, piece: &[u8]) -> bool {
    for part in piece.split_inclusive(|byte| *byte == b'\n') {
        if line.len() + part.len() <= LONGEST_LINE {
            line.extend_from_slice(part);
        }
        if part.ends_with(b"\n") {
            if String::from_utf8_lossy(line).contains(text) {
                return true;
            }
            line.clear();
        }
    }
    false
}

fn ask(address: SocketAddr, path: &str, now: f64) -> Option<Question> {
    let mut stream = TcpStream::connect_timeout(&address, CONNECTING).ok()?;
    stream.set_nonblocking(true).ok()?;
    let host = address.port();
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{host}\r\nConnection: close\r\n\r\n");
    // A new connection has room for so little.
    stream.write_all(request.as_bytes()).ok()?;
    Some(Question { stream, answer: Vec::new(), asked: now })
}

impl Question {
    /// Whether the answer is a good one, once it is there.
    fn look(&mut self, now: f64) -> Option<bool> {
        let mut piece = [0; 64];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return Some(false),
                Ok(length) => self.answer.extend_from_slice(piece.get(..length).unwrap_or_default()),
                Err(error) if nothing_yet(&error) => return (now - self.asked >= PATIENCE).then_some(false),
                Err(_) => return Some(false),
            }
            // "HTTP/1.1 200"
            if let Some(status) = self.answer.get(9..12) {
                let status = std::str::from_utf8(status).ok().and_then(|status| status.parse::<u16>().ok());
                return Some(self.answer.starts_with(b"HTTP/1.") && matches!(status, Some(200..400)));
            }
        }
    }
}
