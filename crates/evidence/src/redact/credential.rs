//! Credentials that are known by their own form.

/// A form of token: a prefix that is the issuer's, and what follows it.
pub(super) struct Form {
    /// How it begins, in exactly these letters.
    pub(super) prefix: &'static str,
    /// The least number of characters that follow.
    least: usize,
    /// Characters that may follow besides letters and digits.
    also: &'static [u8],
}

const fn form(prefix: &'static str, least: usize, also: &'static [u8]) -> Form {
    Form { prefix, least, also }
}

/// The forms, with less than the issuer's own length, since texts are cut.
pub(super) const FORMS: &[Form] = &[
    // GitHub
    form("ghp_", 10, b"_"),
    form("gho_", 10, b"_"),
    form("ghu_", 10, b"_"),
    form("ghs_", 10, b"_"),
    form("ghr_", 10, b"_"),
    form("github_pat_", 10, b"_"),
    // GitLab
    form("glpat-", 10, b"_-."),
    form("gldt-", 10, b"_-."),
    form("glrt-", 10, b"_-."),
    form("glcbt-", 10, b"_-."),
    form("glptt-", 10, b"_-."),
    // Slack
    form("xoxa-", 8, b"-"),
    form("xoxb-", 8, b"-"),
    form("xoxe-", 8, b"-"),
    form("xoxp-", 8, b"-"),
    form("xoxr-", 8, b"-"),
    form("xoxs-", 8, b"-"),
    form("xapp-", 8, b"-"),
    // Docker Hub
    form("dckr_pat_", 8, b"_-"),
    form("dckr_oat_", 8, b"_-"),
    // Stripe
    form("sk_live_", 8, b"_"),
    form("sk_test_", 8, b"_"),
    form("rk_live_", 8, b"_"),
    // Google
    form("AIza", 30, b"_-"),
    form("ya29.", 20, b"_-."),
    // HashiCorp Vault
    form("hvs.", 20, b"_-"),
    form("hvb.", 20, b"_-"),
    // OpenShift
    form("sha256~", 20, b"_-"),
    // Others
    form("npm_", 30, b""),
    form("pypi-AgE", 16, b"_-"),
    form("sk-ant-", 16, b"_-"),
    form("sk-proj-", 16, b"_-"),
    form("dop_v1_", 16, b""),
    form("shpat_", 16, b""),
    form("AGE-SECRET-KEY-1", 16, b""),
    // AWS access key ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    form("AKIA", 16, b""),
    form("ASIA", 16, b""),
    form("ABIA", 16, b""),
    form("ACCA", 16, b""),
];

/// How base64 of `-----BEGIN` begins; what follows tells a private key from a certificate.
pub(super) const ENCODED_BLOCK: &str = "LS0tLS1CRUdJTi";

/// How base64 of `{"` begins: a JSON web token, or a Docker configuration.
pub(super) const ENCODED_JSON: &str = "eyJ";

impl Form {
    /// Where a token of this form that begins at `start` ends; `None` when it is none.
    pub(super) fn end(&self, text: &str, start: usize) -> Option<usize> {
        let from = start + self.prefix.len();
        if text.get(start..from) != Some(self.prefix) || !begins_word(text, start) {
            return None;
        }
        let end = run_end(text, from, self.also);
        (end - from >= self.least).then_some(end)
    }
}

/// Where a JSON web token, or another longer text of base64 that holds JSON, ends.
pub(super) fn encoded_json_end(text: &str, start: usize) -> Option<usize> {
    if text.get(start..start + ENCODED_JSON.len()) != Some(ENCODED_JSON)
        || !begins_word(text, start)
    {
        return None;
    }
    let end = run_end(text, start, b"_-.+/");
    let run = &text[start..end];
    let mut parts = run.split('.');
    let header = parts.next().unwrap_or_default();
    let payload = parts.next().unwrap_or_default();
    if run.len() < 40 && (header.len() < 10 || payload.len() < 4) {
        return None;
    }
    // A token has two dots; a third at its end is that of the sentence.
    let ends_sentence = run.ends_with('.') && parts.count() > 1;
    Some(if ends_sentence { end - 1 } else { run_end_of(text, end, b"=") })
}

/// Where a private key that is encoded once more ends. Certificates and public keys stay.
pub(super) fn encoded_block_end(text: &str, start: usize) -> Option<usize> {
    let from = start + ENCODED_BLOCK.len();
    if text.get(start..from) != Some(ENCODED_BLOCK) {
        return None;
    }
    let public = ["BDRVJUSUZJ", "BQVUJMSUMg", "BUUlVTVEVE"];
    if public.iter().any(|kind| text[from..].starts_with(kind)) {
        return None;
    }
    Some(run_end(text, from, b"+/=_-"))
}

/// Whether what begins at `start` is not the end of a longer word.
pub(super) fn begins_word(text: &str, start: usize) -> bool {
    let before = start.checked_sub(1).map(|at| text.as_bytes()[at]);
    !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || escaped_before(text, start)
}

/// Whether the letter before `start` is of an escape: `\n` in JSON inside of a string.
fn escaped_before(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    start >= 2 && bytes[start - 2] == b'\\' && matches!(bytes[start - 1], b'n' | b'r' | b't')
}

/// Where a run of letters, digits and `also` ends.
pub(super) fn run_end(text: &str, from: usize, also: &[u8]) -> usize {
    let rest = &text.as_bytes()[from..];
    let is_of_it = |b: &&u8| b.is_ascii_alphanumeric() || also.contains(b);
    from + rest.iter().take_while(is_of_it).count()
}

fn run_end_of(text: &str, from: usize, only: &[u8]) -> usize {
    from + text.as_bytes()[from..].iter().take_while(|byte| only.contains(byte)).count()
}
