//! Sentences with names in backticks, taken apart for markup.

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) is_code: bool,
}

/// Splits a sentence at its backticks; a lone backtick stays text.
pub(crate) fn pieces(sentence: &str) -> Vec<Piece> {
    let piece = |text: &str, is_code| Piece { text: text.to_owned(), is_code };
    let mut found = Vec::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, next)) = after.split_once('`') else { break };
        found.push(piece(before, false));
        found.push(piece(code, true));
        rest = next;
    }
    found.push(piece(rest, false));
    found.retain(|piece| !piece.text.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn names_in_backticks_are_code_and_a_lone_one_is_text() {
        let marked = |sentence| {
            let all = pieces(sentence).into_iter();
            all.map(|it| if it.is_code { format!("<{}>", it.text) } else { it.text }).collect()
        };
        let texts: [String; 3] = [marked("see `a` now"), marked("a ` b"), marked("")];
        assert_eq!(texts, ["see <a> now", "a ` b", ""]);
    }
}
