use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::Failure;

/// The parameters of a request: unknown ones are ignored, and of one that is given twice the first counts.
#[derive(Clone, Copy)]
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// Of the part of a URL behind the question mark.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The parameter as it is, without percent signs; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(self, name: &str) -> Option<Cow<'a, str>> {
        form_urlencoded::parse(self.0.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A whole number in ASCII digits.
    ///
    /// # Errors
    /// 400 when it is anything else or out of `range`.
    pub fn integer<T>(self, name: &str, range: RangeInclusive<T>) -> Result<Option<T>, Failure>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        // A sign, which `parse` would take, is no digit.
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && range.contains(number)).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            Failure::malformed(format!("The parameter {name} must be a whole number from {low} to {high}."))
        })?;
        Ok(Some(number))
    }

    /// One of `choices`, of which the first is meant when the parameter is absent.
    ///
    /// # Errors
    /// 400 when it is none of them.
    pub fn choice<T: Copy>(self, name: &str, choices: &[(&str, T)]) -> Result<T, Failure> {
        let value = self.text(name);
        let chosen = match &value {
            None => choices.first(),
            Some(value) => choices.iter().find(|(word, _)| word == value),
        };
        chosen.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words = choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            Failure::malformed(format!("The parameter {name} must be one of {words}."))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn n(query: &str) -> Result<Option<u32>, Failure> {
        Query::new(query).integer("n", 1..=64)
    }

    #[test]
    fn the_first_of_two_counts_and_unknown_ones_do_not() {
        assert_eq!(n("m=7&n=8&n=9"), Ok(Some(8)));
        assert_eq!(n("n=8&n=bad"), Ok(Some(8)));
        assert_eq!(n("m=7"), Ok(None));
        assert_eq!(n(""), Ok(None));
    }

    #[test]
    fn names_and_values_may_be_percent_encoded() {
        assert_eq!(n("%6e=%31%32"), Ok(Some(12)));
        assert_eq!(Query::new("key=a%20b+c").text("key").unwrap(), "a b c");
    }

    #[test]
    fn only_digits_in_the_range_are_an_integer() {
        for (query, number) in [("n=1", 1), ("n=64", 64), ("n=007", 7)] {
            assert_eq!(n(query), Ok(Some(number)));
        }
        for query in ["n", "n=", "n=0", "n=65", "n=-1", "n=+1", "n=%2B1", "n=1.0", "n=1e1", "n= 1", "n=0x1", "n=٣"] {
            let failure = n(query).unwrap_err();
            assert_eq!(failure, Failure::malformed("The parameter n must be a whole number from 1 to 64."), "{query}");
        }
        assert!(n("n=99999999999999999999999999").is_err());
    }

    #[test]
    fn a_choice_is_the_first_one_unless_another_is_named() {
        let format = |query| Query::new(query).choice("format", &[("gzip", 1), ("zstd", 2)]);
        assert_eq!(format(""), Ok(1));
        assert_eq!(format("format=zstd"), Ok(2));
        for query in ["format=", "format=GZIP", "format=br"] {
            assert_eq!(format(query), Err(Failure::malformed("The parameter format must be one of gzip, zstd.")));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_query_is_a_number_in_the_range_or_a_bad_request(query in "(n=)?[ -~٣é]{0,40}") {
            match n(&query) {
                Ok(number) => prop_assert!(number.is_none_or(|number| (1..=64).contains(&number))),
                Err(failure) => prop_assert_eq!(failure.status().unwrap(), 400),
            }
        }
    }
}
