//! Comments on their way from nodes to the text.

use crate::yaml::emit::analyze::is_break;
use crate::yaml::emit::{Emitter, Place};
use crate::yaml::node::{Comments, Kind, Node};

impl Emitter {
    /// Takes up the comments that come with the beginning of a node.
    ///
    /// `tail` is the foot of the entry before; scalars and mappings write it first.
    pub(super) fn announce(&mut self, node: &Node, tail: &str) {
        let none = Comments::default();
        let comments = node.comments.as_deref().unwrap_or(&none);
        replace(&mut self.head, &comments.head);
        if matches!(node.kind, Kind::Scalar | Kind::Alias) {
            replace(&mut self.line, &comments.line);
            replace(&mut self.foot, &comments.foot);
        }
        if matches!(node.kind, Kind::Scalar | Kind::Mapping) {
            replace(&mut self.tail, tail);
        }
    }

    /// As [`Emitter::announce`], for a key: its foot is held back as the tail of what follows.
    pub(super) fn announce_key(&mut self, node: &Node, tail: &str) {
        let before = std::mem::take(&mut self.foot);
        self.announce(node, tail);
        self.foot = before;
    }

    /// Takes up the comments that come with the end of a collection; a key's foot is held back.
    pub(super) fn announce_end(&mut self, node: &Node, tail: &str, place: Place) {
        if let Some(comments) = &node.comments {
            replace(&mut self.line, &comments.line);
            if !matches!(place, Place::Key { .. }) {
                replace(&mut self.foot, &comments.foot);
            }
        }
        replace(&mut self.tail, tail);
    }

    pub(super) fn write_head(&mut self) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.writer.put_indent();
            self.write_comment(&tail);
            self.writer.foot_indent = self.writer.indent.max(0);
        }
        if !self.head.is_empty() {
            let head = std::mem::take(&mut self.head);
            self.writer.put_indent();
            self.write_comment(&head);
        }
    }

    pub(super) fn write_line_comment(&mut self) {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.writer.put_space();
            self.write_comment(&line);
        }
    }

    pub(super) fn write_line_comment_or_break(&mut self) {
        if self.line.is_empty() {
            self.writer.put_break();
        } else {
            self.write_line_comment();
        }
    }

    pub(super) fn write_foot(&mut self) {
        if !self.foot.is_empty() {
            let foot = std::mem::take(&mut self.foot);
            self.writer.put_indent();
            self.write_comment(&foot);
            self.writer.foot_indent = self.writer.indent.max(0);
        }
    }

    /// Whether a comment follows the item that is about to be written.
    pub(super) fn has_comment_behind(&self) -> bool {
        !self.line.is_empty() || !self.foot.is_empty() || !self.tail.is_empty()
    }

    fn write_comment(&mut self, comment: &str) {
        let mut rest = comment;
        let mut ends_in_break = false;
        let mut is_first = true;
        while !rest.is_empty() {
            let length = rest.find(is_break).unwrap_or(rest.len());
            let (line, after) = rest.split_at(length);
            if !line.is_empty() {
                if !is_first {
                    self.writer.put_indent();
                }
                if !line.starts_with('#') {
                    self.writer.put_str("# ");
                }
                self.writer.put_str(line);
                self.writer.indention = false;
                ends_in_break = false;
            }
            is_first = false;
            let Some(line_break) = after.chars().next() else { break };
            self.writer.put_text_break(line_break);
            ends_in_break = true;
            rest = &after[line_break.len_utf8()..];
        }
        if !ends_in_break {
            self.writer.put_break();
        }
        self.writer.whitespace = true;
    }
}

/// A comment replaces the one that waits; none leaves it.
fn replace(waiting: &mut String, comment: &str) {
    if !comment.is_empty() {
        comment.clone_into(waiting);
    }
}
