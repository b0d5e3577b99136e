/// One reply of the server, in the Redis serialization protocol (RESP 2). Other kinds are never asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Simple(String),
    Error(String),
    Value(Option<Vec<u8>>),
}

/// What came is no reply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Replies may be larger than what we store: others write to the server, too.
const MAX_VALUE: usize = 512 << 20;
const MAX_LINE: usize = 64 << 10;

/// The reply at the beginning of `bytes` and its size, or `None` while it is incomplete.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    let Some(end) = bytes.windows(2).take(MAX_LINE).position(|pair| pair == b"\r\n") else {
        return if bytes.len() > MAX_LINE { Err(Malformed) } else { Ok(None) };
    };
    let (kind, text) = bytes[..end].split_first().ok_or(Malformed)?;
    let text = std::str::from_utf8(text).map_err(|_| Malformed)?;
    let size = end + 2;
    match kind {
        b'+' => Ok(Some((Reply::Simple(text.to_owned()), size))),
        b'-' => Ok(Some((Reply::Error(text.to_owned()), size))),
        b'$' if text == "-1" => Ok(Some((Reply::Value(None), size))),
        b'$' => value(text, &bytes[size..]).map(|found| found.map(|(value, length)| (value, size + length))),
        _ => Err(Malformed),
    }
}

fn value(length: &str, rest: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    let length: usize = length.parse().ok().filter(|length| *length <= MAX_VALUE).ok_or(Malformed)?;
    let Some(value) = rest.get(..length + 2) else {
        return Ok(None);
    };
    let value = value.strip_suffix(b"\r\n").ok_or(Malformed)?;
    Ok(Some((Reply::Value(Some(value.to_vec())), length + 2)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_is_understood_and_what_follows_is_left() {
        let value = |bytes: &[u8]| Reply::Value(Some(bytes.to_vec()));
        for (bytes, reply, size) in [
            (b"+OK\r\n+".as_slice(), Reply::Simple("OK".into()), 5),
            (b"-ERR no\r\n", Reply::Error("ERR no".into()), 9),
            (b"$-1\r\n", Reply::Value(None), 5),
            (b"$0\r\n\r\n", value(b""), 6),
            (b"$4\r\n\r\n\xff\0\r\nmore", value(b"\r\n\xff\0"), 10),
        ] {
            assert_eq!(parse(bytes), Ok(Some((reply, size))));
            for cut in 0..size {
                assert_eq!(parse(&bytes[..cut]), Ok(None), "{cut} bytes of {bytes:?}");
            }
        }
    }

    #[test]
    fn what_is_no_reply_is_malformed() {
        for bytes in
            [b"\r\n".as_slice(), b":1\r\n", b"$x\r\n", b"$-2\r\n", b"$1\r\nabc", b"$99999999999\r\n", b"+\xff\r\n"]
        {
            assert_eq!(parse(bytes), Err(Malformed), "{bytes:?}");
        }
        assert_eq!(parse(&vec![b'+'; MAX_LINE + 1]), Err(Malformed));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_bytes_are_a_reply_or_none(
            start in "[+$:*-]?-?[0-9]{0,3}(\r\n)?",
            rest in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let bytes = [start.as_bytes(), &rest].concat();
            if let Ok(Some((_, size))) = parse(&bytes) {
                prop_assert!(size <= bytes.len());
            }
        }
    }
}
