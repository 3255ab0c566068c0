//! Secrets as they are admitted: sealed, judged as the kubelet judges them, and without a value.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use evidence::{Kind, Object, Seal};
use serde_json::{Value as Json, json};

const CONFIG_JSON: &str = "kubernetes.io/dockerconfigjson";
const DOCKERCFG: &str = "kubernetes.io/dockercfg";

fn base64(text: impl AsRef<[u8]>) -> String {
    STANDARD.encode(text)
}

fn secret(kind: &str, data: Json) -> Object {
    let json = json!({
        "apiVersion": "v1", "kind": "Secret", "type": kind,
        "metadata": { "name": "regcred", "namespace": "shop" }, "data": data,
    });
    Object::admit(json).expect("a secret")
}

fn seal_of(kind: &str, key: &str, content: impl AsRef<[u8]>) -> Seal {
    secret(kind, json!({ key: base64(content) })).seal().expect("a seal")
}

fn config(content: impl AsRef<[u8]>) -> evidence::DockerConfig {
    seal_of(CONFIG_JSON, ".dockerconfigjson", content).docker_config.expect("credentials")
}

fn entry(fields: Json) -> (Option<String>, Option<String>) {
    let config = config(json!({ "auths": { "registry.example.com": fields } }).to_string());
    let [entry] = &config.registries[..] else { panic!("one entry") };
    assert_eq!(entry.key, "registry.example.com");
    (config.problem.clone(), entry.problem.clone())
}

#[test]
fn good_credentials_have_no_problem() {
    for fields in [
        json!({ "auth": base64("user:hunter2") }),
        json!({ "auth": STANDARD_NO_PAD.encode("user:hunter2x") }),
        json!({ "auth": "dXNlcjpw\ndw==\n" }),
        json!({ "username": "user", "password": "hunter2" }),
        json!({ "Username": "user", "PASSWORD": "hunter2", "email": null }),
        json!({ "username": "", "password": "", "auth": base64("user:pass:with:colons") }),
        json!({ "auth": base64("user:hunter2"), "unknown": { "deep": [1, 2, {}] } }),
        json!({ "auth": "", "username": "user", "password": "hunter2" }),
    ] {
        assert_eq!(entry(fields.clone()), (None, None), "{fields}");
    }
}

#[test]
fn an_entry_that_the_kubelet_cannot_read_spoils_the_whole() {
    let table = [
        (json!({ "auth": "user:hunter2" }), "plain text"),
        (json!({ "auth": "!!!" }), "not base64"),
        (json!({ "auth": "dXNlcjpwdw== " }), "there is a space in it"),
        (json!({ "auth": base64("hunter2") }), "no colon"),
        (json!({ "auth": base64(base64("user:hunter2")) }), "encoded twice"),
        (json!({ "auth": 7 }), "`auth` is a number, not a text"),
        (json!({ "password": ["hunter2"] }), "`password` is a list, not a text"),
        (json!({ "email": false }), "`email` is a truth value, not a text"),
        (json!("hunter2"), "it is a text, not a JSON object"),
        (json!(["hunter2"]), "it is a list, not a JSON object"),
    ];
    for (fields, words) in table {
        let (whole, entry) = entry(fields.clone());
        assert!(
            entry.as_deref().is_some_and(|problem| problem.contains(words)),
            "{fields}: {entry:?}"
        );
        let whole = whole.unwrap_or_default();
        assert!(
            whole.contains(words) && whole.contains("registry.example.com"),
            "{fields}: {whole}"
        );
    }
}

#[test]
fn an_entry_that_a_registry_will_not_take_is_a_problem_of_its_own() {
    let table = [
        (json!({}), "no user name and no password"),
        (json!(null), "no user name and no password"),
        (json!({ "auth": base64("user:") }), "password is empty"),
        (json!({ "auth": base64(":hunter2") }), "user name is empty"),
        (json!({ "username": "user" }), "password is empty"),
        (json!({ "auth": base64("user:hunter2\n") }), "password ends with a line break"),
        (json!({ "auth": base64("user :hunter2") }), "user name begins or ends with a space"),
        (json!({ "auth": base64("user:"), "identitytoken": "abc" }), "identity token"),
    ];
    for (fields, words) in table {
        let (whole, entry) = entry(fields.clone());
        assert_eq!(whole, None, "{fields}");
        assert!(
            entry.as_deref().is_some_and(|problem| problem.contains(words)),
            "{fields}: {entry:?}"
        );
    }
}

