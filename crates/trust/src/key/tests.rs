//! The files in `real/` were made by cosign 3.1.2 (password `pw`) and OpenSSL, for the message `wharf`.

use super::*;

const MESSAGE: &[u8] = b"wharf";

fn public(text: &[u8]) -> PublicKey {
    PublicKey::read(text).unwrap()
}

#[test]
fn a_key_of_cosign_opens_and_is_the_one_of_its_public_key() {
    let pair = KeyPair::read(include_bytes!("real/cosign.key"), b"pw").unwrap();
    assert_eq!(pair.public(), &public(include_bytes!("real/cosign.pub")));
    assert_eq!(pair.public().to_pem().as_bytes(), include_bytes!("real/cosign.pub"));
    let wrong = KeyPair::read(include_bytes!("real/cosign.key"), b"pW");
    assert!(matches!(wrong, Err(Error::WrongPassword)));
}

#[test]
fn plain_keys_are_read_in_both_formats() {
    for key in [&include_bytes!("real/pkcs8.key")[..], include_bytes!("real/sec1.key")] {
        let pair = KeyPair::read(key, b"").unwrap();
        assert_eq!(pair.public(), &public(include_bytes!("real/plain.pub")));
    }
}

#[test]
fn a_new_key_is_the_same_after_it_was_sealed_and_opened() {
    let pair = KeyPair::generate().unwrap();
    let opened = KeyPair::read(pair.sealed(b"pw").unwrap().as_bytes(), b"pw").unwrap();
    assert_eq!(opened.public(), pair.public());
    let signature = opened.sign(MESSAGE).unwrap();
    assert!(pair.public().verifies(MESSAGE, &signature));
    assert!(!pair.public().verifies(b"Wharf", &signature));
    assert!(!KeyPair::generate().unwrap().public().verifies(MESSAGE, &signature));
}

#[test]
fn every_kind_of_key_verifies_what_openssl_signed() {
    for (key, signature) in [
        (&include_bytes!("real/rsa.pub")[..], &include_bytes!("real/rsa.sig")[..]),
        (include_bytes!("real/p384.pub"), include_bytes!("real/p384.sig")),
        (include_bytes!("real/ed25519.pub"), include_bytes!("real/ed25519.sig")),
    ] {
        let key = public(key);
        assert!(key.verifies(MESSAGE, signature), "{}", key.to_pem());
        assert!(!key.verifies(b"Wharf", signature));
        assert!(!key.verifies(MESSAGE, &signature[1..]));
    }
}

#[test]
fn what_is_no_key_is_refused_without_being_quoted() {
    let pem = include_str!("real/pkcs8.key");
    let cut = pem.replace("-----END", "=-----END");
    for text in ["", "hello", "-----BEGIN ", "-----BEGIN X-----", &pem[..80], &cut] {
        let error = KeyPair::read(text.as_bytes(), b"").unwrap_err();
        let body = pem.lines().nth(1).unwrap();
        assert!(!format!("{error:?}").contains(&body[..20]), "{error:?}");
        assert!(PublicKey::read(text.as_bytes()).is_err());
    }
    assert!(PublicKey::read(pem.as_bytes()).is_err());
    assert!(KeyPair::read(include_bytes!("real/rsa.pub"), b"").is_err());
}
