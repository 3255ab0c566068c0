//! What shows that a fault has taken effect: conditions on the pods and events of a namespace.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

/// The longest that a symptom may take where a fault names nothing else.
const WITHIN: Duration = Duration::from_secs(90);

/// Conditions, all of which must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// A container waits with this reason, or with one of these.
    waiting: Option<AnyOf>,
    /// A container's state or last state ended with this reason.
    terminated: Option<String>,
    /// A container's state or last state ended with this code.
    exit_code: Option<i64>,
    /// A container has restarted at least so often.
    restarts: Option<i64>,
    /// There are pods, and all of them are ready or have succeeded (or are not).
    ready: Option<bool>,
    /// A pod is in this phase.
    phase: Option<String>,
    /// A pod has this condition: `PodScheduled=False`.
    condition: Option<String>,
    /// It has had that condition for so long, by the condition's own time, as `30s`; or an object has
    /// had the one that it is to show.
    lasting: Option<String>,
    /// There are exactly so many pods.
    pods: Option<usize>,
    /// An event holds this text in its reason or message.
    event: Option<String>,
    /// An object has this at a JSON pointer, or this condition: `deployment/web /status/replicas=2`,
    /// `deployment/web Progressing=False`.
    #[serde(default)]
    objects: Vec<String>,
    /// How long it takes at most, as `90s`.
    within: Option<String>,
}

/// What one object has to show.
#[derive(Clone, Copy, Debug)]
pub struct Awaited<'s> {
    /// The object, as kubectl takes it.
    pub object: &'s str,
    place: &'s str,
    value: &'s str,
    lasting: Duration,
}

impl<'s> Awaited<'s> {
    fn read(text: &'s str) -> Option<Awaited<'s>> {
        let (object, shown) = text.split_once(' ')?;
        let (place, value) = shown.split_once('=')?;
        let lasting = Duration::ZERO;
        object.contains('/').then_some(Awaited { object, place, value, lasting })
    }

    /// Whether it is a condition, and no field.
    fn is_condition(&self) -> bool {
        !self.place.starts_with('/')
    }

    /// Whether the object shows it.
    pub fn shows(&self, object: &Json, now: Timestamp) -> bool {
        if self.is_condition() {
            let own = condition(object, &format!("{}={}", self.place, self.value));
            let lasts = |one| self.lasting.is_zero() || lasted(one, now) >= Some(self.lasting);
            return own.is_some_and(lasts);
        }
        match object.pointer(self.place) {
            Some(Json::String(text)) => text == self.value,
            Some(other) => {
                serde_json::from_str::<Json>(self.value).is_ok_and(|wanted| wanted == *other)
            }
            None => self.value == "none",
        }
    }
}

impl std::fmt::Display for Awaited<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}={}", self.object, self.place, self.value)
    }
}

/// One word, or several of which each will do.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum AnyOf {
    One(String),
    Several(Vec<String>),
}

impl AnyOf {
    fn words(&self) -> &[String] {
        match self {
            AnyOf::One(word) => std::slice::from_ref(word),
            AnyOf::Several(words) => words,
        }
    }
}

