//! Owns how connections are accepted: TLS with a bound on time, and a bound on their number.
//!
//! Invariant: however many connect, no more than the bound are held; the others are closed at once.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Accepts TLS connections up to a number.
#[derive(Clone)]
pub struct Bounded {
    tls: RustlsAcceptor<NoDelayAcceptor>,
    free: Arc<Semaphore>,
}

impl Bounded {
    /// With this certificate, so many connections, and so much time for a handshake.
    pub fn new(config: RustlsConfig, connections: usize, handshake: Duration) -> Self {
        // an answer is not held back until the caller has confirmed the handshake
        let tls = RustlsAcceptor::new(config).handshake_timeout(handshake).acceptor(NoDelayAcceptor::new());
        Self { tls, free: Arc::new(Semaphore::new(connections)) }
    }
}

type Accepting<S, V> = Pin<Box<dyn Future<Output = io::Result<(S, V)>> + Send>>;

impl<V: Send + 'static> Accept<TcpStream, V> for Bounded {
    type Stream = Counted<<RustlsAcceptor<NoDelayAcceptor> as Accept<TcpStream, V>>::Stream>;
    type Service = <RustlsAcceptor<NoDelayAcceptor> as Accept<TcpStream, V>>::Service;
    type Future = Accepting<Self::Stream, Self::Service>;

    fn accept(&self, stream: TcpStream, service: V) -> Self::Future {
        let permit = self.free.clone().try_acquire_owned();
        let accepting = self.tls.accept(stream, service);
        Box::pin(async move {
            let permit = permit.map_err(|_| {
                tracing::warn!("too many connections; one was closed");
                io::Error::other("too many connections")
            })?;
            let (stream, service) = accepting.await?;
            Ok((Counted { stream, _permit: permit }, service))
        })
    }
}

/// A connection that is counted for as long as it lives.
pub struct Counted<S> {
    stream: S,
    _permit: OwnedSemaphorePermit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
