//! Archives that are hostile, damaged or cut short.

mod sources;

use evidence::Kind;
use snapshot::{Layout, NoteKind, Options, Snapshot, SnapshotError};
use sources::*;
use tar::EntryType;

fn sound() -> Vec<u8> {
    let mut archive = tar(&[("shop/pods.json", &list(&[pod("shop", "web-0")]))]);
    archive.truncate(archive.len() - 1024);
    archive
}

fn ended(mut archive: Vec<u8>) -> Vec<u8> {
    archive.extend([0; 1024]);
    archive
}

#[test]
fn an_archive_is_known_by_its_content_however_it_is_packed() {
    let archive = ended(sound());
    for bytes in [archive.clone(), gzip(&archive), zstd(&archive)] {
        let snapshot = read(&bytes);
        assert_eq!(snapshot.layout(), Layout::PlainFolder);
        assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
        assert_eq!(snapshot.notes(), []);
    }
    let text = list(&[pod("shop", "web-0")]);
    for bytes in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        assert_eq!(read(&bytes).layout(), Layout::KubectlOutput);
    }
}

#[test]
fn unsafe_entries_are_refused_and_the_rest_is_read() {
    let evil = list(&[pod("evil", "web-0")]);
    for (path, kind, link) in [
        ("../evil/pods.json", EntryType::Regular, ""),
        ("a/../../evil/pods.json", EntryType::Regular, ""),
        ("/evil/pods.json", EntryType::Regular, ""),
        ("C:\\evil/pods.json", EntryType::Regular, ""),
        ("..\\evil/pods.json", EntryType::Regular, ""),
        ("evil/pods\u{1}.json", EntryType::Regular, ""),
        ("evil/pods.json", EntryType::Symlink, "/etc/passwd"),
        ("evil/pods.json", EntryType::Symlink, "../shop/pods.json"),
        ("evil/pods.json", EntryType::Link, "shop/pods.json"),
        ("evil/pods.json", EntryType::Char, ""),
        ("evil/pods.json", EntryType::Block, ""),
        ("evil/pods.json", EntryType::Fifo, ""),
    ] {
        let text = if kind == EntryType::Regular { evil.as_str() } else { "" };
        let mut archive = raw_entry(path, kind, link, text);
        archive.extend(sound());
        let snapshot = read(&ended(archive));
        assert_eq!(
            listed(&snapshot, Kind::Pod, Some("shop")).0,
            ["shop/web-0"],
            "{path:?} {kind:?}"
        );
        assert!(listed(&snapshot, Kind::Pod, Some("evil")).1.is_some(), "{path:?} {kind:?}");
        let refused = snapshot.notes().iter().filter(|note| note.kind == NoteKind::Refused).count();
        assert_eq!(refused, 1, "{path:?} {kind:?} {:?}", snapshot.notes());
    }
}

#[test]
fn an_entry_that_stands_twice_is_noted() {
    let mut archive = sound();
    archive.extend(sound());
    let snapshot = read(&ended(archive));
    assert!(snapshot.notes().iter().any(|note| note.kind == NoteKind::Duplicate));
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")), (vec!["shop/web-0".into()], None));
}

#[test]
fn a_bomb_is_refused() {
    let zeros = vec![b' '; 64 << 20];
    let bomb = tar(&[("shop/pods.json", std::str::from_utf8(&zeros).unwrap())]);
    for bytes in [gzip(&bomb), zstd(&bomb), gzip(&zeros), zstd(&zeros)] {
        let error = Snapshot::read(&bytes[..], &Options::default()).unwrap_err();
        assert!(matches!(error, SnapshotError::Refused { .. }), "{error}");
        assert!(error.to_string().contains("bomb"), "{error}");
    }
}

#[test]
fn more_entries_than_the_limit_cut_the_archive_short() {
    let mut archive = sound();
    let one = raw_entry("x.json", EntryType::Directory, "", "");
    archive.extend(one.repeat(100_001));
    let snapshot = read(&ended(archive));
    assert!(snapshot.notes().iter().any(|note| note.kind == NoteKind::Cut));
    assert_eq!(listed(&snapshot, Kind::Pod, Some("shop")).0, ["shop/web-0"]);
}

/// Files of growing length, so that cuts fall in headers, contents and padding.
fn incident() -> Vec<u8> {
    let pods: Vec<_> = (0..40).map(|n| pod("shop", &format!("web-{n}"))).collect();
    let nodes: Vec<_> = (0..20).map(|n| object(Kind::Node, None, &format!("n{n}"))).collect();
    tar(&[
        ("cluster/nodes.json", &list(&nodes)),
        ("shop/events.json", &list(&[])),
        ("shop/logs/web-0/server.log", &"a line of a log\n".repeat(300)),
        ("shop/pods.json", &list(&pods)),
        ("shop/services.json", &list(&[])),
    ])
}

#[test]
fn an_archive_cut_at_any_place_is_read_as_far_as_it_is_sound_and_says_so() {
    let whole = incident();
    let end = whole.len() - 1024;
    for (packed, step) in [(whole.clone(), 1024), (gzip(&whole), 64), (zstd(&whole), 64)] {
        for cut in (0..packed.len()).step_by(step) {
            let Ok(snapshot) = Snapshot::read(&packed[..cut], &Options::default()) else {
                continue;
            };
            let said = snapshot.notes().iter().any(|note| note.kind == NoteKind::Cut);
            assert!(said || (step == 1024 && cut > end), "cut at {cut}: {:?}", snapshot.notes());
            for (kind, namespace, all) in [
                (Kind::Pod, Some("shop"), 40),
                (Kind::Node, None, 20),
                (Kind::Service, Some("shop"), 0),
            ] {
                let (items, missing) = listed(&snapshot, kind, namespace);
                assert!(missing.is_some() || items.len() == all, "cut at {cut}: {kind} {items:?}");
            }
        }
    }
}

#[test]
fn a_byte_changed_anywhere_never_makes_it_panic() {
    let packed = gzip(&incident());
    for at in 0..packed.len() {
        let mut changed = packed.clone();
        changed[at] ^= 0x55;
        let _ = Snapshot::read(&changed[..], &Options::default());
    }
}

#[test]
fn other_packings_are_named() {
    for (bytes, name) in [
        (&b"PK\x03\x04rest of it"[..], "ZIP"),
        (b"\xFD7zXZ\x00rest of it", "xz"),
        (b"BZh91AY rest", "bzip2"),
    ] {
        let error = Snapshot::read(bytes, &Options::default()).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}
