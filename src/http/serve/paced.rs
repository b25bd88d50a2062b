//! A TCP stream that gives up: on a head that does not end, and on an answer that nobody reads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::Bounds;
use super::crowd::Phase;

/// The stream of one connection.
#[derive(Debug)]
pub(super) struct Paced {
    stream: TcpStream,
    phase: Arc<Phase>,
    head_within: Duration,
    write_within: Duration,
    head: Option<Pin<Box<Sleep>>>,
    write: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(super) const fn new(stream: TcpStream, phase: Arc<Phase>, bounds: Bounds) -> Self {
        let Bounds { head_within, write_within, .. } = bounds;
        Self { stream, phase, head_within, write_within, head: None, write: None }
    }

    /// Passes a write on, and counts how long nothing has moved.
    fn moved<T>(
        &mut self,
        context: &mut Context<'_>,
        attempt: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let outcome = attempt(Pin::new(&mut self.stream), context);
        if outcome.is_ready() {
            self.write = None;
            return outcome;
        }
        overdue(&mut self.write, self.write_within, context)
    }
}

/// An error once the time is over; the clock starts where it is not running.
fn overdue<T>(
    timer: &mut Option<Pin<Box<Sleep>>>,
    within: Duration,
    context: &mut Context<'_>,
) -> Poll<io::Result<T>> {
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
    timer.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.phase.head_began();
        }
        if !this.phase.owes_head() {
            this.head = None;
            return outcome;
        }
        // The clock runs from the first byte to the end of the head, however many bytes come in between.
        let late = overdue(&mut this.head, this.head_within, context);
        if late.is_ready() { late } else { outcome }
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.moved(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.moved(context, |stream, context| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.moved(context, TcpStream::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.moved(context, TcpStream::poll_shutdown)
    }
}
