//! The types of calls.

use evidence::Value;

use super::Checker;
use crate::evaluate::converts;
use crate::functions::{ANY, FUNCTIONS, Function, Gives, Signature, Style, kinds_in_words};
use crate::nearest;
use crate::syntax::{Call, Node, NodeKind, Sort};
use crate::types::{Base, Type};

impl<'t> Checker<'t, '_> {
    pub(super) fn call(&mut self, call: &'t Call, node: &Node) -> Type {
        if !call.method && Sort::named(&call.name).is_some() {
            // What stands in the parentheses names items that are not bound.
            return self.no_such_function(call);
        }
        let types: Vec<Type> = call.arguments.iter().map(|node| self.infer(node)).collect();
        let Some(signature) = call.function.map(Function::signature) else {
            return self.no_such_function(call);
        };
        if !signature.admits(call.method, types.len()) {
            return self.wrong_form(call, signature, node);
        }
        let before = self.errors.len();
        for ((argument, found), wanted) in
            call.arguments.iter().zip(&types).zip(signature.parameters)
        {
            if found.kinds() & !wanted != 0 && found.base != Base::Any {
                let (text, wanted) = (self.source(argument), kinds_in_words(*wanted));
                let message = format!("`{}` wants {wanted}; `{text}` is {found}", call.name);
                let help = (signature.parameters[0] == crate::functions::QUANTITY
                    && found.base == Base::Text)
                    .then(|| format!("write quantity({text})"));
                self.report("wrong-type", argument.span(), message, help);
            }
        }
        if self.errors.len() == before {
            self.literal(call, signature);
            self.items(call, signature, &types);
        }
        if self.errors.len() > before {
            return Type::ANY;
        }
        let nullable = types.iter().zip(signature.parameters);
        let nullable = nullable
            .into_iter()
            .any(|(own, kinds)| *kinds != ANY && (own.nullable || own.base == Base::Null));
        result(signature, &types, nullable)
    }

    fn no_such_function(&mut self, call: &Call) -> Type {
        let macros = Sort::NAMES.iter().map(|(name, _)| *name).chain(["has"]);
        let known: Vec<&str> = FUNCTIONS.iter().map(|row| row.name).chain(macros).collect();
        let name = &*call.name;
        let help = if Sort::named(name).is_some() {
            Some(format!("write list.{name}(item, ...)"))
        } else {
            nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
        };
        let message = format!("there is no function `{name}`");
        self.report("no-such-function", call.name_span.clone(), message, help);
        self.note("functions", known)
    }

    /// A function with a wrong number of arguments, or with the receiver in the wrong place.
    fn wrong_form(&mut self, call: &Call, signature: &Signature, node: &Node) -> Type {
        let name = &call.name;
        let message = match (signature.style, call.method) {
            (Style::Global, true) => format!("`{name}` is not a method"),
            (Style::Method, false) => format!("`{name}` is a method"),
            (_, method) => {
                let given = call.arguments.len() - usize::from(method);
                let plural = if given == 1 { "" } else { "s" };
                format!("`{name}` does not take {given} argument{plural}")
            }
        };
        let help = Some(format!("it is written {}", signature.usage()));
        self.report("wrong-arguments", node.span(), message, help)
    }

    /// A text that is written out and cannot be converted.
    fn literal(&mut self, call: &Call, signature: &Signature) {
        let Some(argument) = call.arguments.first() else { return };
        let NodeKind::Literal(Value::Text(text)) = &argument.kind else { return };
        if converts(signature.function, text) != Some(false) {
            return;
        }
        let help = match signature.function {
            Function::Duration => "spans are written 90s, 15m, 1h30m",
            Function::Timestamp => "times are written 2026-11-23T19:20:00Z",
            Function::Quantity => "quantities are written 250m, 100Mi, 2Gi",
            _ => "",
        };
        let message = format!("`{}` cannot be computed of this text", signature.name);
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.report("bad-value", argument.span(), message, help);
    }

    /// What a function wants of a list's items, and of what is looked for in a text or list.
    fn items(&mut self, call: &'t Call, signature: &Signature, types: &[Type]) {
        let Some(receiver) = types.first() else { return };
        if let (Function::IndexOf | Function::LastIndexOf, Some(wanted)) =
            (signature.function, types.get(1))
        {
            let own = receiver.item().cloned().unwrap_or(Type::of(Base::Text));
            if receiver.base != Base::Any && !own.comparable(wanted) {
                let message = format!("{receiver} cannot hold {wanted}");
                self.report("wrong-type", call.arguments[1].span(), message, None);
            }
        }
        let Some(item) = receiver.item() else { return };
        let (fits, wanted) = match signature.function {
            Function::Join => (matches!(item.base, Base::Text), "a list of text"),
            Function::Sum => (
                matches!(item.base, Base::Int | Base::Double | Base::Duration),
                "a list of numbers or durations",
            ),
            Function::Min | Function::Max | Function::IsSorted => {
                (item.ordered(item), "a list of values that have an order")
            }
            _ => return,
        };
        if !fits && item.base != Base::Any {
            let message = format!("`{}` wants {wanted}, not {receiver}", signature.name);
            self.report("wrong-type", call.arguments[0].span(), message, None);
        }
    }
}

fn result(signature: &Signature, types: &[Type], nullable: bool) -> Type {
    let base = match signature.gives {
        // A test of null is false, and the size of null is 0.
        Gives::Bool if signature.function != Function::Bool => return Type::of(Base::Bool),
        Gives::Int if signature.function == Function::Size => return Type::of(Base::Int),
        Gives::Bool => Base::Bool,
        Gives::Int => Base::Int,
        Gives::Double => Base::Double,
        Gives::Text => Base::Text,
        Gives::Texts => return Type::list_of(Type::of(Base::Text)).or_null(nullable),
        Gives::Time => Base::Time,
        Gives::Duration => Base::Duration,
        Gives::Quantity => Base::Quantity,
        Gives::Item => {
            let item = types.first().and_then(Type::item).cloned().unwrap_or(Type::ANY);
            return item.or_null(nullable);
        }
    };
    Type::of(base).or_null(nullable)
}
