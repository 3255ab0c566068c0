//! Values that are searched for, and the search.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Values by class. Each is new, and made of two halves, so that half a value is found too.
#[derive(Default)]
pub struct Plants(pub Vec<(String, Vec<String>)>);

impl Plants {
    fn half(&self, letters: &[u8], salt: u64) -> String {
        // SplitMix64: the same values in every run.
        let mut number = (self.0.len() as u64 * 2 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mut half = String::new();
        for _ in 0..9 {
            half.push(char::from(letters[(number % letters.len() as u64) as usize]));
            number /= letters.len() as u64;
        }
        half
    }

    fn plant(&mut self, class: &str, (before, between): (&str, &str), letters: &[u8]) -> String {
        let halves: Vec<String> =
            (1..=2).map(|salt| format!("{before}{}", self.half(letters, salt))).collect();
        let value = halves.join(between);
        assert!(self.0.iter().all(|(other, _)| other != class), "{class} is planted twice");
        self.0.push((class.to_owned(), halves));
        value
    }

    /// What a generator of passwords makes: letters of both cases and digits.
    pub fn token(&mut self, class: &str) -> String {
        let letters = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        self.plant(class, ("Kd7", ""), letters)
    }

    /// A password with every letter that divides fields, ends quotes or begins a comment.
    pub fn awkward(&mut self, class: &str) -> String {
        let letters = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        self.plant(class, ("Kd7", "@:/ ,;\"'\\#&=}"), letters)
    }

    /// A word that nothing but its place gives away.
    pub fn word(&mut self, class: &str) -> String {
        self.plant(class, ("moor", ""), b"abcdefghijklmnopqrstuvwxyz")
    }

    /// A text that is given away by others in it, to be searched for as a whole.
    pub fn whole(&mut self, class: &str, text: &str) {
        self.0.push((class.to_owned(), vec![text.to_owned()]));
    }
}

pub fn encoded(text: impl AsRef<[u8]>) -> String {
    STANDARD.encode(text)
}

/// What base64 makes of a text at each of the three places in which it can stand in a longer
/// one: the letters that are the same whatever stands around it.
fn aligned(text: &str) -> Vec<String> {
    let place = |before: usize| {
        let bytes = [&vec![0; before][..], text.as_bytes()].concat();
        let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        encoded(bytes)[from..to].to_owned()
    };
    (0..3).map(place).collect()
}

pub fn forms(half: &str) -> Vec<(&'static str, String)> {
    let once = aligned(half);
    let again = |texts: &[String]| texts.iter().flat_map(|text| aligned(text)).collect::<Vec<_>>();
    let twice = again(&once);
    let thrice = again(&twice);
    let hex = half.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = half.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut forms = vec![("as it is", half.to_owned()), ("hex", hex), ("percent", percent)];
    forms.extend(twice.into_iter().chain(thrice).map(|text| ("base64 of base64", text)));
    forms.extend(once.iter().map(|text| ("base64", text.clone())));
    let url = once.iter().map(|text| text.replace('+', "-").replace('/', "_"));
    forms.extend(url.map(|text| ("base64url", text)));
    forms
}

/// A search for all planted values in all encodings.
pub struct Search {
    exact: AhoCorasick,
    /// Of the same needles: a match counts for the encodings that have no case.
    any_case: AhoCorasick,
    needles: Vec<(String, &'static str)>,
}

impl Search {
    pub fn of(plants: &Plants) -> Search {
        let (mut needles, mut texts) = (Vec::new(), Vec::new());
        for (class, halves) in &plants.0 {
            for (form, text) in halves.iter().flat_map(|half| forms(half)) {
                assert!(text.len() >= 9, "{class}: {text} may stand anywhere");
                needles.push((class.clone(), form));
                texts.push(text);
            }
        }
        let build = |any_case: bool| {
            AhoCorasick::builder().ascii_case_insensitive(any_case).build(&texts).unwrap()
        };
        Search { exact: build(false), any_case: build(true), needles }
    }

    /// The classes that are found, and in which encoding.
    pub fn find(&self, bytes: &[u8]) -> BTreeSet<(&str, &'static str)> {
        let exact = self.exact.find_overlapping_iter(bytes).map(|hit| hit.pattern());
        let any_case = self.any_case.find_overlapping_iter(bytes).map(|hit| hit.pattern());
        let caseless = |at: &usize| ["as it is", "hex", "percent"].contains(&self.needles[*at].1);
        let any_case = any_case.map(|at| at.as_usize()).filter(caseless);
        let found = exact.map(|at| at.as_usize()).chain(any_case);
        found.map(|at| (self.needles[at].0.as_str(), self.needles[at].1)).collect()
    }

    pub fn classes(&self, bytes: &[u8]) -> BTreeSet<&str> {
        self.find(bytes).into_iter().map(|(class, _)| class).collect()
    }
}
