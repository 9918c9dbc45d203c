//! The one place that turns errors into text.
//!
//! A person sees up to five things, in this order: what was attempted, because (outermost first, each
//! fact once), what is true now, a blank line, one hint that can be done.

use std::error::Error;
use std::fmt::{self, Write as _};

use crate::exit::Exit;

/// A failure as a person reads it.
#[derive(Debug)]
pub(crate) struct Report {
    attempted: String,
    because: Vec<String>,
    now: Option<String>,
    hint: Option<String>,
    exit: Exit,
}

impl Report {
    /// Starts a report with what was attempted: ``cannot push `a/b:c` ``.
    pub(crate) fn new(attempted: impl Into<String>) -> Self {
        Self {
            attempted: attempted.into(),
            because: vec![],
            now: None,
            hint: None,
            exit: Exit::Unknown,
        }
    }

    /// Adds an error and all its sources, each fact once.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if !self.because.iter().any(|said| said.contains(&text)) {
                self.because.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds a reason in words.
    pub(crate) fn reason(mut self, text: impl Into<String>) -> Self {
        self.because.push(text.into());
        self
    }

    /// Says what is true after the failure.
    pub(crate) fn now(mut self, text: impl Into<String>) -> Self {
        self.now = Some(text.into());
        self
    }

    /// Says what can be done.
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Says that the answer is no, rather than unknown: exit code 1 instead of 2.
    pub(crate) fn refused(mut self) -> Self {
        self.exit = Exit::No;
        self
    }

    /// How the command ends after this report.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.attempted)?;
        for because in &self.because {
            write!(f, "\n  because {}", because.replace('\n', "\n  "))?;
        }
        if let Some(now) = &self.now {
            write!(f, "\n  now: {now}")?;
        }
        if let Some(hint) = &self.hint {
            f.write_char('\n')?;
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Gives a failed step its first line.
pub(crate) trait Attempt<T> {
    /// Turns the error into a report that starts with `attempted`.
    fn attempt(self, attempted: impl FnOnce() -> String) -> Result<T, Report>;
}

impl<T, E: Error + 'static> Attempt<T> for Result<T, E> {
    fn attempt(self, attempted: impl FnOnce() -> String) -> Result<T, Report> {
        self.map_err(|error| Report::new(attempted()).because(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[derive(Debug, thiserror::Error)]
    #[error("the registry answered 403")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("user `ci` may not write")]
    struct Inner;

    #[test]
    fn a_report_says_each_fact_once_and_in_order() {
        let report = Report::new("cannot push `a/b:c`")
            .because(&Outer(Inner))
            .now("the tag is unchanged")
            .hint("log in with a token that may push");
        expect![[r"
            error: cannot push `a/b:c`
              because the registry answered 403
              because user `ci` may not write
              now: the tag is unchanged

            hint: log in with a token that may push"]]
        .assert_eq(&report.to_string());
    }
}
