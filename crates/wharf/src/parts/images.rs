//! Where the simulated kubelet looks for images.

use std::future::Future;
use std::pin::Pin;

use localcluster::{ImageLookup, ImageState};
use registry::{Reference, Registry};

/// Looks into the embedded registry; images of any other registry are taken as present.
pub(super) struct EmbeddedImages {
    host: String,
    registry: Registry,
}

impl EmbeddedImages {
    pub(super) fn new(host: String, registry: Registry) -> Self {
        Self { host, registry }
    }

    async fn find(&self, image: &str) -> ImageState {
        let Ok(reference) = Reference::parse(image) else {
            return ImageState::NotFound(format!("invalid reference format: {image}"));
        };
        if reference.host() != self.host {
            return ImageState::Unknown;
        }
        match self.registry.find(&reference).await {
            Ok(Some(_)) => ImageState::Found,
            Ok(None) => ImageState::NotFound("not found".into()),
            Err(error) => ImageState::NotFound(error.to_string()),
        }
    }
}

impl ImageLookup for EmbeddedImages {
    fn look_up<'a>(
        &'a self,
        image: &'a str,
    ) -> Pin<Box<dyn Future<Output = ImageState> + Send + 'a>> {
        Box::pin(self.find(image))
    }
}
