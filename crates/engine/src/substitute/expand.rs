//! The `${…}` grammar.

use super::Variables;
use crate::glob;

/// How deeply defaults may nest.
const DEPTH: usize = 16;

/// The largest text that expansion may make, in bytes.
const LIMIT: usize = 16 << 20;

/// Replaces every `${…}`; `$$` stands for one `$`, and a bare `$name` is left alone.
pub(super) fn expand(text: &str, variables: &Variables) -> Result<String, String> {
    let mut reader = Reader { rest: text, variables, depth: 0 };
    reader.text(None)
}

/// A change of letters.
type Change = fn(&str) -> String;

struct Reader<'a> {
    rest: &'a str,
    variables: &'a Variables,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Expands up to the end, or up to an unescaped `end`, which is consumed.
    fn text(&mut self, end: Option<char>) -> Result<String, String> {
        let mut out = String::new();
        loop {
            if out.len() > LIMIT {
                return Err("the result is too large".to_owned());
            }
            let Some(c) = self.rest.chars().next() else {
                return if end.is_some() { Err(unclosed()) } else { Ok(out) };
            };
            if Some(c) == end {
                self.rest = &self.rest[1..];
                return Ok(out);
            }
            if let Some(rest) = self.rest.strip_prefix("$$") {
                out.push('$');
                self.rest = rest;
                // What follows an escaped dollar is text, also a brace.
                if let Some(rest) = rest.strip_prefix('{') {
                    out.push('{');
                    self.rest = rest;
                }
            } else if let Some(rest) = self.rest.strip_prefix("${") {
                self.rest = rest;
                out.push_str(&self.expression()?);
            } else {
                out.push(c);
                self.rest = &self.rest[c.len_utf8()..];
            }
        }
    }

    /// Expands one expression whose `${` has been consumed.
    fn expression(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("expressions are nested too deeply".to_owned());
        }
        let wants_length = self.take("#");
        let name = self.name()?;
        let value = self.variables.get(name).map(String::as_str);
        let out = if wants_length {
            self.close()?;
            required(name, value)?.len().to_string()
        } else {
            self.operation(name, value)?
        };
        self.depth -= 1;
        Ok(out)
    }

    fn operation(&mut self, name: &str, value: Option<&str>) -> Result<String, String> {
        for sign in [":=", ":-", ":?", ":+", "="] {
            if self.take(sign) {
                let default = self.text(Some('}'))?;
                return Ok(value.filter(|value| !value.is_empty()).map_or(default, str::to_owned));
            }
        }
        if self.take("}") {
            return required(name, value).map(str::to_owned);
        }
        let cased: [(&str, Change); 4] = [
            ("^^", str::to_uppercase),
            (",,", str::to_lowercase),
            ("^", |value| first(value, str::to_uppercase)),
            (",", |value| first(value, str::to_lowercase)),
        ];
        for (sign, change) in cased {
            if self.take(sign) {
                self.close()?;
                return required(name, value).map(change);
            }
        }
        if self.take(":") {
            return self.part_of(required(name, value));
        }
        if self.rest.starts_with(['#', '%']) {
            return self.trimmed(required(name, value));
        }
        if self.take("/") {
            return self.replaced(required(name, value));
        }
        Err(format!("unable to parse variable name: `${{{name}{}`", self.peek()))
    }

    /// `${v:n}` and `${v:n:len}`, counted in bytes.
    fn part_of(&mut self, value: Result<&str, String>) -> Result<String, String> {
        let arguments = self.text(Some('}'))?;
        let (from, length) =
            arguments.split_once(':').map_or((arguments.as_str(), None), |(a, b)| (a, Some(b)));
        let number = |text: &str| {
            text.trim().parse::<usize>().map_err(|_| format!("`{text}` is not a position"))
        };
        let value = value?;
        let from = number(from)?.min(value.len());
        let to = match length {
            Some(length) => from.saturating_add(number(length)?).min(value.len()),
            None => value.len(),
        };
        Ok(String::from_utf8_lossy(&value.as_bytes()[from..to]).into_owned())
    }

    /// `${v#p}`, `${v##p}`, `${v%p}`, `${v%%p}`: the pattern is a shell pattern.
    fn trimmed(&mut self, value: Result<&str, String>) -> Result<String, String> {
        let is_prefix = self.rest.starts_with('#');
        let sign = if is_prefix { "#" } else { "%" };
        let is_longest = self.take(sign) && self.take(sign);
        let pattern = self.text(Some('}'))?;
        let value = value?;
        let cuts = value.char_indices().map(|(at, _)| at).chain([value.len()]);
        let is_removable = |at: &usize| {
            let part = if is_prefix { &value[..*at] } else { &value[*at..] };
            !part.is_empty() && glob::is_match(&pattern, part)
        };
        let mut cuts = cuts.filter(is_removable);
        let cut = if is_prefix == is_longest { cuts.next_back() } else { cuts.next() };
        Ok(match cut {
            Some(at) if is_prefix => value[at..].to_owned(),
            Some(at) => value[..at].to_owned(),
            None => value.to_owned(),
        })
    }

    /// `${v/p/r}`, `${v//p/r}`, `${v/#p/r}`, `${v/%p/r}`: the pattern is literal.
    fn replaced(&mut self, value: Result<&str, String>) -> Result<String, String> {
        let how = ["/", "#", "%"].into_iter().find(|sign| self.take(sign)).unwrap_or_default();
        let pattern = self.until_slash()?;
        let with = self.text(Some('}'))?;
        let value = value?;
        if pattern.is_empty() {
            return Ok(value.to_owned());
        }
        Ok(match how {
            "/" => value.replace(&pattern, &with),
            "#" => value
                .strip_prefix(&pattern)
                .map_or_else(|| value.to_owned(), |rest| format!("{with}{rest}")),
            "%" => value
                .strip_suffix(&pattern)
                .map_or_else(|| value.to_owned(), |rest| format!("{rest}{with}")),
            _ => value.replacen(&pattern, &with, 1),
        })
    }

    fn until_slash(&mut self) -> Result<String, String> {
        let end = self.rest.find(['/', '}']).ok_or_else(unclosed)?;
        let pattern = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        // `${v/p}` removes the pattern: the replacement is empty.
        self.take("/");
        Ok(pattern)
    }

    fn name(&mut self) -> Result<&'a str, String> {
        let is_part = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let end = self.rest.find(|c| !is_part(c)).ok_or_else(unclosed)?;
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(format!("unable to parse variable name: `${{{}`", self.peek()));
        }
        self.rest = rest;
        Ok(name)
    }

    fn take(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn close(&mut self) -> Result<(), String> {
        if self.take("}") { Ok(()) } else { Err(unclosed()) }
    }

    fn peek(&self) -> String {
        self.rest.chars().take(8).collect()
    }
}

fn required<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, String> {
    value.ok_or_else(|| format!("variable not set (strict mode): \"{name}\""))
}

fn first(value: &str, change: Change) -> String {
    let end = value.chars().next().map_or(0, char::len_utf8);
    format!("{}{}", change(&value[..end]), &value[end..])
}

fn unclosed() -> String {
    "a `${` has no `}`".to_owned()
}
