//! Files that are, by their place in a layout, the whole list of a kind in a namespace.

use evidence::{Kind, Question, Reply, Unseen, UnseenKind};

use crate::contents::{Contents, ListContents, TORN};
use crate::documents::{self, Documents};
use crate::intake::{Claim, Incoming, Intake};
use crate::note::NoteKind;
use crate::refusal::Refusal;
use crate::text;
use crate::tree::Branch;

impl Intake {
    /// Reads a file that is the whole list of a kind in a namespace, or (with `None`) in the
    /// cluster. It is complete when every word of it was understood and it does not say itself
    /// that there is more; an empty list proves absence, an empty file proves nothing.
    pub(crate) fn complete_list(
        &mut self,
        branch: &Branch<'_>,
        path: &str,
        kind: Kind,
        namespace: Option<&str>,
    ) {
        let mut list = WholeList { path, kind, namespace, fault: None, met: 0, own: 0 };
        let claim = match self.documents(branch, path) {
            Ok(documents) => {
                list.fault = documents.flaws.into_iter().next();
                let mut refused = None;
                for document in documents.sound {
                    refused = refused.or(list.take(self, Contents::of(document)));
                }
                refused.map_or_else(|| list.claim(), |refusal| list.refused(&refusal))
            }
            Err(Unread::Refused(refusal)) => list.refused(&refusal),
            Err(Unread::Broken(sort, why)) => Claim::Nothing(list.unseen(sort, &why)),
        };
        self.claim(kind, namespace, claim);
    }

    /// Reads a file of one object. `of` is what its path says that it is.
    pub(crate) fn single(
        &mut self,
        branch: &Branch<'_>,
        path: &str,
        of: Option<&evidence::ObjectRef>,
    ) {
        let question = of.map(|object| Question::Get { object: object.clone() });
        let documents = match self.documents(branch, path) {
            Ok(documents) => documents,
            Err(Unread::Refused(refusal)) => return self.refuse(question, &refusal),
            Err(Unread::Broken(kind, why)) => {
                if let Some(question) = question {
                    let unseen = Unseen::new(kind, &question, format!("{path}: {why}"));
                    self.answer(question, Reply::Unseen(unseen));
                }
                return;
            }
        };
        let namespace = of.and_then(|object| object.namespace.as_deref());
        for document in documents.sound {
            match Contents::of(document) {
                Contents::Object(json) => {
                    self.object(path, None, namespace, json);
                }
                Contents::Half(_) => {
                    self.notes.take(NoteKind::Cut, path, TORN);
                    if let Some(question) = question.clone() {
                        let why = format!("{path}: {TORN}");
                        let unseen = Unseen::new(UnseenKind::Truncated, &question, why);
                        self.answer(question, Reply::Unseen(unseen));
                    }
                }
                Contents::List(list) => {
                    if let Some(cut) = list.cut {
                        self.notes.take(NoteKind::Cut, path, cut);
                    }
                    let incoming = |json| Incoming { kind: list.kind, namespace, json };
                    self.objects_of(path, list.items.into_iter().map(incoming).collect());
                }
                Contents::Refusal(refusal) => self.refuse(question.clone(), &refusal),
                Contents::Version(_) => {}
                Contents::Other(what) => self.notes.take(NoteKind::Skipped, path, what),
            }
        }
    }

    fn refuse(&mut self, question: Option<Question>, refusal: &Refusal) {
        if let Some(question) = question {
            let reply = refusal.reply(&question);
            self.answer(question, reply);
        }
    }