#[test]
fn text_that_is_no_such_json_is_told_without_quoting_it() {
    let good = json!({ "auths": { "r.io": { "auth": base64("user:hunter2") } } }).to_string();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let table: [(Vec<u8>, &str); 10] = [
        (format!("\u{feff}{good}").into(), "byte order mark"),
        (utf16, "UTF-16"),
        (base64(&good).into(), "encoded twice"),
        (good[..good.len() - 3].into(), "ends too early (line 1, column"),
        (b"hunter2".into(), "not a JSON object"),
        (b"\"hunter2\"".into(), "not a JSON object"),
        (format!("{good} hunter2").into(), "not a JSON object"),
        (b"{\"auths\": \"hunter2\"}".into(), "the entries for the registries are a text"),
        (
            b"{\"auths\": {}, \"HttpHeaders\": {\"X\": 1}}".into(),
            "`HttpHeaders` is not an object of texts",
        ),
        (b"{\"r.io\": {\"auth\": \"x\"}}".into(), "no `auths`"),
    ];
    for (content, words) in table {
        let problem = config(&content).problem.unwrap_or_default();
        assert!(problem.contains(words), "{words}: {problem}");
        assert!(!problem.contains("hunter2"), "{problem}");
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_read_as_go_reads_them() {
    let content = b"{\"auths\": {\"r.io\": {\"username\": \"u\xff\", \"password\": \"p\xfe\"}}}";
    assert_eq!(config(content).registries[0].problem, None);
}

#[test]
fn no_entry_at_all_is_a_problem() {
    for content in ["{\"auths\": {}}", "{\"auths\": null}"] {
        let problem = config(content).problem.unwrap_or_default();
        assert!(problem.contains("no entry for any registry"), "{problem}");
    }
    assert!(config("{}").problem.unwrap_or_default().contains("no `auths`"));
}

#[test]
fn credentials_left_in_a_store_are_said_to_be_there() {
    let config = config("{\"auths\": {\"r.io\": {}}, \"credsStore\": \"desktop\"}");
    assert_eq!(config.problem, None);
    assert!(
        config.registries[0].problem.as_deref().is_some_and(|p| p.contains("credential store"))
    );
}

#[test]
fn the_older_form_has_no_auths() {
    let entry = json!({ "r.io": { "auth": base64("user:hunter2") } });
    let good =
        seal_of(DOCKERCFG, ".dockercfg", entry.to_string()).docker_config.expect("credentials");
    assert_eq!((good.problem, good.registries.len()), (None, 1));
    let wrapped = json!({ "auths": entry });
    let wrong =
        seal_of(DOCKERCFG, ".dockercfg", wrapped.to_string()).docker_config.expect("credentials");
    assert!(wrong.problem.unwrap_or_default().contains("the form of .dockerconfigjson"));
    assert!(wrong.registries.is_empty());
}

#[test]
fn the_type_decides_whether_the_kubelet_looks_at_all() {
    let content = json!({ "auths": { "r.io": { "auth": base64("user:hunter2") } } }).to_string();
    for kind in ["Opaque", DOCKERCFG] {
        let config =
            seal_of(kind, ".dockerconfigjson", &content).docker_config.expect("credentials");
        let problem = config.problem.unwrap_or_default();
        assert!(problem.contains("passes over it"), "{kind}: {problem}");
    }
    let opaque =
        seal_of("Opaque", ".dockerconfigjson", &content).docker_config.expect("credentials");
    assert_eq!(opaque.registries[0].key, "r.io", "what it is for is told all the same");
    let other = seal_of(CONFIG_JSON, "config.json", &content).docker_config.expect("credentials");
    assert_eq!(
        other.problem.as_deref(),
        Some("it has no key .dockerconfigjson, so the kubelet passes over it; it has config.json")
    );
    assert_eq!(seal_of("Opaque", "password", "hunter2").docker_config, None);
}

#[test]
fn what_a_dump_withheld_is_unknown_and_no_problem_of_the_secret() {
    let typed = |data: Json| secret(CONFIG_JSON, data).seal().expect("a seal");
    for seal in [
        typed(json!({ ".dockerconfigjson": "" })),
        typed(json!({ ".dockerconfigjson": null })),
        typed(json!({ ".dockerconfigjson": base64("312 bytes long") })),
        typed(json!({ ".dockerconfigjson": base64("***HIDDEN***") })),
        typed(json!({ ".dockerconfigjson": "***HIDDEN***" })),
        typed(json!({ ".dockerconfigjson": 7 })),
        typed(json!(null)),
    ] {
        assert!(seal.withheld.is_some(), "{seal:?}");
        assert_eq!(seal.docker_config, None);
    }
}

#[test]
fn user_names_and_passwords_in_registry_keys_go() {
    for (key, kept) in [
        ("https://user:hunter2@registry.example.com/", "https://registry.example.com/"),
        ("user:hunter2@registry.example.com", "registry.example.com"),
        ("https://user:hun/ter2@registry.example.com", "https://registry.example.com"),
    ] {
        let auths = json!({ "auths": { key: { "auth": base64("user:hunter2") } } });
        assert_eq!(config(auths.to_string()).registries[0].key, kept);
    }
}

#[test]
fn a_key_that_is_no_url_is_a_problem_of_its_entry() {
    let auths = json!({ "auths": { "registry example": { "auth": base64("user:hunter2") } } });
    let config = config(auths.to_string());
    assert!(config.registries[0].problem.as_deref().is_some_and(|p| p.contains("not a URL")));
}

#[test]
fn a_sealed_secret_holds_names_lengths_and_nothing_else() {
    let object = Object::admit(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
        "metadata": { "name": "db", "annotations": {
            "kapp.k14s.io/original": "{\"data\":{\"password\":\"aHVudGVyMg==\"}}", "team": "shop", "kubernetes.io/service-account.name": "web" } },
        "data": { "password": base64("hunter2"), "user": base64("app") },
        "stringData": { "password": "hunter2345" },
        "extra": { "password": "hunter2" },
    }))
    .expect("a secret");
    assert_eq!(
        *object.json(),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
            "metadata": { "name": "db", "annotations": { "kapp.k14s.io/original": "‹redacted›", "team": "‹redacted›", "kubernetes.io/service-account.name": "web" } },
            "tsg.dev/seal": { "keys": [{ "name": "password", "bytes": 10 }, { "name": "user", "bytes": 3 }] },
        })
    );
}

