//! The question that the workload simulator asks about images.

use std::future::Future;
use std::pin::Pin;

/// What is known of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageState {
    /// It can be pulled.
    Found,
    /// The registry says that there is none; with the registry's words.
    NotFound(String),
    /// Nobody can tell (an unknown registry); taken as present.
    Unknown,
}

/// Looks images up for the simulated kubelet.
pub trait ImageLookup: Send + Sync + 'static {
    /// Says whether `image`, as a container names it, could be pulled.
    fn look_up<'a>(
        &'a self,
        image: &'a str,
    ) -> Pin<Box<dyn Future<Output = ImageState> + Send + 'a>>;
}
