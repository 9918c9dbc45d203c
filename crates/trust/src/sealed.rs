//! Private keys under a password, as cosign keeps them: scrypt and `secretbox`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit as _;
use salsa20::XSalsa20;
use salsa20::cipher::{KeyIvInit as _, StreamCipher as _};
use serde::{Deserialize, Serialize};

use crate::Error;

/// scrypt's cost as cosign writes it: 64 MiB and some tenths of a second.
const COST: u32 = 1 << 16;

/// The highest cost that is paid for a file from outside: 1 GiB.
const HIGHEST_COST: u32 = 1 << 20;

/// Bytes of the authenticator in front of a secretbox.
const TAG: usize = 16;

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: Derivation,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Derivation {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Params {
    #[serde(rename = "N")]
    cost: u32,
    #[serde(rename = "r")]
    block: u32,
    #[serde(rename = "p")]
    parallel: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// Opens the JSON inside of an `ENCRYPTED SIGSTORE PRIVATE KEY` block.
///
/// # Source
///
/// go-securesystemslib, package `encrypted`.
pub(crate) fn open(json: &[u8], password: &[u8]) -> Result<Vec<u8>, Error> {
    let bad = |reason: &str| Error::BadKey { reason: reason.to_owned() };
    let sealed: Sealed =
        serde_json::from_slice(json).map_err(|_| bad("the sealed key is malformed"))?;
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        return Err(bad("it is sealed in an unknown way"));
    }
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| bad("the sealed key is malformed"));
    let salt = decode(&sealed.kdf.salt)?;
    let nonce: [u8; 24] =
        decode(&sealed.cipher.nonce)?.try_into().map_err(|_| bad("the sealed key is malformed"))?;
    let sealed_bytes = decode(&sealed.ciphertext)?;
    let key = derive(password, &salt, &sealed.kdf.params)?;
    unbox(&key, &nonce, &sealed_bytes).ok_or(Error::WrongPassword)
}

/// Seals a key under a password; `salt` and `nonce` are fresh random bytes.
pub(crate) fn seal(
    key: &[u8],
    password: &[u8],
    salt: &[u8; 32],
    nonce: &[u8; 24],
) -> Result<Vec<u8>, Error> {
    let params = Params { cost: COST, block: 8, parallel: 1 };
    let derived = derive(password, salt, &params)?;
    let name = "nacl/secretbox".to_owned();
    let sealed = Sealed {
        kdf: Derivation { name: "scrypt".to_owned(), params, salt: STANDARD.encode(salt) },
        cipher: Cipher { name, nonce: STANDARD.encode(nonce) },
        ciphertext: STANDARD.encode(into_box(&derived, nonce, key)),
    };
    Ok(serde_json::to_vec(&sealed).expect("strings and numbers are JSON"))
}

fn derive(password: &[u8], salt: &[u8], params: &Params) -> Result<[u8; 32], Error> {
    let bad = || Error::BadKey { reason: "the password parameters are out of bounds".to_owned() };
    let is_power = params.cost.is_power_of_two() && (2..=HIGHEST_COST).contains(&params.cost);
    if !is_power || params.block != 8 || !(1..=16).contains(&params.parallel) {
        return Err(bad());
    }
    let log_cost = u8::try_from(params.cost.ilog2()).map_err(|_| bad())?;
    let params = scrypt::Params::new(log_cost, params.block, params.parallel).map_err(|_| bad())?;
    let mut key = [0; 32];
    scrypt::scrypt(password, salt, &params, &mut key).map_err(|_| bad())?;
    Ok(key)
}

/// `crypto_secretbox`: `XSalsa20`, whose first 32 bytes key a Poly1305 over the rest.
///
/// # Source
///
/// Daniel J. Bernstein, "Cryptography in `NaCl`", §9 and §10.
fn into_box(key: &[u8; 32], nonce: &[u8; 24], message: &[u8]) -> Vec<u8> {
    let (mut cipher, authenticator) = begin(key, nonce);
    let mut text = message.to_vec();
    cipher.apply_keystream(&mut text);
    let mut boxed = authenticator.compute_unpadded(&text).to_vec();
    boxed.extend(text);
    boxed
}

fn unbox(key: &[u8; 32], nonce: &[u8; 24], boxed: &[u8]) -> Option<Vec<u8>> {
    let (tag, text) = boxed.split_at_checked(TAG)?;
    let (mut cipher, authenticator) = begin(key, nonce);
    let expected = authenticator.compute_unpadded(text);
    aws_lc_rs::constant_time::verify_slices_are_equal(&expected, tag).ok()?;
    let mut text = text.to_vec();
    cipher.apply_keystream(&mut text);
    Some(text)
}

fn begin(key: &[u8; 32], nonce: &[u8; 24]) -> (XSalsa20, Poly1305) {
    let mut cipher = XSalsa20::new(key.into(), nonce.into());
    let mut first = [0; 32];
    cipher.apply_keystream(&mut first);
    (cipher, Poly1305::new((&first).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_key_opens_with_its_password_only() {
        let sealed = seal(b"key", b"pw", &[1; 32], &[2; 24]).unwrap();
        assert_eq!(open(&sealed, b"pw").unwrap(), b"key");
        assert!(matches!(open(&sealed, b"PW"), Err(Error::WrongPassword)));
    }

    #[test]
    fn a_cost_that_would_eat_the_machine_is_refused() {
        let sealed = seal(b"key", b"pw", &[1; 32], &[2; 24]).unwrap();
        let text = String::from_utf8(sealed).unwrap();
        for cost in ["4294967295", "2147483648", "3", "0"] {
            let greedy = text.replace("\"N\":65536", &format!("\"N\":{cost}"));
            assert!(matches!(open(greedy.as_bytes(), b"pw"), Err(Error::BadKey { .. })), "{cost}");
        }
        let greedy = text.replace("\"r\":8", "\"r\":800000");
        assert!(matches!(open(greedy.as_bytes(), b"pw"), Err(Error::BadKey { .. })));
    }
}
