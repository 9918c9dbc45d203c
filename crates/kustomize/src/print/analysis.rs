//! Which styles a string may be written in.

/// What go-yaml's emitter knows about a string before it chooses a style.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Analysis {
    pub(crate) is_multiline: bool,
    pub(crate) may_be_plain: bool,
    pub(crate) may_be_single_quoted: bool,
    pub(crate) may_be_block: bool,
}

#[derive(Default)]
struct Seen {
    indicator: bool,
    special: bool,
    line_break: bool,
    outer_space: bool,
    trailing_space: bool,
    break_space: bool,
    space_break: bool,
}

/// Looks at a string once.
///
/// # Source
///
/// go-yaml v2, `yaml_emitter_analyze_scalar`, for block context.
pub(crate) fn analyze(text: &str) -> Analysis {
    if text.is_empty() {
        return Analysis { may_be_plain: true, may_be_single_quoted: true, ..Analysis::default() };
    }
    let seen = look(text);
    let odd = seen.space_break || seen.special;
    Analysis {
        is_multiline: seen.line_break,
        may_be_plain: !(seen.indicator
            || seen.line_break
            || seen.outer_space
            || seen.break_space
            || odd),
        may_be_single_quoted: !seen.break_space && !odd,
        may_be_block: !seen.trailing_space && !odd,
    }
}

fn look(text: &str) -> Seen {
    let mut seen =
        Seen { indicator: text.starts_with("---") || text.starts_with("..."), ..Seen::default() };
    let (mut after_space, mut after_break, mut after_white) = (false, false, true);
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let is_last = rest.peek().is_none();
        let before_white = rest.peek().is_none_or(|(_, next)| matches!(next, ' ' | '\t'));
        seen.indicator |= match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if at == 0 =>
            {
                true
            }
            '?' | '-' if at == 0 => before_white,
            ':' => before_white,
            '#' => after_white,
            _ => false,
        };
        seen.special |= !is_printable(c);
        let (space, line_break) = (c == ' ', is_break(c));
        seen.outer_space |= (space || line_break) && (at == 0 || is_last);
        seen.trailing_space |= space && is_last;
        seen.break_space |= space && after_break;
        seen.space_break |= line_break && after_space;
        seen.line_break |= line_break;
        (after_space, after_break) = (space, line_break);
        after_white = space || line_break || c == '\t';
    }
    seen
}

pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// As go-yaml has it: neither tab nor anything beyond the basic plane.
pub(crate) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        && c != '\u{FEFF}'
}
