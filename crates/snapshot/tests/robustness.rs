//! Whatever the bytes, an answer or an error, and soon.

mod sources;

use evidence::{Kind, Reply, UnseenKind};
use proptest::prelude::*;
use snapshot::{NoteKind, Options, Snapshot};
use sources::*;

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn the_encodings_of_powershell_are_read() {
    let text = list(&[pod("shop", "web-0")]).replace('\n', "\r\n");
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for bytes in [marked, utf16(&text)] {
        let snapshot = read(&bytes);
        assert!(matches!(get(&snapshot, Kind::Pod, Some("shop"), "web-0"), Reply::Object(_)));
    }
    let folder = Folder::new(&[]);
    folder.write("shop/pods.json", &utf16(&text));
    folder.write("shop/logs/web-0/server.log", &utf16("hello\r\nworld\r\n"));
    let snapshot = folder.open();
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
    assert_eq!(log(&snapshot, "web-0", "server", false), Ok(vec!["hello".into(), "world".into()]));
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_noted() {
    let mut bytes = list(&[pod("shop", "web-0")]).into_bytes();
    let at = bytes.windows(5).position(|window| window == b"web-0").unwrap();
    bytes[at] = 0xFF;
    let snapshot = read(&bytes);
    assert!(snapshot.notes().iter().any(|note| note.kind == NoteKind::Broken));
    assert_eq!(listed(&snapshot, Kind::Pod, None).0, ["shop/\u{FFFD}eb-0"]);
}

#[test]
fn a_yaml_bomb_is_refused_and_its_neighbours_are_read() {
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (before, after) in "abcdefghij".chars().zip("bcdefghijk".chars()) {
        bomb.push_str(&format!(
            "{after}: &{after} [{}]\n",
            vec![format!("*{before}"); 9].join(",")
        ));
    }
    let folder = Folder::new(&[
        ("shop/pods.yaml", &bomb),
        ("shop/services.yaml", "apiVersion: v1\nitems: []\nkind: List\n"),
    ]);
    let snapshot = folder.open();
    assert!(listed(&snapshot, Kind::Pod, Some("shop")).1.is_some());
    assert_eq!(listed(&snapshot, Kind::Service, Some("shop")), (vec![], None));
}

#[test]
fn numbers_beyond_every_type_do_no_harm() {
    let mut web = pod("shop", "web-0").to_string();
    for number in ["1e999", "-1e999", &"9".repeat(400), "0.1e-400"] {
        web = web.replacen('{', &format!("{{\"n{}\":{number},", number.len()), 1);
    }
    let _ = Snapshot::read(web.as_bytes(), &Options::default());
    let versions =
        pod("shop", "web-0").to_string().replace("\"7\"", &format!("\"{}\"", "9".repeat(400)));
    let snapshot =
        read(list(&[serde_json::from_str(&versions).unwrap(), pod("shop", "web-0")]).as_bytes());
    assert!(matches!(get(&snapshot, Kind::Pod, Some("shop"), "web-0"), Reply::Object(_)));
}

#[cfg(unix)]
#[test]
fn a_walk_stays_in_its_folder_and_ends() {
    use std::os::unix::fs::symlink;
    let secret = Folder::new(&[("pods.json", &list(&[pod("evil", "web-0")]))]);
    let folder = Folder::new(&[("shop/pods.json", &list(&[pod("shop", "web-0")]))]);
    let at = |path: &str| folder.path().join(path);
    symlink(folder.path(), at("shop/loop")).unwrap();
    symlink(secret.path(), at("evil")).unwrap();
    symlink(secret.path().join("pods.json"), at("shop/services.json")).unwrap();
    symlink(at("nothing"), at("shop/events.json")).unwrap();
    symlink(at("shop/pods.json"), at("shop/linked.json")).unwrap();
    let snapshot = folder.open();
    assert_eq!(listed(&snapshot, Kind::Pod, None).0, ["shop/web-0"]);
    assert!(listed(&snapshot, Kind::Service, Some("shop")).1.is_some());
    let places: Vec<_> = snapshot.notes().iter().map(|note| &*note.place).collect();
    for place in ["shop/loop", "evil", "shop/services.json", "shop/events.json"] {
        assert!(places.contains(&place), "{place} {places:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_mounted_configmap_is_read_through_its_links() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new(&[("..data/pods.json", &list(&[pod("shop", "web-0")]))]);
    symlink("..data/pods.json", folder.path().join("pods.json")).unwrap();
    assert_eq!(listed(&folder.open(), Kind::Pod, None).0, ["shop/web-0"]);
}

#[test]
fn notes_are_written_for_a_terminal() {
    let mut archive = raw_entry("a\u{1b}[31m.json", tar::EntryType::Regular, "", "x");
    archive.extend(tar(&[("shop/pods.json", &list(&[]))]));
    for note in read(&archive).notes() {
        assert!(!note.to_string().contains(char::is_control), "{note:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes_are_an_error_or_a_snapshot(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let _ = Snapshot::read(&bytes[..], &Options::default());
        let folder = Folder::new(&[]);
        for path in ["shop/pods.yaml", "shop/events.json", "shop/logs/a/b.log", "timestamp", "cluster/version.json"] {
            folder.write(path, &bytes);
        }
        let snapshot = folder.open();
        prop_assert!(listed(&snapshot, Kind::Event, Some("shop")).1.is_some());
    }

    #[test]
    fn text_that_looks_like_yaml_is_an_error_or_a_snapshot(text in "([a-c]: |- |\\{|\\[|&a |\\*a|\"|\n|  |---\n|kind: |List|items:|Pod|!!|<<: ){0,60}") {
        let _ = Snapshot::read(text.as_bytes(), &Options::default());
    }
}

#[test]
fn a_megabyte_of_noise_is_an_error_at_once() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    })
    .take(1 << 20)
    .collect();
    assert!(Snapshot::read(&noise[..], &Options::default()).is_err());
    let folder = Folder::new(&[]);
    folder.write("noise.yaml", &noise);
    assert!(Snapshot::open(folder.path(), &Options::default()).is_err());
}

fn full_pod(name: &str) -> serde_json::Value {
    let mut pod = pod("shop", name);
    pod["spec"] = serde_json::json!({ "containers": [{ "name": "web", "image": "web:1" }] });
    pod["status"] = serde_json::json!({ "phase": "Failed", "reason": "Evicted" });
    pod
}

/// Opens the beginning of a list of two pods, in a folder and as a stream, at every length.
fn cut_everywhere(file: &str, text: &str, step: usize) {
    for length in (1..text.len()).step_by(step) {
        let part = &text.as_bytes()[..length];
        let folder = Folder::new(&[("shop/services.json", &list(&[]))]);
        folder.write(file, part);
        let in_folder = folder.open();
        assert!(in_folder.notes().iter().any(|note| note.kind.takes_away()), "{file} {length}");
        let whole_lists = usize::from(listed(&in_folder, Kind::Pod, Some("shop")).1.is_none());
        assert_eq!(whole_lists, 0, "{file} {length}");
        let streamed = Snapshot::read(part, &Options::default()).ok();
        for snapshot in [Some(in_folder), streamed].iter().flatten() {
            for name in ["web-0", "web-1"] {
                match get(snapshot, Kind::Pod, Some("shop"), name) {
                    Reply::Object(found) => {
                        assert_eq!(*found.json(), full_pod(name), "{file} {length}");
                    }
                    Reply::Unseen(_) => {}
                    other => panic!("{file} {length}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn a_list_that_is_cut_anywhere_never_gives_half_an_object_nor_proves_absence() {
    let pods = [full_pod("web-0"), full_pod("web-1")];
    cut_everywhere("shop/pods.json", list(&pods).trim_end(), 97);
    // The last line, from which on both objects are whole, is not cut.
    let items: String = pods.iter().map(yaml_item).collect();
    let sorted = format!("apiVersion: v1\nitems:\n{items}kind: List");
    cut_everywhere("shop/pods.yaml", &sorted, 97);
    cut_everywhere("shop/pods.yaml", &sorted, 7);
}

#[test]
fn of_a_cut_yaml_list_the_items_before_the_last_are_read() {
    let pods = [full_pod("web-0"), full_pod("web-1")];
    let items: String = pods.iter().map(yaml_item).collect();
    let folder = Folder::new(&[("shop/pods.yaml", &format!("apiVersion: v1\nitems:\n{items}"))]);
    let snapshot = folder.open();
    let (names, missing) = listed(&snapshot, Kind::Pod, Some("shop"));
    assert_eq!((names, missing), (vec!["shop/web-0".into()], Some(UnseenKind::Truncated)));
    let last = get(&snapshot, Kind::Pod, Some("shop"), "web-1");
    assert_eq!(unseen(&last), Some(UnseenKind::Truncated));
    assert!(snapshot.notes().iter().any(|note| note.kind == NoteKind::Cut));
}

#[test]
fn yaml_that_stops_within_a_line_is_not_whole_in_any_order_of_its_keys() {
    let item = yaml_item(&full_pod("web-0"));
    let torn = |text: &str| text[..text.len() - 4].to_owned();
    let object = torn(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-0\n  namespace: shop\n  uid: abcdefgh\n",
    );
    for (file, text) in [
        ("shop/pods.yaml", torn(&format!("kind: List\napiVersion: v1\nitems:\n{item}"))),
        ("shop/pods.yaml", torn(&item)),
        ("shop/pods.yaml", object.clone()),
        ("shop/pods/web-0.yaml", object),
    ] {
        let folder = Folder::new(&[("shop/services.json", &list(&[])), (file, &text)]);
        let snapshot = folder.open();
        let reply = get(&snapshot, Kind::Pod, Some("shop"), "web-0");
        assert_eq!(unseen(&reply), Some(UnseenKind::Truncated), "{text}");
        assert!(snapshot.notes().iter().any(|note| note.kind == NoteKind::Cut), "{text}");
    }
}

/// An item of a list, as kubectl writes it.
fn yaml_item(json: &serde_json::Value) -> String {
    let text = |at: &str| json.pointer(at).and_then(serde_json::Value::as_str).unwrap();
    format!(
        "- apiVersion: v1\n  kind: Pod\n  metadata:\n    creationTimestamp: \"{}\"\n    name: {}\n    \
         namespace: shop\n    resourceVersion: \"7\"\n  spec:\n    containers:\n    - image: web:1\n      \
         name: web\n  status:\n    phase: Failed\n    reason: Evicted\n",
        text("/metadata/creationTimestamp"),
        text("/metadata/name"),
    )
}

#[test]
fn what_kubectl_says_of_an_empty_list_is_named_and_proves_nothing() {
    let said = "No resources found in shop namespace.\n";
    let error = Snapshot::read(said.as_bytes(), &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("No resources found in shop namespace.") && error.lines().count() == 1,
        "{error}"
    );
    let folder = Folder::new(&[("shop/pods.yaml", said), ("shop/services.json", &list(&[]))]);
    let snapshot = folder.open();
    assert!(unseen(&get(&snapshot, Kind::Pod, Some("shop"), "web-0")).is_some());
    let told = |note: &snapshot::Note| note.text.contains("No resources found");
    assert!(snapshot.notes().iter().any(told), "{:?}", snapshot.notes());
}

#[test]
fn an_empty_list_needs_no_line_end_to_be_whole() {
    let folder = Folder::new(&[]);
    folder.write("shop/pods.yaml", b"apiVersion: v1\nkind: List\nitems: []");
    assert_eq!(listed(&folder.open(), Kind::Pod, Some("shop")), (Vec::new(), None));
}
