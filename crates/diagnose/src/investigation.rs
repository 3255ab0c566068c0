//! One `tsg diagnose`, from the target to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evidence::{
    Inquiry, Kind, Object, ObjectRef, Pending, Question, Replies, Reply, Time, Unseen, UnseenKind,
};
use guide::Guide;
use lexicon::Lexicon;

use crate::conclude::Context;
use crate::matching::{Match, Sought, applying, holds, leading};
use crate::report::{Confidence, Report, Uncovered};
use crate::run::Engine;
use crate::state::GuideRun;
use crate::suspects::{self, Suspects};
use crate::{Book, Target, gather, later, signals, triage, trouble};

/// What is asked, of which guides.
#[derive(Clone, Debug)]
pub struct Investigation<'a> {
    /// The guides to choose from.
    pub book: &'a Book,
    /// What is to be diagnosed.
    pub target: Target,
    /// The id of the one guide to run, whatever its signals say.
    pub guide: Option<String>,
    /// Whether the report holds every decision.
    pub explain: bool,
    /// What the reader should know of the source.
    pub notes: Vec<String>,
    /// Whether the diagnosis of one pod is held to [`Investigation::POD_REQUESTS`]. Files cost
    /// nothing to ask, and are asked all that decides.
    pub limited: bool,
    /// Whether the clock of [`Investigation::run`] is only the earliest time that it can be. A report
    /// is then clean only where it would be so a little later.
    pub earliest: bool,
}

/// How far an investigation is.
#[derive(Clone, Debug)]
pub enum Progress {
    /// These questions are open. Ask them, add the replies, and call again.
    Ask(BTreeSet<Question>),
    /// It is done.
    Done(Box<Report>),
}

/// All that a report is made of.
struct Looked {
    suspects: Suspects,
    matched: Vec<Matched>,
    /// What the signals should have been told and were not.
    gaps: BTreeSet<Unseen>,
    runs: Vec<GuideRun>,
}

/// An object with the guides that apply to it.
type Matched = (Arc<Object>, Vec<Match>);

