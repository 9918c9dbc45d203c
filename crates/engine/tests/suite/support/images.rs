//! Images as the pretended kubelet looks them up: in the test's registry.

use std::future::Future;
use std::pin::Pin;

use localcluster::{ImageLookup, ImageState};
use registry::{Reference, Registry};

pub(crate) struct Images {
    pub(crate) registry: Registry,
    pub(crate) host: String,
}

impl ImageLookup for Images {
    fn look_up<'a>(
        &'a self,
        image: &'a str,
    ) -> Pin<Box<dyn Future<Output = ImageState> + Send + 'a>> {
        Box::pin(async move {
            let Ok(reference) = Reference::parse(image) else {
                return ImageState::NotFound("invalid reference format".to_owned());
            };
            if reference.host() != self.host {
                return ImageState::Unknown;
            }
            match self.registry.find(&reference).await {
                Ok(Some(_)) => ImageState::Found,
                Ok(None) => ImageState::NotFound(format!("{image}: not found")),
                Err(error) => ImageState::NotFound(error.to_string()),
            }
        })
    }
}
