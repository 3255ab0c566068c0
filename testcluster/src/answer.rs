//! What `tsg` answered, and how it compares with what is right.

use serde_json::Value as Json;

use crate::catalogue::{Cause, Run};

/// The most requests that the diagnosis of one pod may cost.
const POD_REQUESTS: usize = 8;

/// One run of the program.
#[derive(Debug)]
pub struct Asked {
    /// Its exit code.
    pub exit: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
    /// The API server's account of its requests.
    pub requests: Vec<Json>,
    /// How long it took, from start to end.
    pub milliseconds: u128,
}

impl Asked {
    /// What is wrong with its requests: a write, or too many of them for one pod.
    pub fn request_mistakes(&self, of_one_pod: bool) -> Vec<String> {
        let verb = |request: &Json| request["verb"].as_str().unwrap_or("?").to_owned();
        let path = |request: &Json| request["requestURI"].as_str().unwrap_or("?").to_owned();
        let mut mistakes: Vec<String> = self
            .requests
            .iter()
            .filter(|request| !["get", "list"].contains(&verb(request).as_str()))
            .map(|request| {
                format!("a request that is no read: {} {}", verb(request), path(request))
            })
            .collect();
        if of_one_pod && self.requests.len() > POD_REQUESTS {
            let paths: Vec<String> = self.requests.iter().map(path).collect();
            mistakes.push(format!("{} requests for one pod: {}", paths.len(), paths.join(" ")));
        }
        if self.requests.is_empty() && of_one_pod {
            mistakes
                .push("the API server counted no request: is its audit log written?".to_owned());
        }
        mistakes
    }
}

/// An answer in the words of the catalogue.
#[derive(Debug)]
pub struct Answer {
    exit: i32,
    status: String,
    causes: Vec<Cause>,
}

/// The outcome that says by itself that what is wrong with the credentials could not be seen.
const UNTOLD: &str = "pull-access-denied";

impl Answer {
    /// The answer that a run must give.
    pub fn expected(run: &Run) -> Answer {
        Answer { exit: run.exit, status: run.status.clone(), causes: run.cause.clone() }
    }

    /// The answer that was given.
    ///
    /// # Errors
    /// When it is no JSON report.
    pub fn of(asked: &Asked) -> Result<Answer, String> {
        let report: Json = serde_json::from_str(&asked.stdout).map_err(|error| {
            format!("exit {}: no JSON report ({error}); {}", asked.exit, asked.stderr.trim())
        })?;
        let some = |key: &str| report[key].as_array().is_some_and(|list| !list.is_empty());
        let status = match () {
            () if some("diagnoses") => "diagnosed",
            () if some("inconclusive") => "inconclusive",
            () if some("not_looked") => "could-not-look",
            () => "not-applicable",
        };
        let word = |json: &Json, key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let cause = |one: &Json| {
            let object = &one["object"];
            let path = match object["namespace"].as_str() {
                Some(namespace) => format!("{namespace}/{}", word(object, "name")),
                None => word(object, "name"),
            };
            Cause {
                cause: word(one, "cause"),
                object: format!("{} {path}", word(object, "kind")),
                confidence: word(one, "confidence"),
            }
        };
        let causes = report["diagnoses"].as_array().into_iter().flatten().map(cause).collect();
        Ok(Answer { exit: asked.exit, status: status.to_owned(), causes })
    }

    /// What it says beyond what is right: an answer from less evidence may leave things open.
    pub fn beyond(&self, run: &Run) -> Vec<String> {
        let mut mistakes = Vec::new();
        let less = |got: &&Cause| got.cause == UNTOLD || run.less.contains(&got.cause);
        let firm = self.causes.iter().filter(|got| got.confidence != "possible" && !less(got));
        let known = |got: &&Cause| run.cause.iter().any(|wanted| wanted.is_seen_in(got));
        for got in firm.filter(|got| !known(got)) {
            mistakes.push(format!("another cause is called {}: {}", got.confidence, got.cause));
        }
        if self.exit == 0 && !run.cause.is_empty() {
            mistakes.push("an all-clear".to_owned());
        }
        mistakes.extend(self.never_to_be_said(run));
        mistakes
    }

    /// The outcomes that it names though nothing may lead to them.
    fn never_to_be_said(&self, run: &Run) -> impl Iterator<Item = String> {
        let said = |never: &&String| self.causes.iter().any(|got| got.cause == **never);
        run.never.iter().filter(said).map(|never| format!("must never say {never}"))
    }

    /// How it differs from what is right.
    pub fn mistakes(&self, run: &Run) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.exit != run.exit {
            mistakes.push(format!("exit {} instead of {}", self.exit, run.exit));
        }
        let same = self.causes.len() == run.cause.len()
            && run.cause.iter().zip(&self.causes).all(|(wanted, got)| wanted.is(got));
        if self.status != run.status || !same {
            mistakes.push("not the answer that is right".to_owned());
        }
        mistakes.extend(self.never_to_be_said(run));
        mistakes
    }
}

/// `image-tag-missing @ Deployment shop/web (confirmed)`, or how it ended without a cause.
impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.causes.is_empty() {
            return write!(f, "{}", self.status);
        }
        for (index, cause) in self.causes.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{} @ {} ({})", cause.cause, cause.object, cause.confidence)?;
        }
        Ok(())
    }
}
