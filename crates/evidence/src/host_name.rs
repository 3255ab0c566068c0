//! The form of a DNS name, by which an address is told from other text.

/// Whether a text is a DNS name (RFC 1123, in lower case), and no address in numbers.
///
/// ```
/// assert!(evidence::is_host_name("ledger-db.shop.svc"));
/// assert!(!evidence::is_host_name("10.0.0.1") && !evidence::is_host_name("Hunter2"));
/// ```
pub fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.trim_end_matches('.').split('.').all(label)
}
