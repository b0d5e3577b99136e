use std::sync::LazyLock;

use givre_serve::Failure;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};
use serde::Deserialize;

/// What a client asks for; unknown keys are ignored.
#[derive(Deserialize)]
pub(crate) struct Order {
    username: String,
    size: usize,
    seed: u32,
}

// The name's ending makes the engine escape what it fills in.
const PAGE: &str = "page.html";

/// Compiled with the first page.
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build();
    templates.set_syntax(syntax.expect("the usual marks"));
    templates.add_template(PAGE, include_str!("page.html")).expect("a template that compiles");
    templates
});

impl Order {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Failure> {
        let order: Self = serde_json::from_slice(body).map_err(|error| {
            // Its message may quote the input, line feeds and all.
            Failure::malformed(format!("The body is malformed: {}.", error.to_string().replace(char::is_control, " ")))
        })?;
        if !(1..=256).contains(&order.username.chars().count()) {
            return Err(Failure::malformed("username must have 1 to 256 characters."));
        }
        if !(1..=10_000).contains(&order.size) {
            return Err(Failure::malformed("size must be from 1 to 10000."));
        }
        if order.seed == 0 {
            return Err(Failure::malformed("seed must be from 1 to 4294967295."));
        }
        Ok(order)
    }
}

pub(crate) fn render(Order { username, size, seed }: &Order) -> String {
    let numbers: Vec<_> = xorshift::numbers(*seed).take(*size).map(|number| number % 1_000_000).collect();
    let template = TEMPLATES.get_template(PAGE).expect("the one template");
    template.render(context! { username, numbers }).expect("a page of texts and numbers")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORDER: &str = r#"{"username":"Ada","size":2,"seed":1}"#;

    fn refused(body: &[u8]) -> bool {
        Order::parse(body).is_err_and(|failure| failure.status().unwrap() == 400)
    }

    #[test]
    fn the_page_lists_the_numbers_for_the_name_escaped() {
        let order = Order::parse(ORDER.replace("Ada", r"<b title='&'>Ã\u00e9\n").as_bytes()).unwrap();
        let html = render(&order).replace("&#x27;", "'").replace("&#x2f;", "/");
        let name = "&lt;b title='&amp;'&gt;Ãé\n";
        let expected = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n\
             <head><meta charset=\"utf-8\"><title>Numbers for {name}</title></head>\n\
             <body>\n<h1>Hello, {name}!</h1>\n<ol>\n<li>270369</li>\n<li>634689</li>\n</ol>\n</body>\n</html>\n"
        );
        assert_eq!(html, expected);
    }

    #[test]
    fn ranges_count_characters_and_include_their_ends() {
        for (from, to) in [("Ada", "é".repeat(256).as_str()), ("2", "10000"), ("1}", "4294967295}"), ("Ada", "\\n")] {
            assert!(Order::parse(ORDER.replace(from, to).as_bytes()).is_ok(), "{to}");
        }
        let too_long = "é".repeat(257);
        for (from, to) in [
            ("Ada", too_long.as_str()),
            ("Ada", ""),
            ("\"Ada\"", "1"),
            ("Ada", "\\ud800"),
            ("2", "0"),
            ("2", "10001"),
            ("2", "-1"),
            ("2", "1.5"),
            ("1}", "0}"),
            ("1}", "4294967296}"),
            ("seed", "seeds"),
        ] {
            assert!(refused(ORDER.replace(from, to).as_bytes()), "{to}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_bytes_are_a_bad_request(body in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(refused(&body));
        }

        #[test]
        fn an_order_that_was_tampered_with_is_a_bad_request_or_still_one(
            at in any::<prop::sample::Index>(),
            instead in "[\\[\\]{}\",:0-9eE.\\\\a\u{0}é-]{0,4}",
        ) {
            let at = at.index(ORDER.len());
            let body = format!("{}{instead}{}", &ORDER[..at], &ORDER[at + 1..]);
            if !refused(body.as_bytes()) {
                prop_assert!(Order::parse(body.as_bytes()).is_ok_and(|order| order.size <= 10_000));
            }
        }
    }
}