impl Symptom {
    /// What is written wrong in it.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.is_empty() {
            return Err("it waits for nothing".to_owned());
        }
        let of_object = || self.objects().any(|one| one.is_condition());
        if self.lasting.is_some() && self.condition.is_none() && !of_object() {
            return Err(
                "`lasting` says how long a `condition` has held, and there is none".to_owned()
            );
        }
        if let Some(wrong) = self.objects.iter().find(|one| Awaited::read(one).is_none()) {
            return Err(format!(
                "`{wrong}` is not `KIND/NAME /POINTER=VALUE` or `KIND/NAME TYPE=STATUS`"
            ));
        }
        let spans = [&self.lasting, &self.within].into_iter().flatten();
        match spans.into_iter().find(|text| seconds(text).is_none()) {
            Some(text) => Err(format!("`{text}` is no number of seconds such as `90s`")),
            None => Ok(()),
        }
    }

    /// Whether nothing is awaited.
    fn is_empty(&self) -> bool {
        let words = [&self.terminated, &self.phase, &self.condition, &self.event];
        let others = [
            self.waiting.is_some(),
            self.exit_code.is_some(),
            self.restarts.is_some(),
            self.ready.is_some(),
            self.pods.is_some(),
            !self.objects.is_empty(),
        ];
        words.iter().all(|word| word.is_none()) && !others.contains(&true)
    }

    /// What single objects have to show.
    pub fn objects(&self) -> impl Iterator<Item = Awaited<'_>> {
        let lasting = self.lasting.as_deref().and_then(seconds).unwrap_or_default();
        let read = move |one| Some(Awaited { lasting, ..Awaited::read(one)? });
        self.objects.iter().map(String::as_str).filter_map(read)
    }

    /// The longest that it may take.
    pub fn within(&self) -> Duration {
        self.within.as_deref().and_then(seconds).unwrap_or(WITHIN)
    }

    /// Whether it shows in a namespace at this time, and what of it does not.
    ///
    /// # Errors
    /// The conditions that do not hold.
    pub fn shows(&self, pods: &[&Json], events: &[&Json], now: Timestamp) -> Result<(), String> {
        let statuses: Vec<&Json> = pods.iter().flat_map(|pod| containers(pod)).collect();
        let word = |json: &Json, pointer: &str, wanted: &str| {
            json.pointer(pointer).and_then(Json::as_str) == Some(wanted)
        };
        let ended = |json: &Json, key: &str| {
            let at = |state: &str| json.pointer(&format!("/{state}/terminated/{key}")).cloned();
            [at("state"), at("lastState")].into_iter().flatten().collect::<Vec<Json>>()
        };
        let mut missing = Vec::new();
        let mut demand = |holds: bool, what: String| {
            if !holds {
                missing.push(what);
            }
        };
        if let Some(reasons) = &self.waiting {
            let reasons = reasons.words();
            let waits = |one: &&Json| {
                reasons.iter().any(|reason| word(one, "/state/waiting/reason", reason))
            };
            demand(statuses.iter().any(waits), format!("waiting = {}", reasons.join(" or ")));
        }
        if let Some(reason) = &self.terminated {
            let holds = statuses
                .iter()
                .any(|one| ended(one, "reason").contains(&Json::from(reason.as_str())));
            demand(holds, format!("terminated = {reason}"));
        }
        if let Some(code) = self.exit_code {
            let holds =
                statuses.iter().any(|one| ended(one, "exitCode").contains(&Json::from(code)));
            demand(holds, format!("exit_code = {code}"));
        }
        if let Some(restarts) = self.restarts {
            let count = |one: &&Json| one["restartCount"].as_i64().unwrap_or(0);
            demand(
                statuses.iter().map(count).any(|n| n >= restarts),
                format!("restarts = {restarts}"),
            );
        }
        if let Some(wanted) = self.ready {
            let all = !pods.is_empty() && pods.iter().all(|pod| is_well(pod));
            demand(all == wanted, format!("ready = {wanted}"));
        }
        if let Some(phase) = &self.phase {
            demand(
                pods.iter().any(|pod| word(pod, "/status/phase", phase)),
                format!("phase = {phase}"),
            );
        }
        if let Some(wanted) = &self.condition {
            let least = self.lasting.as_deref().and_then(seconds).unwrap_or_default();
            let lasts = |one: &Json| least.is_zero() || lasted(one, now) >= Some(least);
            let holds = pods.iter().filter_map(|pod| condition(pod, wanted)).any(lasts);
            demand(holds, format!("condition = {wanted}, for {} s", least.as_secs()));
        }
        if let Some(count) = self.pods {
            demand(pods.len() == count, format!("pods = {count} (there are {})", pods.len()));
        }
        if let Some(text) = &self.event {
            let holds = events.iter().any(|event| {
                let says =
                    |key: &str| event[key].as_str().is_some_and(|own| own.contains(text.as_str()));
                says("message") || says("reason")
            });
            demand(holds, format!("event = {text}"));
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err(missing.join(", ")),
        }
    }
}

fn containers(pod: &Json) -> impl Iterator<Item = &Json> {
    ["containerStatuses", "initContainerStatuses"]
        .into_iter()
        .flat_map(|key| pod["status"][key].as_array().into_iter().flatten())
}

