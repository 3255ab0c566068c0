//! The logins of a pod's pull secrets, for the one that asks a registry with them.
//!
//! This is the only way by which a secret's value leaves this crate, and it leads to the
//! registry: see `crates/probe`. Nothing here can be printed, compared, copied or serialised.

use super::docker_config::{self, Pair};
use super::keyring::look_up;
use super::unsealed::{Unsealed, assert_lacks};
use crate::ObjectRef;

/// The logins of pull secrets, found as the kubelet finds them.
///
/// All secrets of a pod make one keyring (`secretsToTrackedDockerConfigs`,
/// pkg/credentialprovider/secrets/secrets.go): a more specific key of a later secret goes before
/// a less specific one of an earlier secret.
#[derive(Default)]
pub struct Logins {
    held: Vec<Login>,
    unreadable: Vec<(ObjectRef, String)>,
}

/// A user name and a password, and the secret that holds them.
pub struct Login {
    secret: ObjectRef,
    pair: Pair,
}

impl Logins {
    /// The key of a secret of this type under which its logins stand; `None` for a type
    /// that the kubelet passes over.
    pub fn key_of(kind: &str) -> Option<&'static str> {
        docker_config::key_of(kind)
    }

    /// Adds a secret, by its type and the decoded value under [its key](Logins::key_of).
    /// The secrets are added in the pod's order.
    pub fn add(&mut self, secret: ObjectRef, kind: &str, value: Vec<u8>) {
        match docker_config::pairs(kind, &Unsealed::from(value)) {
            Ok(pairs) => {
                let logins = pairs.into_iter().map(|pair| Login { secret: secret.clone(), pair });
                self.held.extend(logins);
            }
            Err(why) => self.unreadable.push((secret, why)),
        }
    }

    /// The logins that the kubelet tries for an image, in its order. The image is given as in
    /// [`DockerConfig::covers`](crate::DockerConfig::covers).
    pub fn for_image(&self, registry_and_repository: &str) -> Vec<&Login> {
        let entries = self.held.iter().map(|login| (login.pair.key.as_str(), login));
        look_up(entries, registry_and_repository)
    }

    /// The secrets that the kubelet cannot read, and why. For one of these it fails the pull
    /// without trying any login.
    pub fn unreadable(&self) -> &[(ObjectRef, String)] {
        &self.unreadable
    }
}

impl Login {
    /// The secret that it is from.
    pub fn secret(&self) -> &ObjectRef {
        &self.secret
    }

    /// The user name, to be sent to the registry and nowhere else.
    pub fn expose_user(&self) -> &[u8] {
        self.pair.user.bytes()
    }

    /// The password, to be sent to the registry and nowhere else.
    pub fn expose_password(&self) -> &[u8] {
        self.pair.password.bytes()
    }
}

assert_lacks!(Logins: std::fmt::Debug, std::fmt::Display, serde::Serialize, Clone, PartialEq);
assert_lacks!(Login: std::fmt::Debug, std::fmt::Display, serde::Serialize, Clone, PartialEq);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn secret(name: &str) -> ObjectRef {
        ObjectRef::new(Kind::Secret, Some("shop"), name)
    }

    fn logins(secrets: &[(&str, &str, &str)]) -> Logins {
        let mut logins = Logins::default();
        for (name, kind, value) in secrets {
            logins.add(secret(name), kind, value.as_bytes().to_vec());
        }
        logins
    }

    fn tried(logins: &Logins, image: &str) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let found = logins.for_image(image).into_iter();
        found
            .map(|login| {
                let pair =
                    format!("{}:{}", text(login.expose_user()), text(login.expose_password()));
                (login.secret().name.clone(), pair)
            })
            .collect()
    }

    const JSON: &str = "kubernetes.io/dockerconfigjson";

    #[test]
    fn the_secrets_of_a_pod_make_one_keyring_and_the_more_specific_key_goes_first() {
        let logins = logins(&[
            ("first", JSON, r#"{"auths":{"r.io":{"username":"a","password":"1"}}}"#),
            ("second", JSON, r#"{"auths":{"r.io/shop":{"username":"b","password":"2"}}}"#),
            ("third", JSON, r#"{"auths":{"r.io":{"auth":"Yzoz"}, "q.io":{"auth":"eDp5"}}}"#),
        ]);
        let expected = [("second", "b:2"), ("first", "a:1"), ("third", "c:3")]
            .map(|(name, pair)| (name.to_owned(), pair.to_owned()));
        assert_eq!(tried(&logins, "r.io/shop/web"), expected);
        assert!(tried(&logins, "other.io/shop/web").is_empty());
    }

    #[test]
    fn auth_goes_before_user_name_and_password_and_a_password_may_hold_colons() {
        let value = r#"{"r.io":{"username":"x","password":"y","auth":"dXNlcjpwYTpzcw=="}}"#;
        let logins = logins(&[("old", "kubernetes.io/dockercfg", value)]);
        assert_eq!(tried(&logins, "r.io/a"), [("old".to_owned(), "user:pa:ss".to_owned())]);
    }

    #[test]
    fn a_secret_of_another_type_or_without_value_is_passed_over() {
        let value = r#"{"auths":{"r.io":{"username":"a","password":"1"}}}"#;
        let logins = logins(&[("opaque", "Opaque", value), ("empty", JSON, "")]);
        assert!(tried(&logins, "r.io/a").is_empty());
        assert!(logins.unreadable().is_empty());
        assert_eq!(Logins::key_of(JSON), Some(".dockerconfigjson"));
        assert_eq!(Logins::key_of("Opaque"), None);
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_told_without_its_text() {
        for value in ["{\"auths\": hunter2", r#"{"auths":{"r.io":{"auth":"hunter2!"}}}"#] {
            let logins = logins(&[("bad", JSON, value)]);
            let [(name, why)] = logins.unreadable() else { panic!("{value} is not readable") };
            assert_eq!(name, &secret("bad"));
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
