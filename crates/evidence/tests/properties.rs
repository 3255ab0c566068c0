//! Facts about redaction, sealing and recordings that hold for any input.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evidence::redact::text;
use evidence::{
    DockerConfig, Kind, Listing, Log, Object, ObjectRef, Question, RegistryEntry, Replies, Reply,
    ServerVersion, Time, Unseen, UnseenKind,
};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// What makes a text hard: the marks and words that the search begins from.
fn fragment() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "password",
        "token",
        "secret",
        "auth",
        "Authorization",
        "Bearer ",
        "Basic ",
        "://",
        "@",
        ":",
        "=",
        "\"",
        "\\\"",
        "'",
        " ",
        "\n",
        "\\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&",
        "?",
        "eyJ",
        ".",
        "-",
        "--",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        "ghp_",
        "AKIA",
        "<",
        ">",
        "|",
        "‹",
        "›",
        "‹redacted›",
        "ß",
        "日本",
        "Cookie",
        "key",
        "sig",
        "a1b2c3d4e5",
        "hunter2",
        "LS0tLS1CRUdJTi",
        "\\u0026",
        "\t",
        "\r\n",
        "https://",
        "api_key",
        "pwd",
        ":=",
        "=>",
        "$(",
    ]);
    prop_oneof![4 => words.prop_map(str::to_owned), 1 => "[ -~]{0,12}", 1 => "\\PC{0,6}"]
}

fn hard_text() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..24).prop_map(|parts| parts.concat())
}

/// Text around a secret that does not itself open a quote or a value around it.
fn prose() -> impl Strategy<Value = String> {
    "([a-z]{1,9}[ ,.]){0,6}"
}

/// Letters of a secret that occurs nowhere else, and so can be looked for.
fn needle() -> impl Strategy<Value = String> {
    "[A-Z][a-z]{3}[0-9]{3}Q[a-z]{3}[0-9]{2}Zq"
}

/// Every class of secret with a needle in it.
fn planted(needle: &str) -> Vec<String> {
    let upper: String = needle.to_ascii_uppercase().chars().cycle().take(16).collect();
    let mut all: Vec<String> = [
        "postgres://app:{}@db:5432/shop",
        "https://:{}@host/",
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
        "authorization: {}",
        "\"Authorization\": \"{}\"",
        "Bearer {}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}",
        "ghp_{}{}",
        "github_pat_{}",
        "glpat-{}",
        "xoxb-1-{}",
        "dckr_pat_{}",
        "sk_live_{}",
        "AIza{}{}{}",
        "hvs.{}{}",
        "sha256~{}{}",
        "-----BEGIN PRIVATE KEY-----\n{}{}{}\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\\n{}\\n-----END RSA PRIVATE KEY-----\\n",
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0{}",
        "https://h/p?token={}&x=1",
        "https://h/p?sig={}",
        "https://h/p?a=b&X-Amz-Signature={}",
        "?access_token={}",
        "password={}",
        "DB_PASSWORD={}",
        "mysqlRootPassword = {}",
        "\"password\": \"{}\"",
        "'apiKey': '{}'",
        "\\\"token\\\":\\\"{}\\\"",
        "--password {}",
        "--db-token={}",
        "\"--password\", \"{}\"",
        "{\"client_secret\":\"{}\"}",
        "aws_secret_access_key={}",
        "Pwd={};",
        "<password>{}</password>",
        "password: {}",
        "invalid token: {}",
        "secret={}",
        "credentials={}",
        "private_key: \"{}\"",
        "\"auth\":\"{}\"",
        "map[password:{} a:b]",
        "Cookie: a={}; b=c",
        "env[API_KEY]={}",
    ]
    .iter()
    .map(|form| form.replace("{}", needle))
    .collect();
    all.push(format!("AKIA{upper}"));
    all
}

