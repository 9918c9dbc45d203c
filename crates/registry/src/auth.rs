//! Login: what a registry asks for, and the tokens it gives.

mod challenge;
mod token;

pub(crate) use challenge::Challenge;
pub(crate) use token::Tokens;

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue};

use crate::call::Call;
use crate::{Credential, Error, Registry};

/// An `Authorization` header and where it came from.
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// The scopes of the token, so that a refused one can be thrown away.
    token: Option<(token::Key, BTreeSet<String>)>,
}

impl Registry {
    /// The header for a call, from what the registry is known to ask for; `None` before it asked.
    pub(crate) async fn authorize(&self, call: &Call) -> Result<Option<Authorization>, Error> {
        match self.host(&call.reference).challenge {
            Some(challenge) => self.answer(call, &challenge, call.access.clone()).await,
            None => Ok(None),
        }
    }

    /// The header after a 401; `None` when there is nothing (else) to offer.
    pub(crate) async fn authorize_again(
        &self,
        call: &Call,
        headers: &HeaderMap,
        refused: Option<Authorization>,
    ) -> Result<Option<Authorization>, Error> {
        let Some(challenge) = Challenge::read(headers) else { return Ok(None) };
        let challenge = Arc::new(challenge);
        let mut access = call.access.clone();
        access.extend(challenge.access.iter().cloned());
        let refused_header = refused.as_ref().map(|refused| refused.header.clone());
        if let Some((key, scopes)) = refused.and_then(|refused| refused.token) {
            self.inner.tokens.forget(&key, &scopes);
        }
        self.learn(&call.reference, |host| host.challenge = Some(challenge.clone()));
        let next = self.answer(call, &challenge, access).await?;
        if next.as_ref().map(|next| &next.header) == refused_header.as_ref() {
            self.forget_credential(&call.reference);
            return Ok(None);
        }
        Ok(next)
    }

    async fn answer(
        &self,
        call: &Call,
        challenge: &Challenge,
        access: BTreeSet<String>,
    ) -> Result<Option<Authorization>, Error> {
        let credential = self.credential(&call.reference).await?;
        if let Credential::RegistryToken(token) = &credential {
            return Ok(Some(Authorization { header: bearer(token)?, token: None }));
        }
        let Some(realm) = &challenge.realm else {
            return Ok(basic(&credential).map(|header| Authorization { header, token: None }));
        };
        let key =
            token::Key { realm: realm.clone(), service: challenge.service.clone(), credential };
        let token = self.token(call, &key, &access).await?;
        Ok(Some(Authorization { header: bearer(&token)?, token: Some((key, access)) }))
    }
}

/// The header of basic authentication, if the credential is a user and a password.
pub(crate) fn basic(credential: &Credential) -> Option<HeaderValue> {
    let Credential::Basic { username, password } = credential else { return None };
    let encoded = STANDARD.encode(format!("{username}:{password}"));
    let mut header = HeaderValue::from_str(&format!("Basic {encoded}")).expect("base64 is ASCII");
    header.set_sensitive(true);
    Some(header)
}

fn bearer(token: &str) -> Result<HeaderValue, Error> {
    let mut header =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Credentials {
            origin: "the registry's token".to_owned(),
            reason: "it holds control characters".to_owned(),
        })?;
    header.set_sensitive(true);
    Ok(header)
}