fn is_well(pod: &Json) -> bool {
    pod["status"]["phase"] == "Succeeded" || condition(pod, "Ready=True").is_some()
}

fn condition<'p>(pod: &'p Json, wanted: &str) -> Option<&'p Json> {
    let (kind, status) = wanted.split_once('=')?;
    let mut conditions = pod["status"]["conditions"].as_array()?.iter();
    conditions.find(|one| one["type"] == kind && one["status"] == status)
}

/// How long a condition has been as it is; times of Kubernetes have whole seconds.
fn lasted(condition: &Json, now: Timestamp) -> Option<Duration> {
    let since: Timestamp = condition["lastTransitionTime"].as_str()?.parse().ok()?;
    u64::try_from(now.as_second() - since.as_second()).ok().map(Duration::from_secs)
}

fn seconds(text: &str) -> Option<Duration> {
    text.strip_suffix('s')?.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn symptom(text: &str) -> Symptom {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn all_conditions_must_hold() {
        let pod = json!({ "status": { "phase": "Pending", "containerStatuses": [{
            "restartCount": 2, "state": { "waiting": { "reason": "CrashLoopBackOff" } },
            "lastState": { "terminated": { "reason": "Error", "exitCode": 3 } } }] } });
        let event =
            json!({ "reason": "BackOff", "message": "Back-off restarting failed container" });
        let shows = |text: &str| symptom(text).shows(&[&pod], &[&event], Timestamp::UNIX_EPOCH);
        assert!(
            shows("waiting = 'CrashLoopBackOff'\nexit_code = 3\nrestarts = 2\nevent = 'BackOff'")
                .is_ok()
        );
        assert_eq!(
            shows("waiting = 'CrashLoopBackOff'\nrestarts = 3"),
            Err("restarts = 3".to_owned())
        );
        assert!(shows("waiting = ['Error', 'CrashLoopBackOff']").is_ok());
        assert!(shows("waiting = ['Error', 'ErrImagePull']").is_err());
        assert!(shows("ready = true").is_err());
        assert!(shows("ready = false\nphase = 'Pending'").is_ok());
    }

    #[test]
    fn no_pods_are_not_ready() {
        let shows = |text: &str| symptom(text).shows(&[], &[], Timestamp::UNIX_EPOCH);
        assert!(shows("ready = true").is_err());
        assert!(shows("pods = 0").is_ok());
    }

    #[test]
    fn a_condition_can_be_awaited_until_it_has_lasted() {
        let awaited = symptom("condition = 'PodScheduled=False'\nlasting = '30s'");
        let shows = |since: &str, now: &str| {
            let condition =
                json!({ "type": "PodScheduled", "status": "False", "lastTransitionTime": since });
            let pod = json!({ "status": { "conditions": [condition] } });
            awaited.shows(&[&pod], &[], now.parse().unwrap()).is_ok()
        };
        assert!(shows("2026-11-20T14:00:00Z", "2026-11-20T14:00:30Z"));
        assert!(!shows("2026-11-20T14:00:00Z", "2026-11-20T14:00:29Z"));
        assert!(!shows("2026-11-20T14:00:00Z", "2026-11-20T13:00:00Z"));
        assert!(!shows("", "2026-11-20T14:00:30Z"));
    }

    #[test]
    fn so_can_the_condition_of_an_object() {
        let awaited = symptom("objects = ['namespace/shop Held=True']\nlasting = '300s'");
        assert!(awaited.check().is_ok());
        let condition = json!({ "type": "Held", "status": "True", "lastTransitionTime": "2026-11-20T14:00:00Z" });
        let namespace = json!({ "status": { "conditions": [condition] } });
        let shows =
            |now: &str| awaited.objects().all(|one| one.shows(&namespace, now.parse().unwrap()));
        assert!(shows("2026-11-20T14:05:00Z") && !shows("2026-11-20T14:04:59Z"));
    }

    #[test]
    fn what_is_written_wrong_is_said() {
        for wrong in
            ["", "within = '90s'", "ready = true\nwithin = '2m'", "ready = true\nlasting = '30s'"]
        {
            assert!(symptom(wrong).check().is_err(), "{wrong}");
        }
        assert!(symptom("condition = 'Ready=False'\nlasting = '30s'").check().is_ok());
    }
}