impl<'a> Investigation<'a> {
    /// An investigation with the guides whose signals hold, and without a limit of requests.
    pub fn new(book: &'a Book, target: Target) -> Investigation<'a> {
        Investigation {
            book,
            target,
            guide: None,
            explain: false,
            notes: Vec::new(),
            limited: false,
            earliest: false,
        }
    }

    /// The most requests that the diagnosis of one pod costs an API server. What would exceed it is
    /// not asked, and the report says so. Namespaces share lists among their pods and have no limit.
    pub const POD_REQUESTS: usize = 8;

    fn is_limited(&self) -> bool {
        let one_pod = matches!(&self.target, Target::Object(object) if object.kind == Kind::Pod);
        self.limited && one_pod
    }

    /// Goes as far as the replies allow. Every question of a round has to be answered before
    /// the next call; the order of the answers does not matter.
    pub fn advance(&self, replies: &Replies) -> Progress {
        let limit = if self.is_limited() { Investigation::POD_REQUESTS } else { usize::MAX };
        let inquiry = Inquiry::limited(replies, limit);
        let engine = Engine { book: self.book, inquiry: &inquiry, lexicon: Lexicon::shipped() };
        match self.investigate(&engine, replies) {
            Ok(report) => Progress::Done(Box::new(report)),
            Err(Pending) => Progress::Ask(inquiry.into_open()),
        }
    }

    /// The whole investigation with a source that does not have to be waited for, and all that it
    /// was asked.
    pub fn run(&self, now: Time, answer: &dyn Fn(&Question) -> Reply) -> (Report, Replies) {
        let (mut report, mut replies) = self.run_at(now, answer);
        if self.earliest && report.is_clean() {
            let (at_last, asked) = self.run_at(later::than(now), answer);
            if let Some(doubt) = later::doubt(&self.target, &report, &at_last) {
                report.not_looked.push(doubt);
                report.complete = false;
            }
            for (question, reply) in asked.iter() {
                replies.insert(question.clone(), reply.clone());
            }
        }
        (report, replies)
    }

    /// A run by one clock. Where rounds would come to the same report, which each begin anew, it is
    /// made in one go.
    fn run_at(&self, now: Time, answer: &dyn Fn(&Question) -> Reply) -> (Report, Replies) {
        let mut replies = Replies::new(now);
        // A limit of requests is counted by rounds.
        if !self.is_limited() {
            let lexicon = Lexicon::shipped();
            let inquiry = Inquiry::answered(&replies, answer);
            let looked = self.look(&Engine { book: self.book, inquiry: &inquiry, lexicon });
            let given = inquiry.into_given();
            if let Ok(looked) = looked
                && !given.overlap()
            {
                let inquiry = Inquiry::new(&given);
                let engine = Engine { book: self.book, inquiry: &inquiry, lexicon };
                let report = self.report(&looked, &engine, &given);
                return (report, given);
            }
            replies = given;
        }
        loop {
            match self.advance(&replies) {
                Progress::Done(report) => return (*report, replies),
                Progress::Ask(open) => {
                    for question in open {
                        let reply = answer(&question);
                        replies.insert(question, reply);
                    }
                }
            }
        }
    }

    fn investigate(&self, engine: &Engine, replies: &Replies) -> Result<Report, Pending> {
        let looked = self.look(engine)?;
        Ok(self.report(&looked, engine, replies))
    }

    fn look(&self, engine: &Engine) -> Result<Looked, Pending> {
        let version = engine.inquiry.ask(&Question::Version);
        let kinds = match self.forced() {
            Some(guide) => signals::kinds(&guide.meta.signals),
            None => self.book.subject_kinds(),
        };
        let suspects = suspects::find(&self.target, &kinds, engine.inquiry)?;
        let version = version?;
        let (matched, gaps) =
            engine.inquiry.noting(|| self.matched(&suspects, &version, engine.inquiry));
        let matched = matched?;
        self.ask_for_lists(&matched, engine.inquiry)?;
        // Every run asks what it has to ask before any pending one ends the round.
        let runs: Vec<Result<GuideRun, Pending>> = matched
            .iter()
            .flat_map(|(pod, matches)| matches.iter().map(move |one| (pod, one)))
            .map(|(pod, one)| engine.run(&one.guide, pod))
            .collect();
        let runs: Vec<GuideRun> = runs.into_iter().collect::<Result<_, _>>()?;
        Ok(Looked { suspects, matched, gaps, runs })
    }

    /// The one guide to run.
    fn forced(&self) -> Option<&Arc<Guide>> {
        self.guide.as_ref().and_then(|id| self.book.get(id))
    }

    /// The objects to which guides apply, with those guides.
    fn matched(
        &self,
        suspects: &Suspects,
        version: &Reply,
        inquiry: &Inquiry,
    ) -> Result<Vec<Matched>, Pending> {
        let forced = self.forced();
        let single = matches!(&self.target, Target::Object(object) if !object.kind.is_workload());
        // Every signal asks what it has to ask before any pending one ends the round.
        let sought = Sought::of(self.book, version);
        let applying: Vec<Result<Vec<&Arc<Guide>>, Pending>> =
            suspects.subjects().map(|subject| applying(&sought, subject, inquiry)).collect();
        let applying: Vec<Vec<&Arc<Guide>>> = applying.into_iter().collect::<Result<_, _>>()?;
        let mut matched = Vec::new();
        for (pod, applying) in suspects.subjects().zip(applying) {
            let matches = match forced {
                None => leading(&applying),
                Some(guide) if !single && !is_about(guide, pod.reference().kind) => Vec::new(),
                Some(guide) => {
                    let in_trouble = trouble::of(pod, inquiry.now()).is_some();
                    let wanted = single || in_trouble || !applying.is_empty();
                    let others = applying.iter().map(|other| other.id.clone());
                    let others = others.filter(|id| *id != guide.id).collect();
                    match wanted {
                        true => vec![Match { guide: Arc::clone(guide), others }],
                        false => Vec::new(),
                    }
                }
            };
            if !matches.is_empty() {
                matched.push((Arc::clone(pod), matches));
            }
        }
        Ok(matched)
    }

    /// The objects on which a guide's signal holds, with the first one's words.
    fn signalled(&self, matched: &[Matched], inquiry: &Inquiry) -> Vec<(ObjectRef, String)> {
        let words = |(object, matches): &Matched| {
            let signals = matches.iter().flat_map(|one| &one.guide.meta.signals);
            let mut held = signals.filter(|signal| holds(signal, object, inquiry) == Ok(true));
            let signal = held.next()?;
            let said = signals::find(&signal.name)
                .and_then(|signal| signal.says_of(object, inquiry).ok().flatten());
            Some((object.reference().clone(), said.unwrap_or_else(|| signal.text.clone())))
        };
        matched.iter().filter_map(words).collect()
    }

    /// With several suspects in a namespace, its events are listed once instead of once for each.
    fn ask_for_lists(&self, matched: &[Matched], inquiry: &Inquiry) -> Result<(), Pending> {
        let mut suspects: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for (pod, _) in matched {
            *suspects.entry(pod.reference().namespace.as_deref()).or_default() += 1;
        }
        let shared = suspects.into_iter().filter(|(_, count)| *count > 1);
        let questions: Vec<Question> =
            shared.map(|(namespace, _)| Question::list(Kind::Event, namespace)).collect();
        inquiry.ask_all(&questions).map(drop)
    }

    fn report(&self, looked: &Looked, engine: &Engine, replies: &Replies) -> Report {
        let Looked { suspects, matched, gaps, runs } = looked;
        let now = replies.now();
        let mut report = Report {
            version: Report::VERSION,
            target: self.target.to_string(),
            diagnoses: Vec::new(),
            inconclusive: Vec::new(),
            uncovered: Vec::new(),
            unexplained: Vec::new(),
            not_looked: suspects.gaps.clone(),
            complete: suspects.gaps.is_empty(),
            looked_at: suspects.subjects().count(),
            in_trouble: matched.len(),
            now,
            notes: self.notes.clone(),
            no_such_target: suspects.no_such.clone(),
            trace: Vec::new(),
        };
        let matches = matched.iter().flat_map(|(_, matches)| matches);
        for (run, one) in runs.iter().zip(matches) {
            let held = || {
                let signals = run.guide.meta.signals.iter();
                signals.filter(|signal| holds(signal, &run.subject, engine.inquiry) == Ok(true))
            };
            let symptom = || {
                let mut known = held().filter_map(|signal| signals::find(&signal.name));
                known.find(|signal| signal.is_symptom())?.says()
            };
            let context = Context {
                book: self.book,
                lexicon: engine.lexicon,
                replies,
                other_guides: one.others.clone(),
                symptom: &symptom,
            };
            let conclusion = context.conclude(run);
            report.complete &= run.unseen.is_empty();
            if self.explain {
                report.trace.extend(conclusion.trace);
            }
            report.diagnoses.extend(conclusion.diagnoses);
            // On an object that shows no trouble, a guide that rules out all that it knows of has
            // nothing to doubt, and neither has one that was forced upon it.
            // Events last an hour, and most nodes and objects are older: that alone is no doubt.
            let blind = run.unseen.iter().any(|unseen| unseen.kind != UnseenKind::Expired);
            let in_doubt = || blind || trouble::of(&run.subject, now).is_some();
            let doubt = conclusion.inconclusive.filter(|doubt| {
                in_doubt() || symptom().is_some() || doubt.leaves_open() && held().next().is_some()
            });
            report.inconclusive.extend(doubt);
        }
        report.diagnoses = gather::diagnoses(std::mem::take(&mut report.diagnoses));
        report.inconclusive = gather::doubts(std::mem::take(&mut report.inconclusive));
        report.inconclusive = gather::open_doubts(std::mem::take(&mut report.inconclusive));
        report.uncovered = uncovered(suspects, matched, &report, now);
        report.in_trouble += report.uncovered.len();
        triage::join(&mut report, suspects, &self.signalled(matched, engine.inquiry), now);
        // What one guide has explained, another need not doubt.
        let told: BTreeSet<&ObjectRef> = report
            .diagnoses
            .iter()
            .filter(|one| one.confidence >= Confidence::Likely)
            .flat_map(|one| one.affected.iter().chain(one.explains.iter().map(|one| &one.object)))
            .collect();
        report.inconclusive.retain(|doubt| !doubt.affected.iter().all(|one| told.contains(one)));
        // A signal that could not be computed may hide trouble. Whoever asked for one guide that was
        // run, or about one object whose cause is told, does not wait for that.
        let told = matches!(self.target, Target::Object(_)) && !report.diagnoses.is_empty();
        let ran = self.guide.is_some() && !matched.is_empty();
        if !told && !ran {
            let further: Vec<Unseen> =
                gaps.iter().filter(|gap| !report.not_looked.contains(gap)).cloned().collect();
            report.complete &= further.is_empty();
            report.not_looked.extend(further);
        }
        report
    }
}

/// Whether a guide that is asked for is run on objects of a kind: pods, and what its signals are about.
fn is_about(guide: &Guide, kind: Kind) -> bool {
    kind == Kind::Pod || signals::kinds(&guide.meta.signals).contains(&kind)
}

/// The objects in trouble that no guide was run on. A workload is one when neither it nor any of
/// its pods is spoken of.
fn uncovered(
    suspects: &Suspects,
    matched: &[Matched],
    report: &Report,
    now: Time,
) -> Vec<Uncovered> {
    let is_matched = |object: &Object| {
        matched.iter().any(|(matched, _)| matched.reference() == object.reference())
    };
    let alone = suspects.pods.iter().chain(&suspects.others).filter(|object| !is_matched(object));
    let mut uncovered: Vec<Uncovered> = alone
        .filter_map(|pod| {
            let state = suspects.trouble(pod, now)?;
            Some(Uncovered { object: pod.reference().clone(), state })
        })
        .collect();
    let spoken_of = |workload: &Object| {
        let own = |object: &ObjectRef| object == workload.reference();
        let pods = suspects.pods.iter().filter(|pod| own(&pod.workload()));
        let mut names = pods.map(|pod| pod.reference());
        report.diagnoses.iter().any(|one| own(&one.object))
            || report.inconclusive.iter().any(|one| own(&one.object))
            || names.any(|pod| report.diagnoses.iter().any(|one| one.affected.contains(pod)))
    };
    let workloads =
        suspects.workloads.iter().filter(|workload| !is_matched(workload) && !spoken_of(workload));
    uncovered.extend(workloads.filter_map(|workload| {
        let state = suspects.trouble(workload, now)?;
        Some(Uncovered { object: workload.reference().clone(), state })
    }));
    uncovered.sort_by(|a, b| a.object.cmp(&b.object));
    uncovered
}

/// Answers every open question with the same reason, so that an investigation that was cut
/// short ends with what is known so far.
pub fn give_up(replies: &mut Replies, open: BTreeSet<Question>, why: &str) {
    for question in open {
        let unseen = Unseen::new(UnseenKind::Unreachable, &question, why);
        replies.insert(question, Reply::Unseen(unseen));
    }
}
