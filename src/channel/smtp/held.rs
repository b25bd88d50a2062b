//! A stream that hands out one byte at a time until it is encrypted.
//!
//! lettre reads ahead. Whatever somebody in between appends in the clear to the reply to STARTTLS would be read ahead
//! with it and later taken for replies that came encrypted, up to a forged "accepted". Nothing can be read ahead from
//! a stream that gives one byte at a time: what was appended meets the handshake, and ends it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The stream.
#[derive(Debug)]
pub(super) struct Held {
    stream: TcpStream,
    hold: Hold,
}

/// What lets it go, once it is encrypted.
#[derive(Debug, Clone)]
pub(super) struct Hold(Arc<AtomicBool>);

impl Hold {
    /// Lets the stream read as much as it likes.
    pub(super) fn release(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Held {
    /// Holds a stream.
    pub(super) fn new(stream: TcpStream) -> (Self, Hold) {
        let hold = Hold(Arc::new(AtomicBool::new(true)));
        (Self { stream, hold: hold.clone() }, hold)
    }
}

impl AsyncTokioStream for Held {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.hold.0.load(Ordering::Relaxed) {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
        buf.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
