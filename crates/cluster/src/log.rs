//! The end of a container's log.
//!
//! The end is what matters, and `limitBytes` would lose it: the kubelet goes back by
//! `tailLines` from the end, and then writes lines from there until `limitBytes` are written
//! (pkg/kubelet/kuberuntime/logs/logs.go, `logWriter.write`), so it keeps the *first* bytes.
//! Therefore `tailLines` selects, `limitBytes` is only a ceiling for what may travel, far above
//! what 200 lines hold, and the last [`Question::LOG_BYTES`] are kept here. A log that reaches
//! the ceiling lacks its end and is unseen, not shown as if it ended there.

use std::sync::Arc;

use evidence::{Log, ObjectRef, Question, Reply};
use http::StatusCode;

use crate::failure::Failure;
use crate::path::{self, LOG_TRANSPORT};
use crate::refusal::{self, Status};
use crate::transport::{Answer, Form, Transport, size};

pub(crate) async fn answer(
    transport: &Transport,
    question: &Question,
    pod: &ObjectRef,
    container: &str,
    previous: bool,
) -> Result<Reply, Failure> {
    let path = path::log(pod, container, previous)
        .ok_or_else(|| Failure::unreachable("no pod can have this name"))?;
    // One byte above the ceiling, so that a server which ignores it is noticed.
    let answer = transport.get(&path, Form::Text, LOG_TRANSPORT + 1).await?;
    if answer.status == StatusCode::OK {
        let text = String::from_utf8_lossy(&answer.body);
        return text_reply(&text, answer.body.len());
    }
    if refusal::is_absence(pod, &answer) || is_no_log(&answer, pod, container) {
        return Ok(Reply::Absent);
    }
    Err(refusal::of(question, &answer))
}

/// Whether the answer says that this container has no such log: it has not started, it had no
/// previous run (`validateContainerLogStatus`, pkg/kubelet/kubelet_pods.go), it has no node
/// yet, or the pod has no such container (pkg/registry/core/pod/strategy.go).
fn is_no_log(answer: &Answer, pod: &ObjectRef, container: &str) -> bool {
    if answer.status != StatusCode::BAD_REQUEST {
        return false;
    }
    let Some(status) = Status::of(answer) else { return false };
    let said = status.message.as_str();
    let named = format!("container {container:?} in pod {:?}", pod.name);
    said.starts_with(&format!("{named} is waiting to start"))
        || said == format!("{named} is terminated")
        || said == format!("previous terminated {named} not found")
        || said == format!("pod {} does not have a host assigned", pod.name)
        || said == format!("container {container} is not valid for pod {}", pod.name)
}

fn text_reply(text: &str, bytes: usize) -> Result<Reply, Failure> {
    if bytes >= LOG_TRANSPORT {
        return Err(Failure::truncated(format!(
            "its last {} lines are longer than {}, so its end did not come",
            Question::LOG_LINES,
            size(LOG_TRANSPORT)
        )));
    }
    if is_kubelet_error(text) {
        return Err(Failure::unreachable("the node's container runtime has the log no more"));
    }
    Ok(Reply::Log(Arc::new(end(Log::admit(text)))))
}

/// Whether all that came is what the kubelet writes in the place of a log, with status 200.
fn is_kubelet_error(text: &str) -> bool {
    let mut lines = text.lines();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    Log::is_lost(line)
}

/// The last [`Question::LOG_BYTES`] of a log. It is cut after it was redacted, since a cut
/// may part a credential from the word before it by which it is known.
fn end(mut log: Log) -> Log {
    let most = Question::LOG_BYTES as usize;
    log.cut |= log.lines.len() >= Question::LOG_LINES as usize;
    let mut left = most;
    let mut keep = 0;
    for line in log.lines.iter().rev() {
        let Some(rest) = left.checked_sub(line.len() + 1) else { break };
        (left, keep) = (rest, keep + 1);
    }
    let dropped = log.lines.len() - keep;
    log.cut |= dropped > 0;
    if keep == 0
        && let Some(last) = log.lines.pop()
    {
        // One line alone is too long: its end.
        let from = (last.len().saturating_sub(most)..=last.len())
            .find(|&at| last.is_char_boundary(at))
            .unwrap_or(last.len());
        log.lines = vec![last[from..].to_owned()];
    } else {
        log.lines.drain(..dropped);
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: Vec<String>) -> Log {
        end(Log { lines, cut: false })
    }

    #[test]
    fn the_end_of_a_long_log_is_kept() {
        let lines: Vec<String> = (0..150).map(|n| format!("{n:03} {}", "x".repeat(996))).collect();
        let kept = log(lines.clone());
        assert!(kept.cut);
        assert_eq!(kept.lines.last(), lines.last());
        assert_eq!(kept.lines.len(), Question::LOG_BYTES as usize / 1001);
    }

    #[test]
    fn a_log_of_fewer_lines_than_asked_for_is_whole() {
        let kept = log(vec!["a".into(), "b".into()]);
        assert_eq!(kept, Log { lines: vec!["a".into(), "b".into()], cut: false });
        assert_eq!(log(Vec::new()), Log::default());
    }

    #[test]
    fn a_log_of_as_many_lines_as_asked_for_may_have_more() {
        assert!(log(vec![String::new(); Question::LOG_LINES as usize]).cut);
        assert!(!log(vec![String::new(); Question::LOG_LINES as usize - 1]).cut);
    }

    #[test]
    fn a_single_endless_line_keeps_its_end_whole_characters_only() {
        let kept = log(vec![format!("{}end", "é".repeat(60_000))]);
        assert!(kept.cut && kept.lines[0].ends_with("éend"));
        assert!(kept.lines[0].len() <= Question::LOG_BYTES as usize);
    }

    #[test]
    fn a_log_whose_end_did_not_come_is_truncated_not_shown() {
        let failure = text_reply("x", LOG_TRANSPORT).expect_err("truncated");
        assert_eq!(failure.kind, evidence::UnseenKind::Truncated);
    }

    #[test]
    fn what_the_kubelet_says_in_place_of_a_log_is_no_log() {
        let gone = "unable to retrieve container logs for containerd://4f2a";
        assert!(text_reply(gone, gone.len()).is_err());
        let path = "/data/pods-logs/shop_web-0_b7d1/web/1.log";
        let moved = format!(
            "failed to try resolving symlinks in path \"{path}\": lstat {path}: no such file or directory"
        );
        assert!(text_reply(&moved, moved.len()).is_err());
        let quoted = format!("retry\n{gone}\n");
        assert!(text_reply(&quoted, quoted.len()).is_ok());
    }
}
