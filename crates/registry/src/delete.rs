//! Deleting manifests, tags and blobs, where the registry can.

use oci_spec::image::Digest;

use crate::call::Call;
use crate::pull::{blob_path, manifest_path};
use crate::{Error, Reference, Registry};

impl Registry {
    /// Deletes a manifest with all its tags; what is gone already is fine.
    ///
    /// A referrer is also taken out of its subject's fallback tag.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the registry does not delete.
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Deleting Manifests".
    pub async fn delete_manifest(
        &self,
        repository: &Reference,
        digest: &Digest,
    ) -> Result<(), Error> {
        let exact = repository.without_selector().with_digest(digest.clone());
        let manifest = match self.manifest(&exact).await {
            Ok(manifest) => manifest,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        };
        self.delete_path(&exact, manifest_path(&exact)).await?;
        self.remove_referrer(&exact, &manifest).await
    }

    /// Deletes one tag and leaves the manifest; what is gone already is fine.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the registry cannot delete a tag alone, as Docker's registry 2.
    pub async fn delete_tag(&self, tag: &Reference) -> Result<(), Error> {
        let tag = tag.without_digest();
        self.delete_path(&tag, manifest_path(&tag)).await
    }

    /// Deletes a blob from a repository; what is gone already is fine.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the registry does not delete.
    pub async fn delete_blob(&self, repository: &Reference, digest: &Digest) -> Result<(), Error> {
        self.delete_path(repository, blob_path(repository, digest)).await
    }

    async fn delete_path(&self, reference: &Reference, path: String) -> Result<(), Error> {
        let call = Call::delete(reference, path);
        let response = self.send(&call).await?;
        match response.status().as_u16() {
            200 | 202 | 204 | 404 => Ok(()),
            // Docker's registry 2 takes a tag here for a malformed digest.
            400 | 405 | 501 => {
                let error = self.refusal(&call, response).await;
                match error.answer().cloned() {
                    Some(answer) => Err(Error::Unsupported { answer: Box::new(answer) }),
                    None => Err(error),
                }
            }
            _ => Err(self.refusal(&call, response).await),
        }
    }
}
