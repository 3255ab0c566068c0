//! Which of some names is nearest to one that is not among them.
//!
//! Distance is that of optimal string alignment: characters to insert, delete, replace or swap
//! with a neighbour, the slips that typing makes.

use strsim::osa_distance;

/// The nearest of some texts that is near enough to be meant: at most half of the longer
/// text differs. Of those equally near the one that shares the longest beginning, then the
/// greatest with numbers compared as numbers (the newest version), so that the answer does
/// not depend on the order of the candidates. Texts longer than a name can be are not compared.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter(|candidate| wanted.len() <= LONGEST && candidate.len() <= LONGEST)
        .map(|candidate| (osa_distance(wanted, candidate), candidate))
        .filter(|(away, candidate)| *away <= wanted.len().max(candidate.len()).div_ceil(2))
        .min_by(|(a, left), (b, right)| {
            let shared = |text: &str| {
                wanted.chars().zip(text.chars()).take_while(|(one, other)| one == other).count()
            };
            a.cmp(b)
                .then_with(|| shared(right).cmp(&shared(left)))
                .then_with(|| numbered(right).cmp(&numbered(left)))
                .then_with(|| right.cmp(left))
        })
        .map(|(_, candidate)| candidate)
}

/// Whether a path may have been meant by another that is not there: it ends in the same name, or lies
/// in the same folder and its name differs by no more than typing makes of it.
pub(crate) fn may_be_meant(wanted: &str, path: &str) -> bool {
    let parts = |path| str::rsplit_once(path, '/').unwrap_or(("", path));
    let ((folder, name), (other_folder, other)) = (parts(wanted), parts(path));
    let longer = name.len().max(other.len());
    let slip = || longer <= LONGEST && osa_distance(name, other) <= (longer / SLIP).max(1);
    name == other || folder == other_folder && slip()
}

/// One letter in so many may be a slip: of `checkout` two, so that `chekcuot` means it and
/// `listing` does not mean `billing`.
const SLIP: usize = 4;

/// The longest text that is compared.
const LONGEST: usize = 512;

/// A text cut into runs of digits, compared as numbers, and other runs, compared as texts.
fn numbered(text: &str) -> Vec<(bool, usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        let run = if digit { run.trim_start_matches('0') } else { run };
        parts.push((!digit, if digit { run.len() } else { 0 }, run));
        rest = tail;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_tag_does_not_depend_on_the_order_of_candidates() {
        let tags = ["1.4.1", "1.4.2", "latest", "2.4.3"];
        let mut reversed = tags;
        reversed.reverse();
        assert_eq!(nearest("1.4.3", tags), Some("1.4.2"));
        assert_eq!(nearest("1.4.3", reversed), Some("1.4.2"));
    }

    #[test]
    fn of_equally_near_versions_the_newest_is_meant() {
        assert_eq!(nearest("1.8", ["1.9", "1.7"]), Some("1.9"));
        assert!(numbered("1.10") > numbered("1.9"));
    }

    #[test]
    fn a_path_is_meant_by_a_slip_and_not_by_another_name() {
        for (wanted, path, meant) in [
            ("shop/chekcout", "shop/checkout", true),
            ("checkout", "shop/checkout", true),
            ("library/shop/checkout", "shop/checkout", true),
            ("shop-web/checkout", "shop/checkout", true),
            ("shop/billing", "shop/listing", false),
            ("shop/checkout", "sohp/chekcout", false),
            ("shop/checkout", "shop/cart/checkout", true),
            ("pcheckout", "checkout", true),
            ("web", "api", false),
        ] {
            assert_eq!(may_be_meant(wanted, path), meant, "{wanted} {path}");
        }
    }

    #[test]
    fn what_shares_too_little_is_not_near() {
        assert_eq!(nearest("1.4.3", ["latest"]), None);
        assert_eq!(nearest("lastest", ["latest"]), Some("latest"));
    }
}
