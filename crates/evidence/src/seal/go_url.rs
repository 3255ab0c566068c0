//! URLs of registries as Go's `net/url` reads them, as far as the kubelet makes use of it.

/// The host, with its port, and the path of a URL.
pub(super) struct GoUrl {
    /// Host and port as written, without user name and password.
    pub(super) host: String,
    /// The path, unescaped.
    pub(super) path: String,
}

impl GoUrl {
    /// Reads what follows `scheme://`; `None` where `url.Parse` fails.
    pub(super) fn parse(rest: &str) -> Option<GoUrl> {
        if rest.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return None;
        }
        let rest = rest.split('#').next()?;
        let rest = rest.split('?').next()?;
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let host = match authority.rsplit_once('@') {
            Some((userinfo, _)) if !valid_userinfo(userinfo) => return None,
            Some((_, host)) => host,
            None => authority,
        };
        if !valid_host(host) {
            return None;
        }
        Some(GoUrl { host: host.to_owned(), path: unescape(path)? })
    }

    /// The parts of the host between dots, and the port, as `net.SplitHostPort` splits them.
    pub(super) fn split_host(&self) -> (Vec<&str>, &str) {
        let host = self.host.as_str();
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
        let (host, port) = match bracketed {
            Some(split) => split,
            None => match host.split_once(':') {
                Some((name, port)) if !port.contains(':') => (name, port),
                _ => (host, ""),
            },
        };
        (host.split('.').collect(), port)
    }
}

fn valid_userinfo(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte))
}

/// `parseHost` and `validOptionalPort`. Brackets are of IPv6 addresses only, as Go has it
/// since 1.25.2; escapes in host names do not occur in registries and count as invalid.
fn valid_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.rsplit_once(']') {
            Some((_, port)) => ("", port),
            None => return false,
        },
        None => host.rfind(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    let port_is_valid = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte >= 0x80 || b"-_.~!$&'()*+,;=:<>\"".contains(&byte)
    };
    port_is_valid && name.bytes().all(plain)
}

fn unescape(path: &str) -> Option<String> {
    if !path.contains('%') {
        return Some(path.to_owned());
    }
    let bytes = path.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = path.get(at + 1..at + 3)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            plain.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    Some(String::from_utf8_lossy(&plain).into_owned())
}
