//! Flow sequences and mappings.

use crate::yaml::emit::writer::Indicator;
use crate::yaml::emit::{Emitter, Place};
use crate::yaml::node::Node;

impl Emitter {
    pub(super) fn flow_sequence(&mut self, node: &Node, place: Place) {
        self.writer.put_indicator("[", Indicator::OPEN);
        let before = self.writer.deepen(true, place == Place::BlockItem, false);
        self.writer.flow_level += 1;
        // The comma stands before an item, or behind it when a comment follows.
        let mut needs_comma = false;
        for item in &node.content {
            self.announce(item, "");
            if needs_comma {
                self.writer.put_indicator(",", Indicator::TIGHT);
            }
            self.write_head();
            self.go_on();
            needs_comma = self.flow_part(item, Place::FlowItem);
        }
        self.announce_end(node, "", place);
        self.writer.flow_level -= 1;
        self.writer.indent = before;
        if self.writer.column == 0 {
            self.writer.put_indent();
        }
        self.writer.put_indicator("]", Indicator::TIGHT);
        self.write_line_comment();
        self.write_foot();
    }

    pub(super) fn flow_mapping(&mut self, node: &Node, place: Place) {
        self.writer.put_indicator("{", Indicator::OPEN);
        let before = self.writer.deepen(true, place == Place::BlockItem, false);
        self.writer.flow_level += 1;
        let mut needs_comma = false;
        let mut tail = "";
        for (key, value) in node.entries() {
            self.announce_key(key, tail);
            tail = key.comments.as_deref().map_or("", |comments| comments.foot.as_str());
            if needs_comma {
                self.writer.put_indicator(",", Indicator::TIGHT);
            }
            self.write_head();
            self.go_on();
            let is_simple = Self::is_simple_key(key);
            if !is_simple {
                self.writer.put_indicator("?", Indicator::SPACED);
            }
            self.start(key, Place::Key { is_simple });
            self.content(key, Place::Key { is_simple });
            self.announce(value, "");
            self.writer
                .put_indicator(":", if is_simple { Indicator::TIGHT } else { Indicator::SPACED });
            needs_comma = self.flow_part(value, Place::Value);
        }
        self.announce_end(node, tail, place);
        let has_comment = !self.head.is_empty() || !self.foot.is_empty() || !self.tail.is_empty();
        if has_comment && needs_comma {
            self.writer.put_indicator(",", Indicator::TIGHT);
        }
        self.write_head();
        self.writer.flow_level -= 1;
        self.writer.indent = before;
        self.writer.put_indicator("}", Indicator::TIGHT);
        self.write_line_comment();
        self.write_foot();
    }

    /// Indents when a comment has ended the line.
    fn go_on(&mut self) {
        if self.writer.column == 0 {
            self.writer.put_indent();
        }
    }

    /// Writes an item or value and says whether the comma is still missing.
    fn flow_part(&mut self, node: &Node, place: Place) -> bool {
        let needs_comma = !self.has_comment_behind();
        self.start(node, place);
        if self.has_comment_behind() {
            self.writer.put_indicator(",", Indicator::TIGHT);
        }
        self.write_line_comment();
        self.write_foot();
        self.content(node, place);
        needs_comma
    }
}
