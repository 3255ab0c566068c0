//! What is recorded is read back as it was.

mod sources;

use std::sync::Arc;

use evidence::{
    Kind, Listing, Log, Object, ObjectRef, Question, Replies, Reply, ServerVersion, Unseen,
    UnseenKind,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use snapshot::{
    Layout, Meta, NoteKind, Options, Recording, RecordingKind, SaidBy, Snapshot, SnapshotError,
};
use sources::*;

fn meta(replies: &Replies) -> Meta {
    let mut meta = Meta::new(RecordingKind::Recording, replies.now(), "context prod");
    meta.target = Some("pod/web-0".into());
    meta.arguments = vec!["-n".into(), "shop".into()];
    meta
}

fn written(replies: &Replies) -> Vec<u8> {
    let mut bytes = Vec::new();
    Recording::write(replies, &meta(replies), &mut bytes).unwrap();
    bytes
}

fn pairs(replies: &Replies) -> Vec<(Question, Reply)> {
    replies.iter().map(|(question, reply)| (question.clone(), reply.clone())).collect()
}

fn sample() -> Replies {
    let mut replies = Replies::new("2024-05-01T12:00:00.123456789Z".parse().unwrap());
    let pods = [pod("shop", "web-0"), pod("shop", "web-1")];
    let items = pods.map(|pod| Arc::new(Object::admit(pod).unwrap())).to_vec();
    let question = Question::list(Kind::Pod, Some("shop"));
    replies.insert(question, Reply::Objects(Arc::new(Listing { items, missing: None })));
    replies.insert(Question::get(Kind::Secret, Some("shop"), "gone"), Reply::Absent);
    let object = ObjectRef::new(Kind::Pod, Some("shop"), "web-0");
    let question = Question::EventsOf { object: object.clone() };
    let unseen = Unseen::new(UnseenKind::Denied, &question, "list events in namespace shop");
    replies.insert(question, Reply::Unseen(unseen));
    let question =
        Question::Log { pod: object.clone(), container: "server".into(), previous: true };
    replies.insert(question, Reply::Log(Arc::new(Log { lines: vec!["ü".into()], cut: true })));
    let question = Question::Namesakes { kind: Kind::Secret, name: "regcred".into() };
    replies.insert(question, Reply::Namesakes(Arc::new(vec![object])));
    replies
        .insert(Question::Version, Reply::Version(ServerVersion { git_version: "v1.34.4".into() }));
    replies
}

#[test]
fn a_recording_reads_back_as_it_was_written() {
    let replies = sample();
    let snapshot = read(&written(&replies));
    assert_eq!(snapshot.layout(), Layout::Recording);
    assert_eq!(pairs(snapshot.replies()), pairs(&replies));
    assert_eq!(snapshot.replies().now(), replies.now());
    assert_eq!(snapshot.clock().said_by, SaidBy::Recording);
    assert_eq!(snapshot.meta(), Some(&meta(&replies)));
    assert_eq!(snapshot.notes(), []);
    assert_eq!(written(snapshot.replies()), written(&replies));
}

#[test]
fn the_same_replies_give_the_same_bytes_whatever_their_order() {
    let replies = sample();
    let mut reversed = Replies::new(replies.now());
    for (question, reply) in pairs(&replies).into_iter().rev() {
        reversed.insert(question, reply);
    }
    assert_eq!(written(&replies), written(&reversed));
}

#[test]
fn what_was_not_recorded_was_not_captured() {
    let snapshot = read(&written(&sample()));
    assert!(is_absent(&get(&snapshot, Kind::Pod, Some("shop"), "web-9")));
    let other = get(&snapshot, Kind::ConfigMap, Some("shop"), "x");
    assert!(
        matches!(&other, Reply::Unseen(unseen) if unseen.kind == UnseenKind::NotCaptured),
        "{other:?}"
    );
}

fn packed(meta: &Value, lines: &str) -> Vec<u8> {
    zstd(&tar(&[("meta.json", &meta.to_string()), ("replies.jsonl", lines)]))
}

#[test]
fn a_recording_of_a_later_format_is_refused_by_name() {
    let bytes = packed(&json!({ "format": 2, "tsg": "9.9.9", "anything": true }), "");
    let error = Snapshot::read(&bytes[..], &Options::default()).unwrap_err();
    assert!(matches!(error, SnapshotError::Newer { found: 2, .. }), "{error}");
    assert!(error.to_string().contains("9.9.9"), "{error}");
}

#[test]
fn a_recording_without_a_sound_description_is_refused() {
    for meta in [json!({}), json!({ "format": 1 }), json!([]), json!({ "format": "1" })] {
        let error = Snapshot::read(&packed(&meta, "")[..], &Options::default()).unwrap_err();
        assert!(matches!(error, SnapshotError::Recording { .. }), "{meta}: {error}");
    }
}

#[test]
fn a_recording_cut_at_any_byte_says_less_and_never_anything_else() {
    let replies = sample();
    let whole = written(&replies);
    let unpacked = zstd::stream::decode_all(&whole[..]).unwrap();
    for bytes in [&whole, &unpacked] {
        for cut in (0..bytes.len()).step_by(7) {
            let Ok(snapshot) = Snapshot::read(&bytes[..cut], &Options::default()) else { continue };
            for (question, reply) in snapshot.replies().iter() {
                assert_eq!(replies.get(question).as_ref(), Some(reply), "cut at {cut}");
            }
            let fewer = pairs(snapshot.replies()).len() < pairs(&replies).len();
            let said = snapshot.notes().iter().any(|note| note.kind == NoteKind::Cut);
            assert!(said || !fewer, "cut at {cut}");
        }
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn reply()(
        sort in 0..6,
        specs in proptest::collection::vec(json_value(), 0..3),
        text in "\\PC{0,20}",
        flag in any::<bool>(),
    ) -> Reply {
        let objects = specs.into_iter().enumerate().map(|(index, spec)| {
            let mut object = pod("shop", &format!("p{index}"));
            object["spec"] = spec;
            Arc::new(Object::admit(object).unwrap())
        });
        let unseen = Unseen::new(UnseenKind::Truncated, "it", &text);
        match sort {
            0 => Reply::Absent,
            1 => Reply::Unseen(unseen),
            2 => Reply::Log(Arc::new(Log { lines: vec![text], cut: flag })),
            _ => {
                let missing = flag.then_some(unseen);
                Reply::Objects(Arc::new(Listing { items: objects.collect(), missing }))
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_replies_read_back_as_they_were(
        given in proptest::collection::btree_map("[a-z]{1,8}", reply(), 0..6),
        seconds in 0..4_000_000_000_i64,
    ) {
        let mut replies = Replies::new(evidence::Time::new(seconds, 5).unwrap());
        for (namespace, reply) in given {
            replies.insert(Question::list(Kind::Pod, Some(&namespace)), reply);
        }
        let snapshot = read(&written(&replies));
        prop_assert_eq!(pairs(snapshot.replies()), pairs(&replies));
        prop_assert_eq!(snapshot.replies().now(), replies.now());
    }
}
