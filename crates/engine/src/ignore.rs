//! Which files of an artifact are left out.

use manifest::Tree;

use crate::glob;

/// Files and folders of version control; always left out.
const VERSION_CONTROL: &str = ".git/\n.gitignore\n.gitmodules\n.gitattributes\n";

/// Further files that are left out unless the artifact or the source has rules of its own.
const DEFAULTS: &str = "*.jpg\n*.jpeg\n*.gif\n*.png\n*.wmv\n*.flv\n*.tar.gz\n*.zip\n\
    .github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml\ncloudbuild.yaml\n\
    codeship-services.yml\ncodeship-steps.yml\n\
    **/.goreleaser.yml\n**/.sops.yaml\n**/.flux.yaml\n";

/// The file with rules that an artifact may carry in any folder.
const RULES_FILE: &str = ".sourceignore";

/// Returns the tree without what is to be ignored.
///
/// The rules are those of the `.sourceignore` files in the tree, then `spec_ignore`; with neither, the
/// default list. Files of version control are always left out.
///
/// # Source
///
/// facts/flux.md §1.3 and §2.4 step 8: the syntax of `.gitignore` as go-git reads it.
pub(crate) fn filter(tree: &Tree, spec_ignore: Option<&str>) -> Tree {
    let mut rules = parse(VERSION_CONTROL, &[]);
    let own = own_rules(tree);
    if own.is_empty() && spec_ignore.is_none() {
        rules.extend(parse(DEFAULTS, &[]));
    }
    rules.extend(own);
    rules.extend(parse(spec_ignore.unwrap_or_default(), &[]));
    let kept = tree.iter().filter(|(path, _)| !is_ignored(&rules, path));
    kept.map(|(path, file)| (path.to_owned(), file.clone())).collect()
}

fn own_rules(tree: &Tree) -> Vec<Rule> {
    let files = tree.iter().filter_map(|(path, file)| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        (name == RULES_FILE).then_some((folder, file))
    });
    files
        .flat_map(|(folder, file)| {
            let domain: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            parse(&String::from_utf8_lossy(&file.bytes), &domain)
        })
        .collect()
}

fn is_ignored(rules: &[Rule], path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let last = rules.iter().rev().find(|rule| rule.matches(&parts));
    last.is_some_and(|rule| !rule.includes)
}

/// One line of a rules file.
#[derive(Debug)]
struct Rule {
    /// The folder that the rule is for.
    domain: Vec<String>,
    /// `!`: takes back what an earlier rule left out.
    includes: bool,
    /// A trailing slash: does not match a file itself.
    folders_only: bool,
    pattern: Pattern,
}

#[derive(Debug)]
enum Pattern {
    /// Without a slash: any part of the path.
    Name(String),
    /// With a slash: the path from its beginning.
    Path(Vec<String>),
}

fn parse(text: &str, domain: &[&str]) -> Vec<Rule> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| rule(line, domain))
        .collect()
}

fn rule(line: &str, domain: &[&str]) -> Rule {
    let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
    let (includes, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (folders_only, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
    let pattern = if line.contains('/') {
        Pattern::Path(line.split('/').map(str::to_owned).collect())
    } else {
        Pattern::Name(line.to_owned())
    };
    let domain = domain.iter().map(|part| (*part).to_owned()).collect();
    Rule { domain, includes, folders_only, pattern }
}

impl Rule {
    fn matches(&self, path: &[&str]) -> bool {
        let Some(path) = below(&self.domain, path) else { return false };
        match &self.pattern {
            Pattern::Name(name) => {
                let Some(at) = path.iter().position(|part| glob::is_match(name, part)) else {
                    return false;
                };
                !(self.folders_only && at == path.len() - 1)
            }
            Pattern::Path(parts) => match remaining(parts, path) {
                Some(rest) => !(self.folders_only && rest == 0),
                None => false,
            },
        }
    }
}

/// The path below a folder; `None` when it is not below it.
fn below<'a, 'b>(domain: &[String], path: &'a [&'b str]) -> Option<&'a [&'b str]> {
    if path.len() <= domain.len() {
        return None;
    }
    let (head, rest) = path.split_at(domain.len());
    head.iter().zip(domain).all(|(part, wanted)| part == wanted).then_some(rest)
}

/// How many parts of the path are left after the pattern has matched its beginning.
fn remaining(pattern: &[String], mut path: &[&str]) -> Option<usize> {
    let mut has_matched = false;
    let mut may_skip = false;
    for (index, part) in pattern.iter().enumerate() {
        match part.as_str() {
            "" => may_skip = false,
            "**" if index == pattern.len() - 1 => break,
            "**" => may_skip = true,
            part if part.contains("**") => return None,
            part => {
                let found = if may_skip {
                    path.iter().position(|name| glob::is_match(part, name))?
                } else {
                    path.first().filter(|name| glob::is_match(part, name)).map(|_| 0)?
                };
                path = &path[found + 1..];
                (has_matched, may_skip) = (true, false);
            }
        }
    }
    has_matched.then_some(path.len())
}

#[cfg(test)]
mod tests;
