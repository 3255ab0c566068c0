//! The name that was probably meant.

use strsim::osa_distance;

/// The candidate nearest to a name that is not among them; `None` when none is near.
///
/// Near is: the same but for case, `-` and `_`; at most a third of the letters typed wrong,
/// left out, added or swapped with a neighbour; or the beginning of the candidate, of three
/// letters or more. Of equally near ones the first is taken.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(name);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let own = letters(candidate);
        let allowed = (wanted.len().max(own.len()) / 3).max(1);
        let begins = wanted.len() >= 3 && own.starts_with(&wanted);
        if own.is_empty()
            || own.len() > LONGEST
            || (own.len().abs_diff(wanted.len()) > allowed && !begins)
        {
            continue;
        }
        let typed = osa_distance(&wanted, &own);
        let cost = if begins { typed.min(allowed) } else { typed };
        let nearer = best.is_none_or(|(least, _)| cost < least);
        // A name of one or two letters that shares none of them is another name.
        if cost <= allowed && nearer && typed < wanted.len().max(own.len()) {
            best = Some((cost, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Names longer than this are not compared.
const LONGEST: usize = 256;

fn letters(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keys_is_seen_through() {
        let fields = ["exists", "kind", "registries", "well_formed"];
        for (typed, meant) in [
            ("exist", Some("exists")),
            ("exsits", Some("exists")),
            ("kidn", Some("kind")),
            ("wellFormed", Some("well_formed")),
            ("regis", Some("registries")),
            ("REGISTRIES", Some("registries")),
            ("name", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, fields), meant, "{typed}");
        }
    }

    #[test]
    fn the_nearest_wins_and_then_the_first() {
        assert_eq!(nearest("pods", ["pod", "pads", "pods2"]), Some("pod"));
        assert_eq!(nearest("node", ["nodes", "node-1", "mode"]), Some("nodes"));
    }

    #[test]
    fn a_short_name_is_not_near_to_every_other_short_name() {
        assert_eq!(nearest("a", ["b", "c"]), None);
        assert_eq!(nearest("po", ["no"]), Some("no"));
    }
}
