//! Block sequences and mappings.

use crate::yaml::emit::writer::Indicator;
use crate::yaml::emit::{Emitter, Place};
use crate::yaml::node::{Kind, Node, Style};

impl Emitter {
    pub(super) fn block_sequence(&mut self, node: &Node, place: Place) {
        let in_mapping = matches!(place, Place::Key { .. } | Place::Value);
        let is_compact = in_mapping && (self.writer.column == 0 || !self.writer.indention);
        let before = self.writer.deepen(false, place == Place::BlockItem, is_compact);
        for item in &node.content {
            self.announce(item, "");
            self.write_head();
            self.writer.put_indent();
            self.writer.put_indicator("-", Indicator::BLOCK);
            self.start(item, Place::BlockItem);
            self.write_line_comment();
            self.write_foot();
            self.content(item, Place::BlockItem);
        }
        self.announce_end(node, "", place);
        self.writer.indent = before;
    }

    pub(super) fn block_mapping(&mut self, node: &Node, place: Place) {
        let before = self.writer.deepen(false, place == Place::BlockItem, false);
        let mut tail = "";
        for (key, value) in node.entries() {
            self.announce_key(key, tail);
            tail = key.comments.as_deref().map_or("", |comments| comments.foot.as_str());
            let is_simple = self.block_key(key);
            self.block_value(value, is_simple);
        }
        self.announce_end(node, tail, place);
        self.write_head();
        self.writer.indent = before;
    }

    /// Writes a key and says whether it went without `?`.
    fn block_key(&mut self, key: &Node) -> bool {
        self.write_head();
        self.writer.put_indent();
        if !self.line.is_empty() {
            self.key_line = std::mem::take(&mut self.line);
        }
        let is_simple = Self::is_simple_key(key);
        if !is_simple {
            self.writer.put_indicator("?", Indicator::BLOCK);
        }
        self.start(key, Place::Key { is_simple });
        self.content(key, Place::Key { is_simple });
        is_simple
    }

    fn block_value(&mut self, value: &Node, is_simple: bool) {
        self.announce(value, "");
        if is_simple {
            self.writer.put_indicator(":", Indicator::TIGHT);
        } else {
            self.writer.put_indent();
            self.writer.put_indicator(":", Indicator::BLOCK);
        }
        if !self.key_line.is_empty() {
            self.place_key_line(value);
        }
        self.start(value, Place::Value);
        self.write_line_comment();
        self.write_foot();
        self.content(value, Place::Value);
    }

    /// A comment behind a key goes behind the scalar that follows, or in front of the block.
    fn place_key_line(&mut self, value: &Node) {
        if value.kind == Kind::Scalar {
            if self.line.is_empty() {
                self.line = std::mem::take(&mut self.key_line);
            }
        } else if value.kind != Kind::Alias && value.style != Style::Flow {
            std::mem::swap(&mut self.line, &mut self.key_line);
            self.write_line_comment();
            std::mem::swap(&mut self.line, &mut self.key_line);
        }
    }
}
