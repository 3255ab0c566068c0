//! The language of guides' conditions: CEL, with unknowns, citations and budgets.
//!
//! ```
//! use evidence::Value;
//! use expression::{Budget, Environment, Expression};
//!
//! let condition = Expression::parse(r#"code == 137 && reason.startsWith("OOM")"#).unwrap();
//! let (code, reason) = (Value::Int(137), Value::text("OOMKilled"));
//! let environment = Environment::new().with("code", &code).with("reason", &reason);
//! let verdict = condition.evaluate(&environment, &mut Budget::default());
//! assert_eq!(verdict.value, Ok(Value::Bool(true)));
//! ```
//!
//! # The language
//!
//! It is [CEL](https://github.com/google/cel-spec/blob/master/doc/langdef.md) over the types
//! of [`evidence::Value`], with Kubernetes' libraries for texts, lists and quantities.
//!
//! | what | how |
//! |---|---|
//! | literals | `1`, `0x1f`, `1u` (an int), `1.5`, `"text"`, `'text'`, `r"\d"`, `"""text"""`, `true`, `false`, `null`, `[1, 2]`, `{"key": 1}` |
//! | operators, strongest first | `.` `[]` `()`, `-` `!`, `*` `/` `%`, `+` `-`, `==` `!=` `<` `<=` `>` `>=` `in`, `&&`, `\|\|`, `? :` |
//! | macros | `has(x.f)`, `list.exists(item, condition)`, `all`, `exists_one`, `filter`, `map(item, value)`, `map(item, condition, value)` |
//! | texts | `size contains startsWith endsWith matches lowerAscii upperAscii trim split join replace substring charAt indexOf lastIndexOf` |
//! | lists | `size min max sum isSorted indexOf lastIndexOf` |
//! | conversions | `int double string bool duration timestamp` |
//! | time | `now - pod.created > duration("1h")`; a duration's `getHours getMinutes getSeconds getMilliseconds`, each the whole of it |
//! | quantities | `quantity("100Mi")` `isQuantity compareTo isLessThan isGreaterThan add sub sign asInteger asApproximateFloat` |
//!
//! The pattern of `matches` has to be written out, or be the name of a definition that is; it is found anywhere in the text, in the
//! syntax of the crate `regex`. Bytes, messages, optionals and `dyn` are left out.
//!
//! # What it adds to CEL
//!
//! **Unknown.** What was not seen is [`Value::Unknown`](evidence::Value::Unknown). It is
//! absorbed as CEL has it for errors and unknowns: `true || unknown` is true and
//! `false && unknown` is false, in either order, and `exists` and `all` likewise. Anything
//! else of it is unknown, `has()` included, and [`Verdict::unknowns`] says what would have
//! decided it. Where an error and an unknown meet, the one that no answer could change wins.
//!
//! **Partial lists.** A list that may be incomplete proves what is in it, never what is not:
//! `exists` that finds nothing, `all` that finds no exception, `in`, `size`, `==`, and every
//! function of the whole list are unknown. `filter` and `map` give partial lists. `list[0]`
//! is the first item that was seen.
//!
//! **Null** is what was seen to have no value. A field of null is null, and so is what is
//! computed from null; order and text tests with null are false; null as a list is empty.
//! In `!`, `&&` and `||` null is neither true nor false, so that neither `x` nor `!x` holds
//! of it; a condition that is null does not hold.
//!
//! **Citations.** [`Verdict::because`] is what a verdict rests on: the fields looked at by
//! what decided it, not those looked at on the way. A field read from a record with a source
//! has that source, unless it is cited itself; what is in it inherits the source.
//!
//! **Limits.** 4 KiB of text, 32 brackets or signs deep, 64 operators in a row other than
//! `&&` and `||`, lists gone through 2 deep; all told when the text is read. Evaluation takes
//! steps from a [`Budget`]. Nothing panics, and a thread with a stack of 1 MB is enough.

mod budget;
mod check;
mod compare;
mod definition;
mod duration;
mod environment;
mod evaluate;
mod expression;
mod functions;
mod lexer;
mod mistake;
mod nearest;
mod parser;
mod pattern;
mod syntax;
mod template;
mod types;
mod verdict;

pub use budget::Budget;
pub use check::TypeError;
pub use environment::Environment;
pub use expression::Expression;
pub use mistake::SyntaxError;
pub use nearest::nearest;
pub use template::{Piece, Template};
pub use types::{Scope, Type};
pub use verdict::{Cite, EvalError, EvalErrorKind, Truth, Verdict};
