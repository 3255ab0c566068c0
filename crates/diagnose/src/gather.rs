//! What was found on several objects and is the same, told once.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{ObjectRef, Unseen};

use crate::report::{Diagnosis, Inconclusive};

/// The same cause of the same object, found on several objects, is one diagnosis.
pub(crate) fn diagnoses(found: Vec<Diagnosis>) -> Vec<Diagnosis> {
    let mut gathered: Vec<Diagnosis> = Vec::new();
    for diagnosis in found {
        let same = |known: &&mut Diagnosis| {
            known.cause == diagnosis.cause && known.object == diagnosis.object
        };
        match gathered.iter_mut().find(same) {
            None => gathered.push(diagnosis),
            Some(known) => {
                let mut affected = std::mem::take(&mut known.affected);
                affected.extend(diagnosis.affected.iter().cloned());
                let mut unseen: BTreeSet<Unseen> = known.unseen.drain(..).collect();
                unseen.extend(diagnosis.unseen.iter().cloned());
                let from_here = joined(&known.from_here, &diagnosis.from_here);
                let answered = joined(&known.answered, &diagnosis.answered);
                if diagnosis.confidence > known.confidence {
                    *known = diagnosis;
                }
                affected.sort();
                affected.dedup();
                known.affected = affected;
                known.unseen = unseen.into_iter().collect();
                (known.from_here, known.answered) = (from_here, answered);
            }
        }
    }
    gathered.sort_by(|a, b| {
        let rank = |one: &Diagnosis| {
            (std::cmp::Reverse(one.confidence), std::cmp::Reverse(one.affected.len()))
        };
        (rank(a), &a.object, &a.cause).cmp(&(rank(b), &b.object, &b.cause))
    });
    gathered
}

/// Both lists, without what stands in them twice.
fn joined<T: Clone + PartialEq>(known: &[T], further: &[T]) -> Vec<T> {
    let new = further.iter().filter(|one| !known.contains(one));
    known.iter().chain(new).cloned().collect()
}

/// The doubts about the pods of one workload, by one guide and for the same reasons, are one.
pub(crate) fn doubts(found: Vec<Inconclusive>) -> Vec<Inconclusive> {
    let mut gathered: Vec<Inconclusive> = Vec::new();
    for doubt in found {
        let same = |known: &&mut Inconclusive| {
            known.object == doubt.object
                && known.guide == doubt.guide
                && known.summary == doubt.summary
        };
        match gathered.iter_mut().find(same) {
            None => gathered.push(doubt),
            Some(known) => {
                known.affected.extend(doubt.affected);
                known.affected.sort();
                known.affected.dedup();
                let mut unseen: BTreeSet<Unseen> = known.unseen.drain(..).collect();
                unseen.extend(doubt.unseen);
                known.unseen = unseen.into_iter().collect();
                known.from_here = joined(&known.from_here, &doubt.from_here);
                known.answered = joined(&known.answered, &doubt.answered);
            }
        }
    }
    gathered.sort_by(|a, b| (&a.object, &a.guide).cmp(&(&b.object, &b.guide)));
    gathered
}

/// Of several guides in doubt about the same objects, those that left something open, else those that
/// could not see all. Where each ruled out all that it knows of, the one that knows of most speaks for
/// them, and names the others.
pub(crate) fn open_doubts(found: Vec<Inconclusive>) -> Vec<Inconclusive> {
    let mut by_objects: BTreeMap<(ObjectRef, Vec<ObjectRef>), Vec<Inconclusive>> = BTreeMap::new();
    for doubt in found {
        by_objects.entry((doubt.object.clone(), doubt.affected.clone())).or_default().push(doubt);
    }
    let told = |doubts: Vec<Inconclusive>| {
        let (mut open, mut closed): (Vec<_>, Vec<_>) =
            doubts.into_iter().partition(Inconclusive::leaves_open);
        if open.is_empty() {
            (open, closed) = closed.into_iter().partition(|doubt| !doubt.unseen.is_empty());
        }
        let widest = (0..closed.len()).rev().max_by_key(|at| closed[*at].outcomes.len());
        if let (true, Some(widest)) = (open.is_empty(), widest) {
            let mut speaks = closed.remove(widest);
            speaks.other_guides.extend(closed.into_iter().map(|other| other.guide.id));
            open.push(speaks);
        }
        open
    };
    by_objects.into_values().flat_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Escalation, GuidePlace, OutcomeState, RuledOut};
    use evidence::Kind;

    fn doubt(guide: &str, pod: &str, states: &[OutcomeState]) -> Inconclusive {
        let outcome = |state: &OutcomeState| RuledOut {
            cause: "a".to_owned(),
            state: *state,
            because: String::new(),
        };
        let place =
            GuidePlace { id: guide.to_owned(), version: String::new(), step: None, line: None };
        Inconclusive {
            object: ObjectRef::new(Kind::Deployment, Some("shop"), "web"),
            workload: None,
            guide: place,
            summary: String::new(),
            seen: Vec::new(),
            unseen: Vec::new(),
            from_here: Vec::new(),
            answered: Vec::new(),
            outcomes: states.iter().map(outcome).collect(),
            left_for_a_person: Vec::new(),
            escalation: Escalation { owner: None, steps: Vec::new() },
            affected: vec![ObjectRef::new(Kind::Pod, Some("shop"), pod)],
            other_guides: Vec::new(),
        }
    }

    #[test]
    fn of_several_doubts_about_a_pod_those_speak_that_left_something_open() {
        use OutcomeState::{NotHeld, Unknown};
        let told = |doubts: Vec<Inconclusive>| -> Vec<(String, Vec<String>)> {
            open_doubts(doubts).into_iter().map(|one| (one.guide.id, one.other_guides)).collect()
        };
        let narrow = || doubt("NARROW", "web-0", &[NotHeld]);
        let wide = || doubt("WIDE", "web-0", &[NotHeld, NotHeld]);
        let open = doubt("OPEN", "web-0", &[NotHeld, Unknown]);
        assert_eq!(told(vec![narrow(), open, wide()]), [("OPEN".to_owned(), vec![])]);
        let spoken_for = [("WIDE".to_owned(), vec!["NARROW".to_owned()])];
        assert_eq!(told(vec![narrow(), wide()]), spoken_for);
        let elsewhere = doubt("NARROW", "web-1", &[NotHeld]);
        assert_eq!(told(vec![wide(), elsewhere]).len(), 2);
    }
}
