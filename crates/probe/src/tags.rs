//! Which of a repository's tags are nearest to one that it does not have.

use std::cmp::Reverse;

use serde::Deserialize;

/// The most tags that are named.
const MAX_NEAREST: usize = 5;

/// A page of the list of tags.
#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

/// The tags of a page; those that are none are left out. `None` for what is no list of tags.
pub(crate) fn page(body: &[u8]) -> Option<Vec<String>> {
    let page: Page = serde_json::from_slice(body).ok()?;
    Some(page.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)).collect())
}

fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// Where a `Link` header leads to with `rel="next"`.
pub(crate) fn next(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let parameters = parameters.to_ascii_lowercase();
    (parameters.contains("rel=\"next\"") || parameters.contains("rel=next")).then_some(target)
}

/// The tags nearest to a wanted one, nearest first: slips of one letter, the versions just
/// below and above with the same words around the numbers, then other slips.
pub(crate) fn nearest(wanted: &str, tags: &[String]) -> Vec<String> {
    let version = Version::read(wanted);
    let mut near: Vec<(usize, &String)> =
        tags.iter().map(|tag| (distance(wanted, tag), tag)).collect();
    near.sort_by_key(|(distance, tag)| {
        (
            *distance,
            gap(version.as_ref(), tag),
            Reverse(Version::read(tag).map(|v| v.numbers)),
            *tag,
        )
    });
    near.dedup();
    let slip = (wanted.len() / 3).clamp(1, 3);
    near.retain(|(distance, _)| *distance <= slip);
    let (close, far): (Vec<_>, Vec<_>) = near.into_iter().partition(|(distance, _)| *distance <= 1);
    let neighbours = version.map(|version| neighbours(&version, tags)).unwrap_or_default();
    let mut chosen: Vec<String> = Vec::new();
    let found = close.iter().take(MAX_NEAREST - 2).map(|(_, tag)| *tag).chain(neighbours);
    for tag in found.chain(close.iter().map(|(_, tag)| *tag)).chain(far.iter().map(|(_, tag)| *tag))
    {
        if chosen.len() < MAX_NEAREST && !chosen.contains(tag) {
            chosen.push(tag.clone());
        }
    }
    chosen
}

/// How many letters differ, case and a leading `v` aside.
fn distance(a: &str, b: &str) -> usize {
    let plain = |tag: &str| {
        let tag = tag.to_ascii_lowercase();
        match tag.strip_prefix('v') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest.to_owned(),
            _ => tag,
        }
    };
    strsim::osa_distance(&plain(a), &plain(b))
}

/// A version in a tag: the numbers at its beginning, and what follows them.
struct Version<'a> {
    numbers: Vec<u64>,
    rest: &'a str,
}

impl<'a> Version<'a> {
    fn read(tag: &'a str) -> Option<Version<'a>> {
        let mut rest = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
        let mut numbers = Vec::new();
        loop {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let Ok(number) = rest[..end].parse() else { break };
            numbers.push(number);
            rest = &rest[end..];
            match rest.strip_prefix('.') {
                Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
                _ => break,
            }
        }
        (!numbers.is_empty()).then_some(Version { numbers, rest })
    }
}

/// How far apart two versions are, the first number first.
fn gap(wanted: Option<&Version<'_>>, tag: &str) -> (bool, Vec<u64>) {
    let (Some(wanted), Some(other)) = (wanted, Version::read(tag)) else {
        return (true, Vec::new());
    };
    let part = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
    let longest = wanted.numbers.len().max(other.numbers.len());
    let gaps = (0..longest).map(|at| part(&wanted.numbers, at).abs_diff(part(&other.numbers, at)));
    (wanted.rest != other.rest, gaps.collect())
}

/// The next lower and the next higher version of the same kind.
fn neighbours<'t>(wanted: &Version<'_>, tags: &'t [String]) -> Vec<&'t String> {
    let same: Vec<(Vec<u64>, &String)> = tags
        .iter()
        .filter_map(|tag| Version::read(tag).map(|version| (version, tag)))
        .filter(|(version, _)| {
            version.rest == wanted.rest && version.numbers.len() == wanted.numbers.len()
        })
        .map(|(version, tag)| (version.numbers, tag))
        .collect();
    let below = same.iter().filter(|(numbers, _)| *numbers < wanted.numbers).max();
    let above = same.iter().filter(|(numbers, _)| *numbers > wanted.numbers).min();
    let mut found: Vec<&(Vec<u64>, &String)> = below.into_iter().chain(above).collect();
    found.sort_by_key(|(_, tag)| gap(Some(wanted), tag));
    found.into_iter().map(|(_, tag)| *tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wanted: &str, tags: &[&str]) -> Vec<String> {
        nearest(wanted, &tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_slip_of_the_pen_is_found_and_of_several_the_nearest_version() {
        let shop = ["1.4.0", "1.4.1", "1.4.2", "1.4.3", "2.0.0", "latest"];
        assert_eq!(of("1.4.9", &shop)[0], "1.4.3");
        assert_eq!(of("lates", &shop), ["latest"]);
        assert_eq!(of("v1.4.3", &shop)[0], "1.4.3");
        assert_eq!(of("1.43", &shop)[0], "1.4.3");
        assert_eq!(of("Latest", &shop)[0], "latest");
    }

    #[test]
    fn versions_are_in_the_order_of_numbers_not_of_letters() {
        let tags = of("1.10.0", &["1.9.9", "1.2.0", "1.100.7", "3.0.0"]);
        assert!(
            tags.contains(&"1.9.9".to_owned()) && tags.contains(&"1.100.7".to_owned()),
            "{tags:?}"
        );
        assert_eq!(of("2024.11.05", &["2024.10.30", "2023.01.01", "2025.01.01"])[0], "2024.10.30");
    }

    #[test]
    fn the_words_after_a_version_count() {
        let tags = of("1.26-alpine", &["1.25-alpine", "1.26-bookworm", "1.25-bookworm"]);
        assert_eq!(tags[0], "1.25-alpine");
    }

    #[test]
    fn what_is_not_near_is_not_named() {
        assert!(of("release", &["main", "1.4.3", "dev"]).is_empty());
        assert!(of("1.0.0", &[]).is_empty());
    }

    #[test]
    fn a_page_may_hold_nothing_and_tags_that_are_none_are_left_out() {
        assert_eq!(page(br#"{"name":"a","tags":null}"#), Some(Vec::new()));
        assert_eq!(page(br#"{"tags":["a b","-x","ok"]}"#), Some(vec!["ok".to_owned()]));
        assert_eq!(page(b"{"), None);
    }

    #[test]
    fn a_link_leads_to_the_next_page_only() {
        assert_eq!(next("</v2/a/tags/list?last=b>; rel=\"next\""), Some("/v2/a/tags/list?last=b"));
        assert_eq!(next("</v2/a/tags/list>; rel=\"prev\""), None);
        assert_eq!(next("garbage"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_list_of_tags_takes_it_apart(wanted in ".{0,130}", tags in proptest::collection::vec("[0-9v.a-z-]{1,40}", 0..20)) {
            proptest::prop_assert!(nearest(&wanted, &tags).len() <= MAX_NEAREST);
        }
    }
}
