//! The mark of what has met its demand.

use crate::error::Error;

/// What has to be shown before something may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: the source asks for no signature.
    Nothing,
    /// A signature in the way of a provider, such as `cosign`.
    Signature {
        /// The provider.
        provider: String,
    },
}

/// What was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing was demanded.
    NotDemanded,
    /// A signature by a key.
    Key {
        /// Which one, as [`PublicKey::hint`](crate::PublicKey::hint) names it.
        hint: String,
    },
}

/// Something that has met what was demanded of it; only [`verify`] and
/// [`verify_pinned`](crate::verify_pinned) and its like make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    evidence: Evidence,
}

/// Checks `value` against `demand` and marks it as verified.
///
/// # Errors
///
/// [`Error::Unsupported`] when the demand cannot be checked; it is never passed over.
pub fn verify<T>(value: T, demand: &Demand) -> Result<Verified<T>, Error> {
    match demand {
        Demand::Nothing => Ok(Verified { value, evidence: Evidence::NotDemanded }),
        Demand::Signature { provider } => Err(Error::Unsupported { provider: provider.clone() }),
    }
}

impl<T> Verified<T> {
    /// Marks a value; only the verifying functions of this crate may.
    pub(crate) fn new(value: T, evidence: Evidence) -> Self {
        Self { value, evidence }
    }

    /// The verified thing.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// What was shown for it.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Takes the verified thing out, with its mark left behind.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Carries the mark over to what is made from the verified thing alone.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub fn try_map<U, E>(self, make: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        Ok(Verified { value: make(self.value)?, evidence: self.evidence })
    }

    /// As [`Verified::try_map`], for making that waits, such as pulling what is pinned.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub async fn try_map_async<U, E, F>(self, make: impl FnOnce(T) -> F) -> Result<Verified<U>, E>
    where
        F: Future<Output = Result<U, E>>,
    {
        Ok(Verified { value: make(self.value).await?, evidence: self.evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, Evidence, verify};

    #[test]
    fn what_cannot_be_verified_is_refused_rather_than_passed() {
        let demand = Demand::Signature { provider: "cosign".to_owned() };
        assert!(verify("bundle", &demand).is_err());
    }

    #[test]
    fn the_mark_is_kept_through_a_step_that_succeeds() {
        let verified = verify(2, &Demand::Nothing).unwrap();
        let doubled = verified.try_map(|n| Ok::<_, ()>(n * 2)).unwrap();
        assert_eq!((*doubled.get(), doubled.evidence()), (4, &Evidence::NotDemanded));
    }
}
