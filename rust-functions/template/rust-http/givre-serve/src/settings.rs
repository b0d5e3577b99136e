use std::env;
use std::ffi::OsString;
use std::time::Duration;

use crate::BoxError;

/// What of-watchdog takes from the environment, under the same names. Absent or 0: no limit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) max_inflight: Option<usize>,
    /// From a request's head to the beginning of its answer.
    pub(crate) exec_timeout: Option<Duration>,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, BoxError> {
        Self::from(|name| env::var_os(name))
    }

    fn from(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, BoxError> {
        let parsed = |name: &str| variable(name).filter(|value| !value.is_empty());
        let max_inflight = parsed("max_inflight").map(|value| {
            let number = value.to_str().and_then(|value| value.parse().ok());
            number.ok_or_else(|| wrong("max_inflight", &value, "a whole number"))
        });
        let exec_timeout = parsed("exec_timeout").map(|value| {
            let limit = value.to_str().and_then(duration);
            limit.ok_or_else(|| wrong("exec_timeout", &value, "a duration such as 10s, 500ms or 1m30s"))
        });
        Ok(Self {
            max_inflight: max_inflight.transpose()?.filter(|limit| *limit > 0),
            exec_timeout: exec_timeout.transpose()?.filter(|limit| !limit.is_zero()),
        })
    }
}

fn wrong(name: &str, value: &OsString, expected: &str) -> String {
    format!("{name} is {:?}, expected {expected}", value.to_string_lossy())
}

/// Go's notation for durations, without signs; a number alone is seconds, as it is for of-watchdog.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let (number, tail) = split_before(rest, |letter| !letter.is_ascii_digit() && letter != '.');
        let (unit, tail) = split_before(tail, |letter| letter.is_ascii_digit() || letter == '.');
        seconds += number.parse::<f64>().ok()? * seconds_of(unit)?;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds).ok().filter(|_| !text.is_empty())
}

fn split_before(text: &str, boundary: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(boundary).unwrap_or(text.len()))
}

fn seconds_of(unit: &str) -> Option<f64> {
    match unit {
        "ns" => Some(1e-9),
        "us" | "µs" | "μs" => Some(1e-6),
        "ms" => Some(1e-3),
        "s" => Some(1.0),
        "m" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(max_inflight: &str, exec_timeout: &str) -> Result<Settings, String> {
        let variable = |name: &str| Some(if name == "max_inflight" { max_inflight } else { exec_timeout }.into());
        Settings::from(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_empty_and_zero_mean_no_limit() {
        let none = Settings { max_inflight: None, exec_timeout: None };
        assert_eq!(Settings::from(|_| None).unwrap(), none);
        assert_eq!(settings("", "").unwrap(), none);
        assert_eq!(settings("0", "0s").unwrap(), none);
    }

    #[test]
    fn durations_are_written_as_in_go() {
        let expected =
            [("10s", 10_000), ("500ms", 500), ("1m", 60_000), ("1m30s", 90_000), ("1.5s", 1_500), ("7", 7_000)];
        for (text, milliseconds) in expected {
            assert_eq!(settings("", text).unwrap().exec_timeout, Some(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_named_in_the_error() {
        for wrong in ["s", "1x", "-1s", "1.2.3s", "1s2", "ten", "9999999999999999999h"] {
            let error = settings("", wrong).unwrap_err();
            assert!(error.contains("exec_timeout") && error.contains(wrong), "{error}");
        }
        for wrong in ["-1", "many", "1.5"] {
            let error = settings(wrong, "").unwrap_err();
            assert!(error.contains("max_inflight") && error.contains(wrong), "{error}");
        }
    }
}