#[test]
fn sealing_again_changes_nothing_and_a_seal_is_no_cover_for_data() {
    let object =
        secret(CONFIG_JSON, json!({ ".dockerconfigjson": base64("{\"auths\":{\"r.io\":{}}}") }));
    let mut json = object.json().clone();
    assert_eq!(Object::admit(json.clone()).expect("a secret"), object);
    json["data"] = json!({ "password": base64("hunter2") });
    json["stringData"] = json!({ "password": "hunter2" });
    json["tsg.dev/seal"]["docker_config"]["registries"][0]["key"] =
        json!("https://user:hunter2@r.io");
    json["tsg.dev/seal"]["data"] = json!("hunter2");
    let text = Object::admit(json).expect("a secret").json().to_string();
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    assert!(text.contains("https://r.io"));
}

#[test]
fn where_a_client_connects_to_is_kept_and_nothing_beside_it() {
    let data = json!({
        "DB_HOST": base64("ledger-db.shop"), "DB_PORT": base64("3307"),
        "DB_PASSWORD": base64("3308"), "DB_USER": base64("ledger-app"),
        "DB_URL": base64("mysql://app:hunter2@ledger-db:3306/ledger"),
    });
    let object = secret("Opaque", data.clone());
    let seal = object.seal().expect("a seal");
    let kept: Vec<(&str, &str)> =
        seal.keys.iter().filter_map(|key| Some((&*key.name, key.address.as_deref()?))).collect();
    assert_eq!(kept, [("DB_HOST", "ledger-db.shop"), ("DB_PORT", "3307")]);
    let text = object.json().to_string();
    for value in ["3308", "ledger-app", "hunter2", "3306"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
    let again = Object::admit(object.json().clone()).expect("a secret");
    assert_eq!(again.seal(), Some(seal), "a recording keeps it");
    let typed = secret("kubernetes.io/basic-auth", data).seal().expect("a seal");
    assert!(typed.keys.iter().all(|key| key.address.is_none()));
}

#[test]
fn an_address_that_somebody_wrote_into_a_seal_must_look_like_one() {
    let mut json = secret("Opaque", json!({ "DB_PASSWORD": base64("x") })).json().clone();
    json["tsg.dev/seal"]["keys"][0]["address"] = json!("hunter2");
    let text = Object::admit(json).expect("a secret").json().to_string();
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_forged_seal_of_another_shape_is_dropped() {
    let json = json!({ "metadata": { "name": "a" }, "tsg.dev/seal": "hunter2", "data": { "a": base64("b") } });
    let object = Object::admit_as(Kind::Secret, json).expect("a secret");
    assert_eq!(object.seal().map(|seal| seal.keys.len()), Some(1));
    assert!(!object.json().to_string().contains("hunter2"));
}

#[test]
fn every_problem_survives_redaction() {
    for fields in
        [json!({ "auth": "user:x" }), json!({ "password": 7 }), json!({ "auth": base64("u:p\n") })]
    {
        let auths = json!({ "auths": { "registry.example.com": fields } }).to_string();
        let object = secret(CONFIG_JSON, json!({ ".dockerconfigjson": base64(auths) }));
        assert!(!object.json().to_string().contains("redacted"), "{}", object.json());
    }
    let wrong = secret("Opaque", json!({ ".dockerconfigjson": base64("{") }));
    assert!(!wrong.json().to_string().contains("redacted"), "{}", wrong.json());
}

#[test]
fn large_and_deep_content_is_judged_and_dropped() {
    let deep = "[".repeat(100_000);
    assert!(config(format!("{{\"x\": {deep}")).problem.is_some());
    assert!(config(format!("{{\"auths\": {deep}")).problem.is_some());
    let entries: Vec<String> =
        (0..20_000).map(|i| format!("\"r{i}.io\": {{\"auth\": \"dXNlcjpwdw==\"}}")).collect();
    let config = config(format!("{{\"auths\": {{{}}}}}", entries.join(",")));
    assert_eq!((config.problem.clone(), config.registries.len()), (None, 20_000));
    assert_eq!(config.covers("r7.io/a").len(), 1);
}
