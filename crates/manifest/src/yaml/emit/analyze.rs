//! Which styles can hold a text.

use crate::yaml::emit::writer::Dialect;

/// What a text needs.
#[expect(clippy::struct_excessive_bools, reason = "one independent answer each")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Analysis {
    pub(crate) is_multiline: bool,
    pub(crate) flow_plain: bool,
    pub(crate) block_plain: bool,
    pub(crate) single_quoted: bool,
    pub(crate) block: bool,
}

/// What was seen on the way through a text.
#[expect(clippy::struct_excessive_bools, reason = "one independent sight each")]
#[derive(Default)]
struct Seen {
    block_indicators: bool,
    flow_indicators: bool,
    line_breaks: bool,
    special: bool,
    tabs: bool,
    leading_space: bool,
    leading_break: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
}

/// Looks at every character of a text.
///
/// # Source
///
/// libyaml's `yaml_emitter_analyze_scalar` as in go.yaml.in/yaml v2.4.2 and v3.0.3.
pub(crate) fn analyze(text: &str, dialect: Dialect) -> Analysis {
    if text.is_empty() {
        return Analysis {
            is_multiline: false,
            flow_plain: false,
            block_plain: true,
            single_quoted: true,
            block: false,
        };
    }
    if is_simple(text.as_bytes()) {
        return Analysis {
            is_multiline: false,
            flow_plain: true,
            block_plain: true,
            single_quoted: true,
            block: true,
        };
    }
    look(text, dialect).judge()
}

/// Whether a text is made of characters that mean nothing to YAML anywhere.
fn is_simple(bytes: &[u8]) -> bool {
    let plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'.' | b'-');
    bytes[0].is_ascii_alphanumeric() && bytes.iter().all(plain)
}

fn look(text: &str, dialect: Dialect) -> Seen {
    let mut seen = Seen::default();
    if text.starts_with("---") || text.starts_with("...") {
        seen.block_indicators = true;
        seen.flow_indicators = true;
    }
    let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let is_first = rest.len() == text.len();
        rest = &rest[character.len_utf8()..];
        let next = rest.as_bytes().first().copied();
        let before_blank = matches!(next, None | Some(b' ' | b'\t'));
        seen.note_indicator(character, is_first, after_blank, before_blank);
        match character {
            '\t' if dialect == Dialect::Three => seen.tabs = true,
            _ if !is_printable(character) => seen.special = true,
            _ => {}
        }
        let is_break = is_break(character);
        if character == ' ' {
            seen.leading_space |= is_first;
            seen.trailing_space |= next.is_none();
            seen.break_space |= after_break;
        } else if is_break {
            seen.line_breaks = true;
            seen.leading_break |= is_first;
            seen.trailing_break |= next.is_none();
            seen.space_break |= after_space;
        }
        after_space = character == ' ';
        after_break = is_break;
        after_blank = is_break || matches!(character, ' ' | '\t' | '\0');
        let harmless = rest.bytes().take_while(|byte| HARMLESS[usize::from(*byte)]).count();
        if harmless > 0 {
            (after_space, after_break, after_blank) = (false, false, false);
            rest = &rest[harmless..];
        }
    }
    seen
}

/// Bytes that mean nothing to YAML behind the first one of a text.
static HARMLESS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] =
            !matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}' | b':' | b'#');
        byte += 1;
    }
    table
};

impl Seen {
    fn note_indicator(
        &mut self,
        character: char,
        first: bool,
        after_blank: bool,
        before_blank: bool,
    ) {
        let (flow, block) = match character {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if first =>
            {
                (true, true)
            }
            '?' if first => (true, before_blank),
            '-' if first => (before_blank, before_blank),
            ':' => (true, before_blank),
            ',' | '?' | '[' | ']' | '{' | '}' => (true, false),
            '#' => (after_blank, after_blank),
            _ => (false, false),
        };
        self.flow_indicators |= flow;
        self.block_indicators |= block;
    }

    fn judge(&self) -> Analysis {
        let edges =
            self.leading_space || self.leading_break || self.trailing_space || self.trailing_break;
        let unclear = self.break_space || self.space_break || self.tabs || self.special;
        let plain = !edges && !unclear && !self.line_breaks;
        Analysis {
            is_multiline: self.line_breaks,
            flow_plain: plain && !self.flow_indicators,
            block_plain: plain && !self.block_indicators,
            single_quoted: !unclear,
            block: !self.trailing_space && !self.space_break && !self.special,
        }
    }
}

/// Whether a character is a line break to YAML 1.1.
pub(crate) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether go-yaml writes a character as it is.
///
/// Like go-yaml's, this leaves out everything above U+FFFF.
pub(crate) fn is_printable(character: char) -> bool {
    matches!(character,
        '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}
