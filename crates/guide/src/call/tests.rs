use super::*;
use crate::{ArgumentValue, Code, Parameter, ParameterSort, ToolName};

static FACTS: evidence::RecordShape =
    evidence::RecordShape { name: "Facts", doc: &[], fields: &[] };

fn vocabulary() -> Vocabulary {
    let parameter = |name: &str, sort, required| Parameter { name: name.into(), sort, required };
    let logs = ToolName {
        name: "get_logs".into(),
        parameters: vec![
            parameter("pod", ParameterSort::Text, true),
            parameter("previous", ParameterSort::Bool, false),
            parameter("tail", ParameterSort::Int, false),
        ],
        facts: &FACTS,
    };
    let placeholders = vec!["pod".into(), "service-account".into()];
    Vocabulary { tools: vec![logs], placeholders, ..Vocabulary::default() }
}

fn read_text(text: &str) -> (Vec<Call>, Vec<Diagnostic>) {
    let mut body = Slice::default();
    body.push(text, 0..text.len());
    let mut diagnostics = Vec::new();
    let calls = read(&body, &Lines::of(text), &vocabulary(), &mut diagnostics);
    (calls, diagnostics)
}

/// The codes of a block's mistakes and the text they point at.
fn mistakes(text: &str) -> Vec<(Code, &str)> {
    let (_, diagnostics) = read_text(text);
    diagnostics.into_iter().map(|found| (found.code, &text[found.span])).collect()
}

#[test]
fn arguments_are_strings_integers_booleans_or_keywords() {
    let (calls, diagnostics) =
        read_text("a = get_logs('<pod>-x', True, tail=-20) # the end\n\n\nget_logs(\"p\\\"q\",)\n");
    assert_eq!(diagnostics, []);
    assert_eq!(calls[0].name, "a");
    assert_eq!(calls[0].comment.as_deref(), Some("the end"));
    let values: Vec<&ArgumentValue> = calls[0].arguments.iter().map(|one| &one.value).collect();
    let pieces = vec![crate::Piece::Placeholder("pod".into()), crate::Piece::Text("-x".into())];
    assert_eq!(
        values,
        [&ArgumentValue::Text(pieces), &ArgumentValue::Bool(true), &ArgumentValue::Int(-20)]
    );
    assert_eq!(calls[0].argument("tail").map(|one| one.parameter.is_some()), Some(true));
    assert_eq!((calls[1].name.as_str(), calls[1].line), ("get_logs", 4));
}

#[test]
fn a_comment_belongs_to_the_call_under_it() {
    let (calls, _) = read_text("# one\n# two\n\nget_logs('p')\nget_logs('q')\n# nobody's\n");
    assert_eq!(calls[0].comment.as_deref(), Some("one two"));
    assert_eq!(calls[1].comment, None);
}

#[test]
fn a_call_goes_on_inside_of_its_parentheses() {
    let (calls, diagnostics) =
        read_text("x = get_logs(\n  'p',  # the pod\n  tail=3,\n)\nget_logs('q')\n");
    assert_eq!(diagnostics, []);
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].arguments.len(), 2);
    assert_eq!(calls[0].comment.as_deref(), Some("the pod"));
}

#[test]
fn what_else_python_has_is_named_and_refused() {
    for (text, code, place) in [
        ("for x in y:\n", Code::NotACall, "for x in y:"),
        ("import os\n", Code::NotACall, "import os"),
        ("x = 1\n", Code::NotACall, "1"),
        ("x = \n", Code::NotACall, ""),
        ("get_logs\n", Code::NotACall, "get_logs"),
        ("x[0]\n", Code::NotACall, "x["),
        ("x.y('p')\n", Code::NotACall, "x."),
        ("a, b = get_logs('p')\n", Code::NotACall, "a,"),
        ("get_logs('p')[0]\n", Code::NotACall, "["),
        ("get_logs('p').x\n", Code::NotACall, "."),
        ("get_logs('p'); get_logs('q')\n", Code::NotACall, ";"),
        ("get_logs('p') x\n", Code::NotACall, "x"),
        ("get_logs('p'))\n", Code::NotACall, ")"),
        ("'p'\n", Code::NotACall, "'p'"),
        ("get_logs(f'{p}')\n", Code::BadArgument, "f'{p}'"),
        ("get_logs('''p''')\n", Code::BadArgument, "'''p'''"),
        ("get_logs(None)\n", Code::BadArgument, "None"),
        ("get_logs(p)\n", Code::BadArgument, "p"),
        ("get_logs('p' + 'q')\n", Code::BadArgument, "'p' + 'q'"),
        ("get_logs(a('p'))\n", Code::BadArgument, "a('p')"),
        ("get_logs(['p'])\n", Code::BadArgument, "['p']"),
        ("get_logs('p', tail=1.5)\n", Code::BadArgument, "1.5"),
        ("get_logs('p', tail=)\n", Code::BadArgument, "tail="),
        ("get_logs(pod='p', True)\n", Code::BadArgument, "True"),
        ("get_logs(<pod>)\n", Code::BarePlaceholder, "<pod>"),
        ("get_logs('p)\n", Code::OpenParenthesis, "("),
        ("get_logs('p\n)\n", Code::OpenString, "'p"),
    ] {
        assert!(mistakes(text).contains(&(code, place)), "{text}: {:?}", mistakes(text));
    }
}

#[test]
fn a_call_is_held_against_the_tool() {
    for (text, code, place) in [
        ("get_log('p')\n", Code::UnknownTool, "get_log"),
        ("get_logs('p', tial=3)\n", Code::UnknownParameter, "tial"),
        ("get_logs('p', pod='q')\n", Code::DuplicateArgument, "pod"),
        ("get_logs()\n", Code::MissingArgument, "get_logs()"),
        ("get_logs('p', True, 3, 4)\n", Code::TooManyArguments, "get_logs('p', True, 3, 4)"),
        ("get_logs('p', tail='3')\n", Code::ArgumentType, "tail='3'"),
        ("get_logs('<pdo>')\n", Code::UnknownPlaceholder, "'<pdo>'"),
    ] {
        assert_eq!(mistakes(text), [(code, place)], "{text}");
    }
}

#[test]
fn one_mistake_hides_no_other() {
    let text = "for x in y:\nget_logs(\nget_log('p')\nget_logs('p', tail='3')\nimport x\n";
    let codes: Vec<Code> = mistakes(text).into_iter().map(|(code, _)| code).collect();
    for code in [Code::NotACall, Code::OpenParenthesis, Code::UnknownTool, Code::ArgumentType] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    assert_eq!(codes.len(), 5);
}

#[test]
fn an_unknown_name_gets_the_nearest_one() {
    let (_, diagnostics) = read_text("get_log('<servce-account>')\n");
    let helps: Vec<Option<&str>> = diagnostics.iter().map(|found| found.help.as_deref()).collect();
    assert_eq!(
        helps,
        [Some("did you mean `get_logs`?"), Some("did you mean `<service-account>`?")]
    );
}

#[test]
fn angle_brackets_that_hold_no_name_are_text() {
    let text = |text: &str| vec![crate::Piece::Text(text.into())];
    assert_eq!(placeholder::pieces("a < b > c"), text("a < b > c"));
    assert_eq!(placeholder::pieces("<POD>"), text("<POD>"));
    assert_eq!(placeholder::pieces("<"), text("<"));
    assert_eq!(placeholder::pieces(""), text(""));
    assert_eq!(placeholder::pieces("<<pod>>").len(), 3);
}
