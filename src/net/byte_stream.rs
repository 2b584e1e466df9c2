//! A stream of bytes in both directions: a socket, TLS over one, or a pipe in memory.

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream that HTTP can be spoken over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> ByteStream for T {}
