//! Writes the text of scalars, one function for each style.

use crate::yaml::emit::analyze::{is_break, is_printable};
use crate::yaml::emit::writer::{Dialect, Indicator, Writer};

impl Writer {
    /// Writes a text without quotes.
    pub(crate) fn plain(&mut self, text: &str, may_fold: bool) {
        if !text.is_empty() {
            self.put_space();
        }
        if text.contains(is_break) || may_fold && self.dialect == Dialect::Two && text.contains(' ')
        {
            self.words(text, may_fold, Edge::Any, false);
        } else {
            self.put_str(text);
        }
        if !text.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    /// Writes a text in single quotes.
    pub(crate) fn single_quoted(&mut self, text: &str, may_fold: bool) {
        self.put_indicator("'", Indicator::SPACED);
        self.words(text, may_fold, Edge::Inside, true);
        self.put_indicator("'", Indicator::TIGHT);
        self.end_word();
    }

    /// Writes words, folding at spaces; line breaks are doubled so that they survive.
    fn words(&mut self, text: &str, may_fold: bool, edge: Edge, doubles_quotes: bool) {
        let (mut spaces, mut breaks) = (false, false);
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (_, after) = rest.split_at(character.len_utf8());
            if character == ' ' {
                let at_edge =
                    edge == Edge::Inside && (rest.len() == text.len() || after.is_empty());
                if may_fold && !spaces && self.is_full() && !at_edge && !after.starts_with(' ') {
                    self.put_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.put_break();
                }
                self.put_text_break(character);
                breaks = true;
            } else {
                if breaks {
                    self.put_indent();
                }
                if doubles_quotes && character == '\'' {
                    self.put('\'');
                }
                // Everything up to the next character that needs thought goes out at once.
                let thinks = |it: char| it == ' ' || it == '\'' || is_break(it);
                let length = after.find(thinks).unwrap_or(after.len()) + character.len_utf8();
                self.put_str(&rest[..length]);
                self.indention = false;
                (spaces, breaks) = (false, false);
                rest = &rest[length..];
                continue;
            }
            rest = after;
        }
    }

    /// Writes a text in double quotes, with escapes.
    pub(crate) fn double_quoted(&mut self, text: &str, may_fold: bool) {
        self.put_indicator("\"", Indicator::SPACED);
        // Like go-yaml, a text that begins with a byte order mark is escaped throughout.
        let escapes_all = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (_, after) = rest.split_at(character.len_utf8());
            if escapes_all || needs_escape(character) {
                self.escape(character);
                spaces = false;
            } else if character == ' ' {
                let at_edge = rest.len() == text.len() || after.is_empty();
                if may_fold && !spaces && self.is_full() && !at_edge {
                    self.put_indent();
                    if after.starts_with(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                let thinks = |it: char| it == ' ' || needs_escape(it);
                let length = after.find(thinks).unwrap_or(after.len()) + character.len_utf8();
                self.put_str(&rest[..length]);
                spaces = false;
                rest = &rest[length..];
                continue;
            }
            rest = after;
        }
        self.put_indicator("\"", Indicator::TIGHT);
        self.end_word();
    }

    fn escape(&mut self, character: char) {
        self.put('\\');
        let short = match character {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' | '\\' => character,
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(character);
                let text = match code {
                    0..=0xFF => format!("x{code:02X}"),
                    0x100..=0xFFFF => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                return self.put_str(&text);
            }
        };
        self.put(short);
    }

    /// Writes what stands behind `|` or `>`: indentation and chomping.
    pub(crate) fn block_hints(&mut self, text: &str) {
        if text.starts_with(|it| it == ' ' || is_break(it)) {
            self.put_indicator("2", Indicator::TIGHT);
        }
        let mut last = text.chars().rev();
        let hint = match (last.next(), last.next()) {
            (Some(end), None) if is_break(end) => "+",
            (Some(end), Some(before)) if is_break(end) => {
                if is_break(before) {
                    "+"
                } else {
                    ""
                }
            }
            _ => "-",
        };
        if !hint.is_empty() {
            self.put_indicator(hint, Indicator::TIGHT);
        }
    }

    /// Writes the lines of a literal text; the header and its line break are written already.
    pub(crate) fn literal(&mut self, text: &str) {
        self.whitespace = true;
        let mut rest = text;
        while !rest.is_empty() {
            let length = rest.find(is_break).unwrap_or(rest.len());
            let (line, after) = rest.split_at(length);
            if !line.is_empty() {
                self.put_indent();
                self.put_str(line);
                self.indention = false;
            }
            let Some(line_break) = after.chars().next() else { break };
            self.put_text_break(line_break);
            rest = &after[line_break.len_utf8()..];
        }
    }

    /// Writes the lines of a folded text; the header and its line break are written already.
    pub(crate) fn folded(&mut self, text: &str) {
        self.whitespace = true;
        let (mut breaks, mut leading_spaces) = (true, true);
        let after_first_breaks = text.trim_start_matches(is_break);
        // go-yaml looks at the beginning of the text here, not at the line at hand.
        let begins_blank =
            after_first_breaks.is_empty() || after_first_breaks.starts_with([' ', '\t']);
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let after = &rest[character.len_utf8()..];
            if is_break(character) {
                if !breaks && !leading_spaces && character == '\n' && !begins_blank {
                    self.put_break();
                }
                self.put_text_break(character);
                breaks = true;
            } else {
                if breaks {
                    self.put_indent();
                    leading_spaces = matches!(character, ' ' | '\t');
                }
                if !breaks && character == ' ' && !after.starts_with(' ') && self.is_full() {
                    self.put_indent();
                } else {
                    self.put(character);
                }
                self.indention = false;
                breaks = false;
            }
            rest = after;
        }
    }
}

/// Where a space may become a line break.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Any,
    /// Not at the beginning and not at the end.
    Inside,
}

fn needs_escape(character: char) -> bool {
    matches!(character, '"' | '\\') || !is_printable(character) || is_break(character)
}
