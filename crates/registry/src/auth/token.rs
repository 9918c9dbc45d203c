//! Bearer tokens: asked for once per set of scopes, kept until shortly before they expire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde::Deserialize;

use super::{basic, challenge};
use crate::backoff::{pause, random};
use crate::call::Call;
use crate::error::is_passing;
use crate::registry::lock;
use crate::{Credential, Error, Registry, RequestLine, body};

/// What a token without `expires_in` is good for.
///
/// # Source
///
/// distribution, "Token Authentication Specification": 60 seconds.
const DEFAULT_LIFE: u64 = 60;

/// The largest answer of a token server that is read.
const LIMIT: u64 = 1 << 20;

/// What a token is good for: `repository:shop:pull` and the like.
type Access = BTreeSet<String>;

/// A token in the making.
type Flight = Arc<tokio::sync::Mutex<()>>;

/// Who gives a token to whom.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) realm: String,
    pub(crate) service: String,
    pub(crate) credential: Credential,
}

/// The tokens at hand.
#[derive(Default)]
pub(crate) struct Tokens {
    held: Mutex<BTreeMap<Key, BTreeMap<Access, Token>>>,
    /// One lock per token in the making, so that a crowd asks once.
    flights: Mutex<BTreeMap<(Key, Access), Flight>>,
}

#[derive(Clone)]
struct Token {
    value: String,
    until: Instant,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
    expires_in: Option<u64>,
}

impl Tokens {
    /// A token that covers `access` and is still good.
    fn find(&self, key: &Key, access: &Access) -> Option<String> {
        let held = lock(&self.held);
        let now = Instant::now();
        let mut tokens = held.get(key)?.iter();
        tokens
            .find(|(scopes, token)| scopes.is_superset(access) && token.until > now)
            .map(|(_, token)| token.value.clone())
    }

    fn keep(&self, key: &Key, access: &Access, token: Token) {
        let mut held = lock(&self.held);
        let tokens = held.entry(key.clone()).or_default();
        let now = Instant::now();
        tokens.retain(|_, token| token.until > now);
        tokens.insert(access.clone(), token);
    }

    /// Throws away every token that was good for `access`: one of them was refused.
    pub(super) fn forget(&self, key: &Key, access: &Access) {
        if let Some(tokens) = lock(&self.held).get_mut(key) {
            tokens.retain(|scopes, _| !scopes.is_superset(access));
        }
    }
}

impl Registry {
    /// A token for `access`, from memory or from the token server.
    pub(super) async fn token(
        &self,
        call: &Call,
        key: &Key,
        access: &Access,
    ) -> Result<String, Error> {
        let tokens = &self.inner.tokens;
        if let Some(token) = tokens.find(key, access) {
            return Ok(token);
        }
        let id = (key.clone(), access.clone());
        let flight = lock(&tokens.flights).entry(id.clone()).or_default().clone();
        let _guard = flight.lock().await;
        if let Some(token) = tokens.find(key, access) {
            return Ok(token);
        }
        let result = self.fetch_token(call, key, access).await;
        lock(&tokens.flights).remove(&id);
        let token = result?;
        tokens.keep(key, access, token.clone());
        Ok(token.value)
    }

