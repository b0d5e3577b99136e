//! Images and their blobs: what an image is made of, what of it is here, and removing it.

use super::{optional, within, Containerd};
use crate::clock::Deadline;
use crate::failure::{Failure, Outcome};
use containerd_client::services::v1::content_client::ContentClient;
use containerd_client::services::v1::images_client::ImagesClient;
use containerd_client::services::v1::{DeleteImageRequest, GetImageRequest, InfoRequest, ReadContentRequest};
use containerd_client::types::Descriptor;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

const CALL_MS: u64 = 30_000;
const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

#[derive(Serialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Blob {
    pub digest: String,
    pub size_bytes: i64,
    pub media_type: String,
    pub present: bool,
}

#[derive(Serialize)]
pub struct Image {
    /// Of what the reference points at: a manifest, or an index of manifests.
    pub digest: String,
    pub blobs: Vec<Blob>,
}

#[derive(Serialize)]
pub struct RemovedImage {
    /// False if the reference was not there to begin with; then there are no blobs to tell of.
    pub removed: bool,
    pub blobs: Vec<Blob>,
    /// Digests of those that were present before and are not now.
    pub gone: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Present {
    pub digest: String,
    pub size_bytes: i64,
}

/// The fields that OCI and Docker manifests and indexes share.
#[derive(Deserialize)]
struct Document {
    config: Option<Reference>,
    #[serde(default)]
    layers: Vec<Reference>,
    #[serde(default)]
    manifests: Vec<Reference>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct Reference {
    digest: String,
    size: i64,
    #[serde(default)]
    media_type: String,
}

impl Containerd {
    pub fn image_blobs(&self, namespace: &str, name: &str) -> Outcome<Image> {
        let target = self
            .image_target(namespace, name)?
            .ok_or_else(|| Failure::new("not_found", format!("no image {name:?} in namespace {namespace}")))?;
        let digest = target.digest.clone();
        Ok(Image { digest, blobs: self.walk(namespace, target)? })
    }

    /// Deletes the reference and waits for containerd's garbage collection.
    pub fn image_remove(&self, namespace: &str, name: &str) -> Outcome<RemovedImage> {
        let Some(target) = self.image_target(namespace, name)? else {
            return Ok(RemovedImage { removed: false, blobs: Vec::new(), gone: Vec::new() });
        };
        let before = self.walk(namespace, target)?;
        let channel = self.channel()?;
        let delete = DeleteImageRequest { name: name.into(), sync: true, ..DeleteImageRequest::default() };
        let delete = within(namespace, delete)?;
        self.wait("removing the image", Deadline::after_ms(CALL_MS), async move {
            optional(ImagesClient::new(channel).delete(delete).await)
        })?;
        let digests: Vec<String> = before.iter().map(|blob| blob.digest.clone()).collect();
        let left: BTreeSet<String> =
            self.content_present(namespace, &digests)?.into_iter().map(|blob| blob.digest).collect();
        let gone = before.iter().filter(|b| b.present && !left.contains(&b.digest)).map(|b| b.digest.clone()).collect();
        let blobs = before.into_iter().map(|b| Blob { present: left.contains(&b.digest), ..b }).collect();
        Ok(RemovedImage { removed: true, blobs, gone })
    }

    pub fn content_present(&self, namespace: &str, digests: &[String]) -> Outcome<Vec<Present>> {
        let mut present = Vec::new();
        for digest in digests {
            if let Some(size_bytes) = self.content_size(namespace, digest)? {
                present.push(Present { digest: digest.clone(), size_bytes });
            }
        }
        Ok(present)
    }

    fn image_target(&self, namespace: &str, name: &str) -> Outcome<Option<Descriptor>> {
        let channel = self.channel()?;
        let get = within(namespace, GetImageRequest { name: name.into() })?;
        let answer = self.wait("image", Deadline::after_ms(CALL_MS), async move {
            optional(ImagesClient::new(channel).get(get).await)
        })?;
        Ok(answer.and_then(|got| got.image).and_then(|image| image.target))
    }

    fn content_size(&self, namespace: &str, digest: &str) -> Outcome<Option<i64>> {
        let channel = self.channel()?;
        let info = within(namespace, InfoRequest { digest: digest.into() })?;
        let answer = self.wait("content", Deadline::after_ms(CALL_MS), async move {
            optional(ContentClient::new(channel).info(info).await)
        })?;
        Ok(answer.and_then(|got| got.info).map(|info| info.size))
    }

    fn read_document(&self, namespace: &str, digest: &str) -> Outcome<Document> {
        let channel = self.channel()?;
        let read = within(namespace, ReadContentRequest { digest: digest.into(), ..ReadContentRequest::default() })?;
        let bytes = self.wait("reading a manifest", Deadline::after_ms(CALL_MS), async move {
            let mut stream = ContentClient::new(channel).read(read).await?.into_inner();
            let mut bytes = Vec::new();
            while let Some(part) = stream.message().await? {
                bytes.extend_from_slice(&part.data);
                if bytes.len() > MAX_DOCUMENT_BYTES {
                    break;
                }
            }
            Ok(bytes)
        })?;
        serde_json::from_slice(&bytes).map_err(|e| Failure::new("image", format!("manifest {digest}: {e}")))
    }

    /// Everything reachable from a descriptor. Manifests of other platforms that were never fetched are listed as absent.
    fn walk(&self, namespace: &str, target: Descriptor) -> Outcome<Vec<Blob>> {
        let root = Reference { digest: target.digest, size: target.size, media_type: target.media_type };
        let mut queue = VecDeque::from([root]);
        let mut seen = BTreeSet::new();
        let mut blobs = Vec::new();
        while let Some(next) = queue.pop_front() {
            if !seen.insert(next.digest.clone()) {
                continue;
            }
            let present = self.content_size(namespace, &next.digest)?.is_some();
            if present && is_document(&next.media_type) {
                let document = self.read_document(namespace, &next.digest)?;
                queue.extend(document.manifests.into_iter().chain(document.config).chain(document.layers));
            }
            blobs.push(Blob { digest: next.digest, size_bytes: next.size, media_type: next.media_type, present });
        }
        Ok(blobs)
    }
}

fn is_document(media_type: &str) -> bool {
    ["manifest.v1+json", "index.v1+json", "manifest.v2+json", "manifest.list.v2+json"]
        .iter()
        .any(|suffix| media_type.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_and_indexes_of_both_kinds_are_documents_and_layers_are_not() {
        assert!(is_document("application/vnd.oci.image.manifest.v1+json"));
        assert!(is_document("application/vnd.oci.image.index.v1+json"));
        assert!(is_document("application/vnd.docker.distribution.manifest.v2+json"));
        assert!(is_document("application/vnd.docker.distribution.manifest.list.v2+json"));
        assert!(!is_document("application/vnd.oci.image.config.v1+json"));
        assert!(!is_document("application/vnd.oci.image.layer.v1.tar+gzip"));
    }
}
