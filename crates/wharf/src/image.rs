//! `--image`: which image a release runs.

use hydrate::ImageOverride;

/// Which images the release runs
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct ImageArgs {
    /// Run this image: `NAME=IMAGE:TAG`, `NAME=IMAGE@DIGEST` or `NAME:TAG`, where NAME is what the
    /// manifests say; may be repeated
    #[arg(long = "image", value_name = "NAME=IMAGE", value_parser = parse)]
    pub(crate) images: Vec<ImageOverride>,
}

/// Reads one override, as `kustomize edit set image` takes it.
fn parse(text: &str) -> Result<ImageOverride, String> {
    let (name, image) = match text.split_once('=') {
        Some((name, image)) => (name, image),
        None => (split(text).0, text),
    };
    let (new_name, new_tag, digest) = split(image);
    if name.is_empty() || new_name.is_empty() || (new_tag.is_empty() && digest.is_empty()) {
        return Err(format!("`{text}` is not NAME=IMAGE:TAG, NAME=IMAGE@DIGEST or NAME:TAG"));
    }
    Ok(ImageOverride {
        name: name.into(),
        new_name: if new_name == name { String::new() } else { new_name.into() },
        new_tag: new_tag.into(),
        digest: digest.into(),
    })
}

/// Splits `host:port/name:tag@digest`; a colon before the last slash belongs to the host.
fn split(image: &str) -> (&str, &str, &str) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag, digest),
        _ => (rest, "", digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, new name, tag and digest, with a space between; empty for what is refused.
    fn told(text: &str) -> String {
        parse(text).map_or_else(
            |_| String::new(),
            |ImageOverride { name, new_name, new_tag, digest }| {
                format!("{name} {new_name} {new_tag} {digest}")
            },
        )
    }

    #[test]
    fn a_port_is_not_a_tag() {
        assert_eq!(told("shop=localhost:5000/shop:1.4"), "shop localhost:5000/shop 1.4 ");
        assert_eq!(told("shop=localhost:5000/shop"), "");
    }

    #[test]
    fn a_name_alone_takes_a_tag_or_a_digest() {
        assert_eq!(told("nginx:1.27"), "nginx  1.27 ");
        assert_eq!(told("nginx@sha256:ab"), "nginx   sha256:ab");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "=", "shop=", "=a:b", "shop"] {
            assert_eq!(told(text), "", "{text}");
        }
    }
}
