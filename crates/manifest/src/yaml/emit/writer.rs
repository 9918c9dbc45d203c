//! The output and the column it has reached.

/// Whose habits to follow where the two libraries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// go-yaml v2 as sigs.k8s.io/yaml drives it: lines are folded at column 80.
    Two,
    /// go-yaml v3 as kyaml drives it: lines are never folded.
    Three,
}

/// Text that is being written.
pub(crate) struct Writer {
    pub(crate) out: String,
    pub(crate) dialect: Dialect,
    /// In characters, from 0.
    pub(crate) column: usize,
    /// The column where the current collection stands; -1 outside of all.
    pub(crate) indent: i32,
    /// Whether the last character allows an indicator to follow without a space.
    pub(crate) whitespace: bool,
    /// Whether the line holds nothing but indentation and `-`, `?`, `:`.
    pub(crate) indention: bool,
    /// The indentation of the foot comment just written; an empty line must follow it there.
    pub(crate) foot_indent: i32,
    pub(crate) flow_level: usize,
}

/// What an indicator needs before it and means for what comes after it.
#[derive(Clone, Copy)]
pub(crate) struct Indicator {
    pub(crate) needs_space: bool,
    pub(crate) is_space: bool,
    pub(crate) is_indention: bool,
}

impl Indicator {
    /// Follows what is there without a space, such as `:` or `,`.
    pub(crate) const TIGHT: Self =
        Self { needs_space: false, is_space: false, is_indention: false };
    /// Needs a space before it, such as a quote.
    pub(crate) const SPACED: Self =
        Self { needs_space: true, is_space: false, is_indention: false };
    /// Opens a flow collection.
    pub(crate) const OPEN: Self = Self { needs_space: true, is_space: true, is_indention: false };
    /// Counts as indentation: `-`, `?`, and `:` on a line of its own.
    pub(crate) const BLOCK: Self = Self { needs_space: true, is_space: false, is_indention: true };
}

const BEST_INDENT: i32 = 2;
const BEST_WIDTH: usize = 80;

impl Writer {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            out: String::new(),
            dialect,
            column: 0,
            indent: -1,
            whitespace: true,
            indention: true,
            foot_indent: -1,
            flow_level: 0,
        }
    }

    /// Whether the line is so long that a space should become a line break.
    pub(crate) fn is_full(&self) -> bool {
        self.dialect == Dialect::Two && self.column > BEST_WIDTH
    }

    /// Moves one collection deeper and returns the indentation to go back to.
    ///
    /// `is_item` says that this happens directly in an item of a block sequence, `is_compact` that
    /// the dashes of the sequence count as indentation.
    pub(crate) fn deepen(&mut self, is_flow: bool, is_item: bool, is_compact: bool) -> i32 {
        let before = self.indent;
        self.indent = match self.dialect {
            _ if before < 0 => {
                if is_flow {
                    BEST_INDENT
                } else {
                    0
                }
            }
            Dialect::Two if is_compact => before,
            Dialect::Two => before + BEST_INDENT,
            Dialect::Three if is_item => before + 2,
            Dialect::Three => {
                let next = BEST_INDENT * ((before + BEST_INDENT) / BEST_INDENT);
                if is_compact { next - 2 } else { next }
            }
        };
        before
    }

    /// Writes one character that is no line break.
    pub(crate) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    /// Writes text without line breaks.
    pub(crate) fn put_str(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.bytes().filter(|byte| (byte & 0xC0) != 0x80).count();
    }

    /// Ends the line.
    pub(crate) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    /// Writes a line break as it stands in a text: LF, or one of the rarer ones.
    pub(crate) fn put_text_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
        self.indention = true;
    }

    /// Goes to the indentation, on a new line where that is necessary.
    pub(crate) fn put_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put_break();
        }
        if usize::try_from(self.foot_indent) == Ok(indent) {
            self.put_break();
        }
        while self.column < indent {
            self.out.push(' ');
            self.column += 1;
        }
        self.whitespace = true;
        self.foot_indent = -1;
        if self.dialect == Dialect::Two {
            self.indention = true;
        }
    }

    /// Writes an indicator.
    pub(crate) fn put_indicator(&mut self, text: &str, kind: Indicator) {
        if kind.needs_space {
            self.put_space();
        }
        self.put_str(text);
        self.whitespace = kind.is_space;
        self.indention = self.indention && kind.is_indention;
    }

    /// Writes a space unless one stands there.
    pub(crate) fn put_space(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    /// Notes that the line ends in something that is neither space nor indentation.
    pub(crate) fn end_word(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }
}