    async fn fetch_token(&self, call: &Call, key: &Key, access: &Access) -> Result<Token, Error> {
        let realm = self.realm(call, key)?;
        let is_post = matches!(key.credential, Credential::IdentityToken(_));
        let request = RequestLine {
            host: realm.authority().to_owned(),
            method: if is_post { "POST" } else { "GET" }.to_owned(),
            path: realm.path().to_owned(),
        };
        let policy = self.inner.settings.retry;
        let mut attempt = 0;
        loop {
            let result = self.ask_once(&realm, key, access, &request).await;
            let wait = match &result {
                Err(Error::Unreachable { .. }) => None,
                Err(error) => match error.answer() {
                    Some(answer) if is_passing(answer.status) => answer.retry_after,
                    _ => return result,
                },
                Ok(_) => return result,
            };
            attempt += 1;
            let wait = wait.unwrap_or_else(|| pause(&policy, attempt - 1, random()));
            if attempt >= policy.attempts || wait > policy.longest_pause {
                return result;
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// The token server's address, unless a login would travel in clear text to it.
    fn realm(&self, call: &Call, key: &Key) -> Result<Url, Error> {
        let bad = |reason: &str| Error::Garbage { request: call.line(), reason: reason.to_owned() };
        let realm: Url =
            key.realm.parse().map_err(|_| bad("the realm of its challenge is no address"))?;
        let is_tls = self.host(&call.reference).scheme == Some("https");
        match realm.scheme() {
            "https" => Ok(realm),
            "http" if !is_tls || key.credential == Credential::Anonymous => Ok(realm),
            "http" => Err(bad("it asks to send the login over plain HTTP")),
            _ => Err(bad("the realm of its challenge is not HTTP")),
        }
    }

    async fn ask_once(
        &self,
        realm: &Url,
        key: &Key,
        access: &Access,
        request: &RequestLine,
    ) -> Result<Token, Error> {
        let timeouts = self.inner.settings.timeouts;
        let builder = match &key.credential {
            Credential::IdentityToken(refresh) => self.refresh(realm, key, access, refresh)?,
            credential => {
                let mut url = realm.clone();
                add_query(&mut url, key, access);
                let builder = self.client_for(&url)?.get(url);
                match basic(credential) {
                    Some(header) => builder.header(reqwest::header::AUTHORIZATION, header),
                    None => builder,
                }
            }
        };
        let sent = tokio::time::timeout(timeouts.answer, builder.send()).await;
        let response = sent
            .map_err(|_| Error::Unreachable {
                request: request.clone(),
                source: "no answer in time".into(),
            })?
            .map_err(|error| body::broken(request, error))?;
        if !response.status().is_success() {
            return Err(body::refusal(response, request.clone(), timeouts.idle).await);
        }
        let bytes = body::read(response, request, LIMIT, timeouts.idle).await?;
        read_token(&bytes).ok_or_else(|| Error::Garbage {
            request: request.clone(),
            reason: "a token answer without a token".to_owned(),
        })
    }

    /// The `OAuth2` form of the request, for refresh tokens.
    ///
    /// # Source
    ///
    /// distribution, "Docker Registry v2 `OAuth2` authentication".
    fn refresh(
        &self,
        realm: &Url,
        key: &Key,
        access: &Access,
        refresh: &str,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token");
        form.append_pair("service", &key.service);
        form.append_pair("client_id", "wharf");
        form.append_pair("scope", &challenge::scopes(access).join(" "));
        form.append_pair("refresh_token", refresh);
        let form_type = "application/x-www-form-urlencoded";
        let builder = self.client_for(realm)?.post(realm.clone());
        Ok(builder.header(reqwest::header::CONTENT_TYPE, form_type).body(form.finish()))
    }
}

fn add_query(url: &mut Url, key: &Key, access: &Access) {
    let mut query = url.query_pairs_mut();
    if !key.service.is_empty() {
        query.append_pair("service", &key.service);
    }
    for scope in challenge::scopes(access) {
        query.append_pair("scope", &scope);
    }
    if let Credential::Basic { username, .. } = &key.credential {
        query.append_pair("account", username);
    }
}

fn read_token(bytes: &[u8]) -> Option<Token> {
    let answer: Answer = serde_json::from_slice(bytes).ok()?;
    let value = if answer.token.is_empty() { answer.access_token } else { answer.token };
    // A tenth less than promised, so that a token does not expire on its way.
    let life = answer.expires_in.unwrap_or(DEFAULT_LIFE).clamp(DEFAULT_LIFE, 24 * 3600);
    let until = Instant::now() + Duration::from_secs(life - life / 10);
    (!value.is_empty()).then_some(Token { value, until })
}
