//! Headers as the journal keeps them: `name: value` lines, as on the wire.
//!
//! No header value holds a line feed, so the lines need no quoting and are exact for every byte that HTTP allows.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Writes headers as lines, the values of one name in their order.
pub(super) fn encode(headers: &HeaderMap, lines: &mut Vec<u8>) {
    for (name, value) in headers {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
}

/// Reads the lines back; one that is no header, in a file that something else wrote to, is left out.
pub(super) fn decode(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b": ").unwrap_or_default();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::collection::vec;
    use proptest::prelude::{any, proptest};

    use super::{decode, encode};

    proptest! {
        #[test]
        fn headers_come_back_as_they_were(pairs in vec(("[a-z][a-z0-9-]{0,8}", vec(any::<u8>(), 0..20)), 0..20)) {
            let mut headers = HeaderMap::new();
            for (name, value) in &pairs {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
                }
            }
            let mut lines = Vec::new();
            encode(&headers, &mut lines);
            let back = decode(&lines);
            assert_eq!(back, headers);
            assert!(back.iter().eq(&headers), "in the same order");
        }
    }

    #[test]
    fn what_is_no_header_is_left_out() {
        assert!(decode(b"").is_empty());
        assert_eq!(decode(b"no colon\n: nameless\nok: yes\nbad name: x\n").len(), 1);
    }
}
