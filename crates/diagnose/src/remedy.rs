//! What to do about a cause: the fixes of solution guides that treat it.

use evidence::{Inquiry, Kind, Object, ObjectRef, Replies};
use guide::{Fix, Guide, Piece, Treatment};
use lexicon::Lexicon;

use crate::Book;
use crate::bindings::{Assignment, filled};
use crate::placeholder::{self, Filling};
use crate::report::NextStep;
use crate::state::Finding;

/// The fixes for an outcome of a guide, those of the guide's related solutions first.
///
/// A fix that names the outcome is meant. For the outcome of a prose guide, which no fix can
/// name, those are meant that speak of the concept that was seen, else of the outcome's words.
pub(crate) fn fixes<'b>(
    book: &'b Book,
    guide: &Guide,
    finding: &Finding,
    lexicon: &Lexicon,
) -> Vec<(&'b Guide, &'b Fix)> {
    let Some(outcome) = guide.outcome(&finding.outcome) else { return Vec::new() };
    let treating = |solutions: &[&'b Guide], wanted: fn(&Treatment) -> bool| {
        let all =
            solutions.iter().flat_map(|guide| guide.fixes.iter().map(move |fix| (*guide, fix)));
        let treats = |fix: &Fix| fix.treatment(outcome, lexicon).is_some_and(|how| wanted(&how));
        all.filter(|(_, fix)| treats(fix)).collect::<Vec<(&'b Guide, &'b Fix)>>()
    };
    let is_named = |how: &Treatment| *how == Treatment::Named;
    // Only where no related solution names the outcome are all of them read.
    let related = guide.meta.related.iter().filter_map(|one| book.solution(&one.text));
    let mut solutions: Vec<&Guide> = related.map(|solution| &**solution).collect();
    let named = treating(&solutions, is_named);
    if !named.is_empty() {
        return named;
    }
    for solution in book.solutions() {
        if !solutions.iter().any(|known| known.id == solution.id) {
            solutions.push(solution);
        }
    }
    let named = treating(&solutions, is_named);
    if !named.is_empty() {
        return named;
    }
    let inferred = treating(&solutions, |how| matches!(how, Treatment::Inferred(_)));
    let speaks = |fix: &Fix| {
        let names = fix.treats.iter().map(|treated| treated.text.replace('-', " "));
        std::iter::once(fix.title.clone()).chain(names).any(|phrase| {
            let subject = lexicon.relate(&phrase).into_iter().next();
            subject.is_some_and(|subject| Some(&subject.concept.id) == finding.concept.as_ref())
        })
    };
    let nearer: Vec<_> = inferred.iter().copied().filter(|(_, fix)| speaks(fix)).collect();
    if nearer.is_empty() { inferred } else { nearer }
}

/// What the placeholders with one value stand for, as far as the replies at hand tell; no new
/// question is asked for it.
pub(crate) fn placeholders(subject: &Object, replies: &Replies) -> Assignment {
    let inquiry = Inquiry::new(replies);
    let mut values = Assignment::new();
    for one in placeholder::ALL {
        if let Ok(Filling::Values(found)) = placeholder::fill(one.name, subject, &inquiry)
            && let [value] = found.as_slice()
        {
            values.insert(one.name.to_owned(), value.clone());
        }
    }
    values
}

/// A command about a container of which no name is known: kubectl wants none of the only one.
pub(crate) fn to_the_only_container(command: String, values: &Assignment) -> String {
    match values.get("container").is_some_and(|name| name == Object::UNNAMED) {
        true => command.replace(&format!(" -c {}", Object::UNNAMED), ""),
        false => command,
    }
}

/// The fixes as steps to take, with the placeholders of their commands filled.
pub(crate) fn steps(
    fixes: &[(&Guide, &Fix)],
    subject: &Object,
    culprit: &ObjectRef,
    container: Option<&str>,
    replies: &Replies,
) -> Vec<NextStep> {
    let mut values = placeholders(subject, replies);
    values.extend(container.map(|name| ("container".to_owned(), name.to_owned())));
    let named = match culprit.kind {
        Kind::Secret => Some("secret"),
        Kind::ServiceAccount => Some("service-account"),
        Kind::ConfigMap => Some("configmap"),
        Kind::Node => Some("node"),
        _ => None,
    };
    values.extend(named.map(|placeholder| (placeholder.to_owned(), culprit.name.clone())));
    values.insert("culprit".to_owned(), placeholder::spelled(culprit));
    values.insert("subject".to_owned(), placeholder::spelled(subject.reference()));
    // A command for a Deployment is of no use for a Job: a fix that names what the object does not
    // have is left out.
    let fits = |fix: &Fix| {
        fix.commands.iter().flat_map(|command| &command.pieces).all(|piece| match piece {
            Piece::Placeholder(name) => {
                let single = placeholder::ALL.iter().any(|one| one.name == name && !one.several);
                !single || values.contains_key(name)
            }
            Piece::Text(_) => true,
        })
    };
    fixes
        .iter()
        .filter(|(_, fix)| fits(fix))
        .map(|(guide, fix)| NextStep {
            title: fix.title.clone(),
            commands: fix
                .commands
                .iter()
                .map(|command| to_the_only_container(filled(&command.pieces, &[&values]), &values))
                .collect(),
            risk: fix.risk.as_ref().map(|risk| risk.level.word().to_owned()),
            guide: guide.id.clone(),
            fix: fix.number,
        })
        .collect()
}
