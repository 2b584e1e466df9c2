//! The network: accepting connections within limits, posting exact bytes, and stopping in good order.

pub mod accept;
pub mod byte_stream;
pub mod descriptors;
pub mod file_size;
pub mod interrupt;
pub mod out;
pub mod shutdown;