    /// The documents of a file, with a note for each that cannot be read.
    pub(crate) fn documents(
        &mut self,
        branch: &Branch<'_>,
        path: &str,
    ) -> Result<Documents, Unread> {
        let bytes = branch.read(path).map_err(|why| {
            self.notes.take(NoteKind::Broken, path, &*why);
            Unread::Broken(UnseenKind::Unreachable, why)
        })?;
        let decoded = text::decode(&bytes);
        if decoded.mended {
            self.notes.take(NoteKind::Broken, path, "bytes that are no text were replaced");
        }
        if let Some(refusal) = Refusal::of_text(&decoded.text) {
            if let Some(said) = refusal.said_nothing() {
                self.notes.take(NoteKind::Broken, path, said);
            }
            return Err(Unread::Refused(refusal));
        }
        let documents = documents::parse(&decoded.text);
        for flaw in &documents.flaws {
            self.notes.take(NoteKind::Broken, path, flaw);
        }
        if documents.sound.is_empty() {
            let empty = || "the file is empty".to_owned();
            let why = documents.flaws.into_iter().next().unwrap_or_else(empty);
            if decoded.text.trim().is_empty() {
                self.notes.take(NoteKind::Broken, path, &*why);
            }
            return Err(Unread::Broken(UnseenKind::Truncated, why));
        }
        Ok(documents)
    }
}

/// A file that is a whole list, while it is read.
struct WholeList<'a> {
    path: &'a str,
    kind: Kind,
    namespace: Option<&'a str>,
    /// Why there may have been more.
    fault: Option<String>,
    /// How many items were met, and how many of them are of the namespace.
    met: usize,
    own: usize,
}

impl WholeList<'_> {
    /// Takes in a document of the file; the refusal, where it is one.
    fn take(&mut self, intake: &mut Intake, contents: Contents) -> Option<Refusal> {
        let list = match contents {
            Contents::List(list) if list.kind.is_none_or(|of| of == self.kind) => list,
            Contents::Object(json) => ListContents { items: vec![json], ..Default::default() },
            Contents::Refusal(refusal) => return Some(refusal),
            Contents::Half(_) => {
                intake.notes.take(NoteKind::Cut, self.path, TORN);
                self.fault = Some(TORN.to_owned());
                return None;
            }
            Contents::Version(_) => return None,
            Contents::List(list) => {
                let of = list.kind.map_or("?", Kind::name);
                self.broken(intake, format!("a list of {of}, not of {}", self.kind));
                return None;
            }
            Contents::Other(what) => {
                self.broken(intake, what);
                return None;
            }
        };
        if let Some(cut) = list.cut {
            intake.notes.take(NoteKind::Cut, self.path, cut);
            self.fault.get_or_insert_with(|| cut.to_owned());
        }
        for json in list.items {
            self.met += 1;
            match intake.object(self.path, Some(self.kind), self.namespace, json) {
                None => self.fault = Some("not every item of it could be read".to_owned()),
                Some(object) if object.namespace.as_deref() == self.namespace => self.own += 1,
                Some(_) => {}
            }
        }
        None
    }

    fn broken(&mut self, intake: &mut Intake, why: String) {
        intake.notes.take(NoteKind::Broken, self.path, &*why);
        self.fault = Some(why);
    }

    fn unseen(&self, sort: UnseenKind, why: &str) -> Unseen {
        let question = Question::list(self.kind, self.namespace);
        Unseen::new(sort, question, format!("{}: {why}", self.path))
    }

    fn refused(&self, refusal: &Refusal) -> Claim {
        let question = Question::list(self.kind, self.namespace);
        let absent = || self.unseen(UnseenKind::Unreachable, "something was not found");
        Claim::Nothing(refusal.unseen(question).unwrap_or_else(absent))
    }

    fn claim(&self) -> Claim {
        let foreign = self.namespace.is_some() && self.met > 0 && self.own == 0;
        match &self.fault {
            Some(why) => Claim::Part(self.unseen(UnseenKind::Truncated, why)),
            None if foreign => {
                let why = format!("none of its {} objects is of this namespace", self.met);
                Claim::Part(self.unseen(UnseenKind::NotCaptured, &why))
            }
            None => Claim::All,
        }
    }
}

/// Why a file has no documents.
pub(crate) enum Unread {
    /// It holds what the server said instead.
    Refused(Refusal),
    /// It could not be read or understood.
    Broken(UnseenKind, String),
}
