//! Shell patterns as Go's `path.Match` reads them.

/// Tells whether a pattern matches a whole name; a malformed pattern matches nothing.
///
/// `*` and `?` do not match `/`; `[a-z]` and `[^a-z]` are classes; `\` takes the next character as it is.
pub(crate) fn is_match(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    matches(&pattern, &name)
}

/// Compares greedily, going back to the last `*` on a mismatch: linear memory, no recursion.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
            continue;
        }
        if let Some(next) = one(pattern, p, name[n]) {
            p = next;
            n += 1;
            continue;
        }
        match star {
            Some((after, from)) if name[from] != '/' => {
                star = Some((after, from + 1));
                p = after;
                n = from + 1;
            }
            _ => return false,
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|c| *c == '*')
}

/// Matches one character; the position after its pattern, or `None`.
fn one(pattern: &[char], at: usize, c: char) -> Option<usize> {
    match *pattern.get(at)? {
        '?' => (c != '/').then_some(at + 1),
        '[' => class(pattern, at + 1, c),
        '\\' => (*pattern.get(at + 1)? == c).then_some(at + 2),
        literal => (literal == c).then_some(at + 1),
    }
}

/// Matches a class whose opening bracket is before `at`.
fn class(pattern: &[char], mut at: usize, c: char) -> Option<usize> {
    let is_negated = pattern.get(at) == Some(&'^');
    at += usize::from(is_negated);
    let mut is_in = false;
    let mut is_first = true;
    loop {
        if *pattern.get(at)? == ']' && !is_first {
            return (is_in != is_negated).then_some(at + 1);
        }
        is_first = false;
        let (low, next) = character(pattern, at)?;
        at = next;
        let mut high = low;
        if pattern.get(at) == Some(&'-') {
            (high, at) = character(pattern, at + 1)?;
        }
        is_in |= (low..=high).contains(&c);
    }
}

fn character(pattern: &[char], at: usize) -> Option<(char, usize)> {
    match *pattern.get(at)? {
        '-' | ']' => None,
        '\\' => Some((*pattern.get(at + 1)?, at + 2)),
        c => Some((c, at + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, expected) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[^b-d]", "abc", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("[", "a", false),
            ("*.jpg", "x.jpg", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(is_match(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
