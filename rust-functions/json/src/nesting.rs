/// The parser's own limit is another one, and does not count what it skips.
pub(crate) const MAX_DEPTH: usize = 64;

/// How deep arrays and objects are nested. What is no JSON gets some number, and is refused by the parser.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_and_those_in_texts_do_not() {
        for (text, expected) in [("1", 0), ("[]", 1), ("[{},[]]", 2), (r#"["[[\"[",{"}":[]}]"#, 3), ("]]][", 1)] {
            assert_eq!(depth(text), expected, "{text}");
        }
    }
}
