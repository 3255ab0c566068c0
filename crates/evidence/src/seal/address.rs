//! The parts of a secret that say where a client connects to: a host or a port under a key that
//! calls it so. Neither is a credential; the object that a report names is not found without them.

use super::unsealed::Unsealed;
use crate::host_name::is_host_name;

/// The type of a secret whose keys are its owner's own.
const OPAQUE: &str = "Opaque";

/// The value of a key that is called a host or a port and has the form of one.
pub(super) fn judge(kind: &str, key: &str, value: &Unsealed) -> Option<String> {
    let text = std::str::from_utf8(value.bytes()).ok()?;
    (kind == OPAQUE && is_address(key, text)).then(|| text.to_owned())
}

/// Whether a key's value is an address by the key's name, `HOST` or `PORT` or what ends with
/// `_HOST` or `_PORT`, and by its own form. A whole URL is none: its other parts are credentials.
pub(super) fn is_address(key: &str, value: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let private = ["PASS", "SECRET", "TOKEN", "CRED"].iter().any(|word| key.contains(word));
    // `KEYCLOAK_HOST` and `SHIPPING_PORT` are addresses.
    if private || key.split('_').any(|word| matches!(word, "KEY" | "PIN")) {
        return false;
    }
    match key.rsplit('_').next() {
        Some("HOST") => is_host_name(value),
        Some("PORT") => {
            let digits = value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit());
            digits && value.parse::<u16>().is_ok_and(|port| port > 0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_called_an_address_and_looks_like_one_is_kept() {
        let kept = [
            ("DB_HOST", "ledger-db.shop"),
            ("db_port", "3307"),
            ("HOST", "db"),
            ("PORT", "1"),
            ("AUTH_DB_HOST", "ledger-db"),
            ("KEYCLOAK_HOST", "keycloak"),
        ];
        for (key, value) in kept {
            assert!(is_address(key, value), "{key}={value}");
        }
        let dropped = [
            ("GHOST", "hunter2"),
            ("DB_HOST", "Hunter2"),
            ("DB_HOST", "10.0.0.1"),
            ("DB_HOST", "app:hunter2@db"),
            ("DB_PORT", "123456"),
            ("DB_PORT", "0"),
            ("DB_PORT", "+33"),
            ("DB_PORT", "hunter2"),
            ("DB_PASSWORD", "3307"),
            ("DB_PASSWORD_HOST", "hunter2"),
            ("SESSION_TOKEN_PORT", "3307"),
            ("SIGNING_KEY_HOST", "hunter2"),
            ("PIN_PORT", "3307"),
            ("DB_URL", "mysql://app:hunter2@db:3306/ledger"),
        ];
        for (key, value) in dropped {
            assert!(!is_address(key, value), "{key}={value}");
        }
    }
}