fn survives(output: &str, needle: &str) -> bool {
    output.contains(needle) || output.contains(&needle.to_ascii_uppercase())
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        hard_text().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let name = prop_oneof![
            prop::sample::select(vec![
                "env",
                "name",
                "value",
                "key",
                "metadata",
                "labels",
                "annotations",
                "data",
                "stringData",
                "type",
                "spec",
                "command",
                "args",
                "password",
                "secret",
                "token",
                "auths",
                "auth",
                "managedFields",
                "time",
                "tsg.dev/seal",
                "keys",
                "docker_config",
                "registries",
                "tsg.dev/modified",
                "involvedObject",
                "kind",
                "ownerReferences",
                "controller",
            ])
            .prop_map(str::to_owned),
            fragment(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|fields| Json::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

/// An object of a kind with any content under the fields that are looked at.
fn any_object() -> impl Strategy<Value = Object> {
    (any_kind(), any_json(), any_json(), any_json(), "[a-z]{1,5}").prop_map(
        |(kind, metadata, spec, data, name)| {
            let mut json = json!({ "spec": spec, "data": data, "stringData": spec });
            json["metadata"] = if metadata.is_object() { metadata } else { json!({}) };
            json["metadata"]["name"] = name.into();
            Object::admit_as(kind, json).expect("it has a name")
        },
    )
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let unseen = (hard_text(), hard_text())
        .prop_map(|(what, why)| Unseen::new(UnseenKind::Expired, what, why))
        .boxed();
    prop_oneof![
        any_object().prop_map(|object| Reply::Object(Arc::new(object))),
        (
            prop::collection::vec(any_object().prop_map(Arc::new), 0..3),
            prop::option::of(unseen.clone())
        )
            .prop_map(|(items, missing)| Reply::Objects(Arc::new(Listing { items, missing }))),
        hard_text().prop_map(|text| Reply::Log(Arc::new(Log::admit(&text)))),
        hard_text().prop_map(|git_version| Reply::Version(ServerVersion { git_version })),
        Just(Reply::Namesakes(Arc::new(vec![ObjectRef::new(Kind::Secret, Some("a"), "b")]))),
        Just(Reply::Absent),
        unseen.prop_map(Reply::Unseen),
    ]
}

fn any_question() -> impl Strategy<Value = Question> {
    let object = (any_kind(), prop::option::of("[a-z]{1,4}"), "[a-z]{1,4}")
        .prop_map(|(kind, namespace, name)| ObjectRef::new(kind, namespace.as_deref(), &name))
        .boxed();
    prop_oneof![
        Just(Question::Version),
        object.clone().prop_map(|object| Question::Get { object }),
        (any_kind(), prop::option::of("[a-z]{1,4}"))
            .prop_map(|(kind, namespace)| Question::List { kind, namespace }),
        object.clone().prop_map(|object| Question::EventsOf { object }),
        (any_kind(), "[a-z]{1,4}").prop_map(|(kind, name)| Question::Namesakes { kind, name }),
        (object, "[a-z]{1,4}", any::<bool>())
            .prop_map(|(pod, container, previous)| Question::Log { pod, container, previous }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_is_redacting_once(before in hard_text()) {
        let once = text(&before).into_owned();
        prop_assert_eq!(text(&once), once.as_str(), "{}", before);
    }

    #[test]
    fn any_text_is_redacted_and_admitted(before in "\\PC{0,200}") {
        let once = text(&before).into_owned();
        prop_assert_eq!(text(&once), once.as_str());
        let _ = Log::admit(&before);
    }

    #[test]
    fn a_planted_secret_never_survives_in_a_text(needle in needle(), before in prose(), after in prose()) {
        for planted in planted(&needle) {
            // A line of its own, as YAML and PEM need it, and in a sentence.
            for around in [format!("{before}\n{planted}\n{after}"), format!("{before} {planted} {after}")] {
                prop_assert!(!survives(&text(&around), &needle), "{}", text(&around));
                let log = Log::admit(&around).lines.join("\n");
                prop_assert!(!survives(&log, &needle), "{}", log);
            }
        }
    }

    #[test]
    fn a_planted_secret_never_survives_in_an_object(needle in needle(), before in prose(), noise in any_json()) {
        for planted in planted(&needle) {
            let said = format!("{before} {planted}");
            let pod = json!({
                "metadata": { "name": "web-0", "annotations": { "note": said, "db-password": needle } },
                "spec": { "containers": [{ "name": "a", "args": ["-c", said, "--password", needle],
                    "command": ["run", format!("--token={needle}")],
                    "env": [{ "name": "NOTE", "value": said }, { "name": "DB_PASSWORD", "value": needle }] }] },
                "status": { "message": said, "noise": noise },
                "data": { "password": needle, "notes": said },
            });
            for kind in [Kind::Pod, Kind::ConfigMap, Kind::Event] {
                let object = Object::admit_as(kind, pod.clone()).expect("an object");
                let output = serde_json::to_string(&object).expect("text");
                prop_assert!(!survives(&output, &needle), "{}", output);
            }
        }
    }

    #[test]
    fn a_secret_s_value_never_survives_its_seal(
        needle in needle(), noise in any_json(), kind in prop::sample::select(vec![
            "Opaque", "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "kubernetes.io/tls",
        ]),
    ) {
        let entry = json!({ "auth": STANDARD.encode(format!("user:{needle}")), "password": needle });
        let url = format!("https://user:{needle}@r.io");
        let contents = [
            json!({ "auths": { "r.io": entry, url.as_str(): { "auth": needle } } }).to_string(),
            json!({ "r.io": { "password": [needle] } }).to_string(),
            json!({ "auths": needle }).to_string(),
            json!({ "auths": { "r.io": needle } }).to_string(),
            format!("{{\"auths\": {{\"r.io\": {{\"auth\": \"{needle}"),
            needle.clone(),
        ];
        for content in contents {
            let plain = content.clone();
            let encoded = STANDARD.encode(&content);
            for value in [plain, encoded.clone(), STANDARD.encode(&encoded)] {
                let json = json!({
                    "metadata": { "name": "regcred" }, "type": kind, "noise": noise, "other": needle,
                    "data": { ".dockerconfigjson": value, ".dockercfg": value, "password": value },
                    "stringData": { "token": needle },
                });
                let object = Object::admit_as(Kind::Secret, json).expect("a secret");
                let output = format!("{object:?} {}", serde_json::to_string(&object).expect("text"));
                prop_assert!(!survives(&output, &needle), "{}", output);
                prop_assert!(!output.contains(&encoded), "{}", output);
            }
        }
    }

    #[test]
    fn any_object_is_admitted_once_and_for_all(object in any_object()) {
        let again = Object::admit(object.json().clone()).expect("an object");
        prop_assert_eq!(&again, &object);
        let _ = (object.seal(), object.workload(), object.created(), object.event());
    }

    #[test]
    fn any_json_is_admitted_or_refused(json in any_json()) {
        let _ = Object::admit(json.clone());
        let _ = Object::admit_as(Kind::Secret, json);
    }

    #[test]
    fn a_recording_reads_back_as_it_was(question in any_question(), reply in any_reply()) {
        let text = serde_json::to_string(&(&question, &reply)).expect("text");
        let back: (Question, Reply) = serde_json::from_str(&text).expect("what was written");
        prop_assert_eq!(back, (question, reply));
    }

    #[test]
    fn a_partial_list_proves_no_absence_and_a_complete_one_does(
        items in prop::collection::vec(any_object().prop_map(Arc::new), 0..6),
        kind in any_kind(), name in "[a-z]{1,2}", is_complete in any::<bool>(), is_cluster in any::<bool>(),
    ) {
        let namespace = kind.namespaced().then_some("default");
        let items: Vec<Arc<Object>> =
            items.into_iter().filter(|item| item.reference().kind == kind).collect();
        let wanted = ObjectRef::new(kind, namespace, &name);
        let holds = items.iter().any(|item| *item.reference() == wanted);
        let missing = (!is_complete).then(|| Unseen::new(UnseenKind::Truncated, "a", "b"));
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        let listed = if is_cluster { None } else { namespace };
        replies.insert(Question::list(kind, listed), Reply::Objects(Arc::new(Listing { items, missing })));
        match replies.get(&Question::Get { object: wanted.clone() }) {
            Some(Reply::Object(object)) => prop_assert!(holds && *object.reference() == wanted),
            Some(Reply::Absent) => prop_assert!(is_complete && !holds),
            Some(Reply::Unseen(_)) => prop_assert!(!is_complete && !holds),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_registry_key_and_image_are_matched(key in "[a-z*.:/@%\\[\\]?#-]{0,24}", image in "[a-z.:/@%\\[\\]-]{0,24}") {
        let config = DockerConfig {
            problem: None,
            registries: vec![RegistryEntry { key, problem: None }, RegistryEntry { key: "*.io".into(), problem: None }],
        };
        prop_assert!(config.covers(&image).len() <= 2);
    }
}
