//! The words and classes of a step's calls, and where a literal stands in them.

use std::collections::BTreeSet;

use evidence::Source;
use expression::Cite;
use guide::Step;
use lexicon::Lexicon;

use crate::passage::{self, Classified, Passage};
use crate::state::State;

/// The words and classes of a step's calls; of all calls so far where the step has none.
pub(crate) struct StepEvidence {
    pub(crate) passages: Vec<Passage>,
    pub(crate) classified: Vec<Classified>,
    pub(crate) gaps: BTreeSet<String>,
}

impl StepEvidence {
    pub(crate) fn of(state: &State, step: &Step) -> StepEvidence {
        let mut own =
            StepEvidence { passages: Vec::new(), classified: Vec::new(), gaps: BTreeSet::new() };
        for (name, binding) in state.bindings.iter() {
            let called_here = step.calls.iter().any(|call| call.name == name);
            if !called_here && !step.calls.is_empty() {
                continue;
            }
            for instance in &binding.instances {
                let mut unseen = BTreeSet::new();
                passage::passages(&instance.value, &mut own.passages);
                passage::classified(&instance.value, &mut own.classified);
                passage::unseen(&instance.value, &mut unseen);
                own.gaps.extend(unseen.iter().map(ToString::to_string));
            }
        }
        own
    }

    /// Where a literal stands, and messages of the kinds that it stands for: a guide may quote the
    /// words of another component or version.
    pub(crate) fn find(&self, literal: &str, lexicon: &Lexicon) -> Vec<Hit> {
        let hit = |source: &Source, container: &Option<String>, inferred| Hit {
            because: Cite { source: source.clone(), fact: None },
            container: container.clone(),
            inferred,
        };
        let wanted = literal.to_lowercase();
        let mut hits: Vec<Hit> = self
            .passages
            .iter()
            .filter(|passage| passage.text.to_lowercase().contains(&wanted))
            .map(|passage| hit(&passage.source, &passage.container, None))
            .collect();
        let meant = lexicon.literal(literal);
        for one in &self.classified {
            let (Ok(class), Some(source)) = (&one.class, &one.source) else { continue };
            if meant.iter().any(|signature| signature.id == **class) {
                let why = format!("`{literal}` stands for {class}, which this message is");
                hits.push(hit(source, &one.container, Some(why)));
            }
        }
        hits
    }
}

/// A place where a literal was found.
pub(crate) struct Hit {
    pub(crate) because: Cite,
    /// The container that the words are about.
    pub(crate) container: Option<String>,
    /// Set where it was found by what it stands for, not by its letters.
    pub(crate) inferred: Option<String>,
}
