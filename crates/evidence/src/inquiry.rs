//! How a tool asks: from the replies that are there, noting what is still to be asked.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::{Kind, Object, ObjectRef, Question, Replies, Reply, Time, Unseen, UnseenKind, Value};

/// What a tool asks of. It answers from the replies at hand and notes every question
/// that has none; whoever runs the tool asks those and runs it again.
///
/// A tool is a pure function of its arguments and the replies, so running it again is
/// safe, and the order in which replies came cannot change what it says.
pub struct Inquiry<'a> {
    replies: &'a Replies,
    source: Option<Source<'a>>,
    open: RefCell<BTreeSet<Question>>,
    made: RefCell<BTreeMap<String, Result<Value, Pending>>>,
    noted: RefCell<Option<BTreeSet<Unseen>>>,
    limit: usize,
}

/// A source that answers at once, with what it has answered.
struct Source<'a> {
    answer: &'a dyn Fn(&Question) -> Reply,
    given: RefCell<Replies>,
}

impl fmt::Debug for Inquiry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inquiry").field("open", &self.open).finish_non_exhaustive()
    }
}

/// A question is open: run again when it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending;

impl<'a> Inquiry<'a> {
    /// Asks of these replies.
    pub fn new(replies: &'a Replies) -> Inquiry<'a> {
        Inquiry::limited(replies, usize::MAX)
    }

    /// Asks of these replies, and makes no more than `limit` requests of an API server in all:
    /// questions that would exceed it are unseen. The replies at hand count against the limit.
    /// A registry is no API server: asking it costs the pull secrets that were not read before.
    pub fn limited(replies: &'a Replies, limit: usize) -> Inquiry<'a> {
        let (open, made, noted) = (RefCell::default(), RefCell::default(), RefCell::default());
        Inquiry { replies, source: None, open, made, noted, limit }
    }

    /// Asks of these replies, and at once of a source that does not have to be waited for: nothing
    /// is ever pending. [`Inquiry::into_given`] has what the source answered.
    pub fn answered(replies: &'a Replies, answer: &'a dyn Fn(&Question) -> Reply) -> Inquiry<'a> {
        let given = RefCell::new(Replies::new(replies.now()));
        let source = Some(Source { answer, given });
        Inquiry { source, ..Inquiry::new(replies) }
    }

    /// The clock of the run.
    pub fn now(&self) -> Time {
        self.replies.now()
    }

    /// The reply to a question, or `Pending` with the question noted.
    ///
    /// # Errors
    /// [`Pending`] while there is no reply.
    pub fn ask(&self, question: &Question) -> Result<Reply, Pending> {
        let reply = self.reply(question)?;
        if let Some(noted) = &mut *self.noted.borrow_mut() {
            noted.extend(reply.gap(question).cloned());
        }
        Ok(reply)
    }

    /// Whether the source shows a place of an object. Where it does not, that is noted as a question
    /// is that nobody could answer: ask only of what would decide.
    pub fn shows(&self, object: &Object, pointer: &str) -> bool {
        let shown = object.is_shown(pointer);
        if let (false, Some(noted)) = (shown, &mut *self.noted.borrow_mut()) {
            noted.insert(object.unshown(pointer));
        }
        shown
    }

    /// What should have been told and was not, of all that was asked within `look`.
    pub fn noting<T>(&self, look: impl FnOnce() -> T) -> (T, BTreeSet<Unseen>) {
        let before = self.noted.replace(Some(BTreeSet::new()));
        let found = look();
        (found, self.noted.replace(before).unwrap_or_default())
    }

    fn reply(&self, question: &Question) -> Result<Reply, Pending> {
        if let Some(reply) = self.replies.get(question) {
            return Ok(reply);
        }
        if let Some(source) = &self.source {
            let mut given = source.given.borrow_mut();
            return Ok(given.get(question).unwrap_or_else(|| {
                let reply = (source.answer)(question);
                given.insert(question.clone(), reply.clone());
                reply
            }));
        }
        let mut open = self.open.borrow_mut();
        if !open.contains(question) && self.exceeds(question, &open) {
            let why = format!(
                "not asked: a pod may cost {} requests; its workload or namespace has no such limit",
                self.limit
            );
            return Ok(Reply::Unseen(Unseen::new(UnseenKind::Truncated, question, why)));
        }
        open.insert(question.clone());
        Err(Pending)
    }

    fn exceeds(&self, question: &Question, open: &BTreeSet<Question>) -> bool {
        if self.limit == usize::MAX {
            return false;
        }
        let unanswered = |question: &Question| self.replies.get(question).is_none();
        let further = |one: &Question| one.requests().into_iter().filter(unanswered);
        let mut wanted: BTreeSet<Question> = open.iter().flat_map(further).collect();
        let before = wanted.len();
        wanted.extend(further(question));
        wanted.len() > before && self.replies.requests() + wanted.len() > self.limit
    }

    /// The value of a pure function of the replies, made once for its key: many guides make the
    /// same call. What is pending stays so for the whole inquiry, since its questions stay open.
    ///
    /// # Errors
    /// [`Pending`] while a question of the function is open.
    pub fn once(
        &self,
        key: String,
        make: impl FnOnce() -> Result<Value, Pending>,
    ) -> Result<Value, Pending> {
        if let Some(known) = self.made.borrow().get(&key) {
            return known.clone();
        }
        let made = make();
        self.made.borrow_mut().insert(key, made.clone());
        made
    }

    /// The replies to several questions that do not depend on each other: all of them
    /// are noted at once, so that they can be asked together.
    ///
    /// # Errors
    /// [`Pending`] while any of them has no reply.
    pub fn ask_all(&self, questions: &[Question]) -> Result<Vec<Reply>, Pending> {
        let replies: Vec<_> = questions.iter().map(|question| self.ask(question)).collect();
        replies.into_iter().collect()
    }

    /// The workload that a person would name for an object: [`Object::workload`], except that
    /// a Job made by a CronJob stands for the CronJob. A Job's name does not prove who made it,
    /// so the Job is asked; where it was not seen, it stands for itself.
    ///
    /// # Errors
    /// [`Pending`] while the Job has not been seen.
    pub fn workload_of(&self, object: &Object) -> Result<ObjectRef, Pending> {
        let workload = object.workload();
        match (workload.kind, object.controller()) {
            (Kind::Job, _) => {}
            // The label says Deployment; where the ReplicaSet was seen, its own owner says who.
            (Kind::Deployment, Some(owner)) => {
                return Ok(match self.replies.get(&Question::Get { object: owner.clone() }) {
                    Some(Reply::Object(set)) => set.controller().unwrap_or(owner),
                    _ => workload,
                });
            }
            _ => return Ok(workload),
        }
        Ok(match self.ask(&Question::Get { object: workload.clone() })? {
            Reply::Object(job) => job.workload(),
            _ => workload,
        })
    }

    /// What a source that answers at once was asked, with its answers.
    pub fn into_given(self) -> Replies {
        let none = || Replies::new(self.replies.now());
        self.source.map_or_else(none, |source| source.given.into_inner())
    }

    /// The questions noted so far.
    pub fn into_open(self) -> BTreeSet<Question> {
        self.open.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_its_limit_a_question_is_unseen_and_not_absent() {
        let node = |name: &str| Question::get(Kind::Node, None, name);
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        replies.insert(node("a"), Reply::Absent);
        let inquiry = Inquiry::limited(&replies, 2);
        assert_eq!(inquiry.ask(&node("a")), Ok(Reply::Absent));
        assert_eq!(inquiry.ask(&node("b")), Err(Pending));
        assert_eq!(inquiry.ask(&node("b")), Err(Pending));
        assert!(matches!(inquiry.ask(&node("c")), Ok(Reply::Unseen(_))));
        assert_eq!(inquiry.into_open(), BTreeSet::from([node("b")]));
    }

    #[test]
    fn telemetry_that_nobody_was_named_for_is_no_gap_and_one_that_does_not_answer_is() {
        let question = Question::Alerts { namespace: "shop".to_owned() };
        let noted = |kind| {
            let mut replies = Replies::new(Time::UNIX_EPOCH);
            replies.insert(question.clone(), Reply::Unseen(Unseen::new(kind, &question, "why")));
            let inquiry = Inquiry::new(&replies);
            inquiry.noting(|| inquiry.ask(&question)).1.len()
        };
        assert_eq!([UnseenKind::NotAsked, UnseenKind::NotCaptured].map(noted), [0, 0]);
        assert_eq!([UnseenKind::Unreachable, UnseenKind::Denied].map(noted), [1, 1]);
    }

    #[test]
    fn a_source_that_answers_at_once_is_asked_once_for_what_no_reply_holds() {
        let node = |name: &str| Question::get(Kind::Node, None, name);
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        replies.insert(node("a"), Reply::Absent);
        let asked = std::cell::Cell::new(0);
        let answer = |_: &Question| {
            asked.set(asked.get() + 1);
            Reply::Objects(std::sync::Arc::default())
        };
        let inquiry = Inquiry::answered(&replies, &answer);
        assert_eq!(inquiry.ask(&node("a")), Ok(Reply::Absent));
        let list = Question::list(Kind::Node, None);
        assert_eq!(inquiry.ask(&list), Ok(Reply::Objects(std::sync::Arc::default())));
        assert_eq!(inquiry.ask(&node("b")), Ok(Reply::Absent), "the list is complete");
        let given = inquiry.into_given();
        assert_eq!((asked.get(), given.len()), (1, 1));
    }

    #[test]
    fn asking_a_registry_costs_the_secrets_that_were_not_read_before() {
        let secret = |name: &str| ObjectRef::new(Kind::Secret, Some("shop"), name);
        let ask = |names: &[&str]| Question::Registry {
            image: "registry.example.com/shop/web:1".to_owned(),
            secrets: names.iter().map(|name| secret(name)).collect(),
            platform: None,
        };
        let unseen = |question: &Question| {
            Reply::Unseen(Unseen::new(UnseenKind::NotAsked, question, "not asked"))
        };
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        replies.insert(Question::Version, Reply::Absent);
        replies.insert(Question::get(Kind::Secret, Some("shop"), "a"), Reply::Absent);
        replies.insert(ask(&[]), unseen(&ask(&[])));
        assert_eq!((replies.len(), replies.requests()), (3, 2));
        let inquiry = Inquiry::limited(&replies, 2);
        assert_eq!(inquiry.ask(&ask(&["a"])), Err(Pending), "it costs nothing more");
        assert!(matches!(inquiry.ask(&ask(&["a", "b"])), Ok(Reply::Unseen(_))));
        let inquiry = Inquiry::limited(&replies, 3);
        assert_eq!(inquiry.ask(&ask(&["b"])), Err(Pending));
        let other = Question::get(Kind::Node, None, "worker");
        assert!(matches!(inquiry.ask(&other), Ok(Reply::Unseen(_))), "the secret takes its place");
        let own = Question::Get { object: secret("b") };
        assert_eq!(inquiry.ask(&own), Err(Pending), "the same secret is read once");
    }

    #[test]
    fn what_is_made_once_is_not_made_again_and_what_is_pending_stays_open() {
        let node = Question::get(Kind::Node, None, "a");
        let replies = Replies::new(Time::UNIX_EPOCH);
        let inquiry = Inquiry::new(&replies);
        let count = std::cell::Cell::new(0);
        let make = |key: &str| {
            inquiry.once(key.to_owned(), || {
                count.set(count.get() + 1);
                Ok(Value::Int(count.get()))
            })
        };
        assert_eq!([make("a"), make("b"), make("a")], [1, 2, 1].map(|n| Ok(Value::Int(n))));
        let ask = || inquiry.ask(&node).map(|_| Value::Null);
        assert_eq!(inquiry.once("c".into(), ask).and(inquiry.once("c".into(), ask)), Err(Pending));
        assert_eq!(inquiry.into_open(), BTreeSet::from([node]));
    }

    fn admitted(json: serde_json::Value) -> std::sync::Arc<Object> {
        Object::admit(json).unwrap().into()
    }

    fn owned_pod(kind: &str, api: &str, name: &str) -> std::sync::Arc<Object> {
        admitted(serde_json::json!({ "apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": "web-abc-1", "namespace": "shop", "labels": { "pod-template-hash": "abc" },
            "ownerReferences": [{ "apiVersion": api, "kind": kind, "name": name, "controller": true }],
        } }))
    }

    #[test]
    fn a_replica_set_that_was_seen_says_itself_who_owns_it() {
        let pod = owned_pod("ReplicaSet", "apps/v1", "web-abc");
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        let workload =
            |replies: &Replies| Inquiry::new(replies).workload_of(&pod).unwrap().to_string();
        assert_eq!(workload(&replies), "Deployment shop/web");
        let set = admitted(
            serde_json::json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
            "name": "web-abc", "namespace": "shop", "ownerReferences": [
                { "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web", "controller": true }],
        } }),
        );
        replies
            .insert(Question::get(Kind::ReplicaSet, Some("shop"), "web-abc"), Reply::Object(set));
        assert_eq!(workload(&replies), "ReplicaSet shop/web-abc");
    }

    #[test]
    fn only_its_job_says_that_a_pod_is_a_cron_jobs() {
        let pod = owned_pod("Job", "batch/v1", "report-20261120");
        let question = Question::get(Kind::Job, Some("shop"), "report-20261120");
        let mut replies = Replies::new(Time::UNIX_EPOCH);
        assert_eq!(Inquiry::new(&replies).workload_of(&pod), Err(Pending));
        let job = admitted(serde_json::json!({ "apiVersion": "batch/v1", "kind": "Job",
            "metadata": { "name": "report-20261120", "namespace": "shop" } }));
        replies.insert(question, Reply::Object(job));
        let workload = Inquiry::new(&replies).workload_of(&pod).unwrap();
        assert_eq!(workload.to_string(), "Job shop/report-20261120");
    }

    #[test]
    fn a_place_that_the_source_does_not_show_is_noted_and_one_that_it_shows_is_not() {
        let pod = Object::admit(serde_json::json!({ "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "web-0", "namespace": "shop" },
            "tsg.dev/unshown": "/spec/dnsPolicy" }));
        let (pod, replies) = (pod.unwrap(), Replies::new(Time::UNIX_EPOCH));
        let inquiry = Inquiry::new(&replies);
        let look = || ["/spec/dnsPolicy", "/spec/nodeName"].map(|at| inquiry.shows(&pod, at));
        let (shown, noted) = inquiry.noting(look);
        assert_eq!(shown, [false, true]);
        let noted: Vec<&str> = noted.iter().map(|one| &*one.what).collect();
        assert_eq!(noted, ["spec.dnsPolicy of Pod shop/web-0"]);
    }
}
