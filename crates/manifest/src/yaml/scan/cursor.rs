//! Steps through the text and answers what stands there.

use crate::yaml::scan::Scanner;

impl<'a> Scanner<'a> {
    /// The byte at a distance from the current place; 0 behind the end (YAML holds no NUL).
    #[inline]
    pub(super) fn byte(&self, distance: usize) -> u8 {
        self.text.as_bytes().get(self.position + distance).copied().unwrap_or(0)
    }

    pub(super) fn is_blank(&self, distance: usize) -> bool {
        matches!(self.byte(distance), b' ' | b'\t')
    }

    /// Whether a line break begins: CR, LF, NEL, LS or PS.
    pub(super) fn is_break(&self, distance: usize) -> bool {
        match self.byte(distance) {
            b'\n' | b'\r' => true,
            0xC2 => self.byte(distance + 1) == 0x85,
            0xE2 => {
                self.byte(distance + 1) == 0x80 && matches!(self.byte(distance + 2), 0xA8 | 0xA9)
            }
            _ => false,
        }
    }

    pub(super) fn is_break_or_end(&self, distance: usize) -> bool {
        self.byte(distance) == 0 || self.is_break(distance)
    }

    pub(super) fn is_blank_or_end(&self, distance: usize) -> bool {
        self.is_blank(distance) || self.is_break_or_end(distance)
    }

    /// Whether `---` or `...` stands alone at the beginning of this line.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.byte(0), b'-' | b'.')
            && self.byte(1) == self.byte(0)
            && self.byte(2) == self.byte(0)
            && self.is_blank_or_end(3)
    }

    /// The text between two byte offsets that lie on character boundaries.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Steps over one character.
    pub(super) fn skip(&mut self) {
        let first = self.byte(0);
        if !matches!(first, b' ' | b'\t') {
            self.newlines = 0;
        }
        self.mark.index += 1;
        self.mark.column += 1;
        self.position = (self.position + width(first)).min(self.text.len());
    }

    /// Steps over the text up to a byte offset; it holds no line break, and something not blank.
    pub(super) fn skip_to(&mut self, position: usize) {
        let run = &self.text.as_bytes()[self.position..position];
        let characters = run.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
        let characters = i32::try_from(characters).unwrap_or(i32::MAX);
        self.newlines = 0;
        self.mark.index += characters;
        self.mark.column += characters;
        self.position = position;
    }

    /// Steps over spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    /// Steps over a line break and returns what it means: LF, or LS and PS as they are.
    pub(super) fn skip_break(&mut self) -> &'static str {
        let (bytes, meaning) = match self.byte(0) {
            b'\r' if self.byte(1) == b'\n' => (2, "\n"),
            b'\r' | b'\n' => (1, "\n"),
            0xC2 => (2, "\n"),
            0xE2 if self.byte(2) == 0xA8 => (3, "\u{2028}"),
            0xE2 => (3, "\u{2029}"),
            _ => return "",
        };
        self.mark.index += if bytes == 2 && self.byte(0) == b'\r' { 2 } else { 1 };
        self.mark.column = 0;
        self.mark.line += 1;
        self.newlines += 1;
        self.position += bytes;
        meaning
    }

    /// The byte offset of the next line break, or of the end.
    pub(super) fn line_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.position;
        while let Some(found) = bytes[at..].iter().position(|byte| MAY_BREAK[usize::from(*byte)]) {
            at += found;
            if self.is_break(at - self.position) {
                return at;
            }
            at += 1;
        }
        bytes.len()
    }
}

/// Bytes that are, or may begin, a line break.
static MAY_BREAK: [bool; 256] = {
    let mut table = [false; 256];
    table[b'\n' as usize] = true;
    table[b'\r' as usize] = true;
    table[0xC2] = true;
    table[0xE2] = true;
    table
};

/// The number of bytes of the UTF-8 character that this byte begins.
fn width(first: u8) -> usize {
    match first {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}
