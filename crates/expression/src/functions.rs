//! The functions of the language: one flat table, read by the parser, the checker and the docs.

/// Sets of types that an argument may have.
pub(crate) type Kinds = u16;

pub(crate) const BOOL: Kinds = 1;
pub(crate) const INT: Kinds = 1 << 1;
pub(crate) const DOUBLE: Kinds = 1 << 2;
pub(crate) const TEXT: Kinds = 1 << 3;
pub(crate) const TIME: Kinds = 1 << 4;
pub(crate) const DURATION: Kinds = 1 << 5;
pub(crate) const QUANTITY: Kinds = 1 << 6;
pub(crate) const REF: Kinds = 1 << 7;
pub(crate) const LIST: Kinds = 1 << 8;
pub(crate) const MAP: Kinds = 1 << 9;
pub(crate) const RECORD: Kinds = 1 << 10;
pub(crate) const ANY: Kinds = u16::MAX;

/// The names of single kinds, in the order of their bits.
pub(crate) const KIND_NAMES: [&str; 11] = [
    "bool",
    "int",
    "double",
    "text",
    "time",
    "duration",
    "quantity",
    "object reference",
    "list",
    "map",
    "record",
];

/// Where the arguments of a call stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `f(x)`
    Global,
    /// `x.f()`
    Method,
    /// Both.
    Either,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    Bool,
    Int,
    Double,
    Text,
    Texts,
    Time,
    Duration,
    Quantity,
    /// The type of the list's items.
    Item,
}

macro_rules! functions {
    ($($(#[$doc:meta])* $function:ident $name:literal $style:ident [$($parameter:expr),*] $required:literal $gives:ident,)*) => {
        /// A function of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function { $($function),* }

        /// Every function, in the order of the declaration.
        pub(crate) const FUNCTIONS: &[Signature] = &[$(Signature {
            function: Function::$function,
            name: $name,
            style: Style::$style,
            parameters: &[$($parameter),*],
            required: $required,
            gives: Gives::$gives,
        }),*];
    };
}

/// How a function is called and what it gives.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) function: Function,
    pub(crate) name: &'static str,
    pub(crate) style: Style,
    /// The receiver of a method is the first.
    pub(crate) parameters: &'static [Kinds],
    /// How many of the parameters must be given.
    pub(crate) required: usize,
    pub(crate) gives: Gives,
}

// Function, name, style, parameters, how many of them are required, result.
functions! {
    Size "size" Either [TEXT | LIST | MAP] 1 Int,
    Contains "contains" Method [TEXT, TEXT] 2 Bool,
    StartsWith "startsWith" Method [TEXT, TEXT] 2 Bool,
    EndsWith "endsWith" Method [TEXT, TEXT] 2 Bool,
    Matches "matches" Either [TEXT, TEXT] 2 Bool,
    LowerAscii "lowerAscii" Method [TEXT] 1 Text,
    UpperAscii "upperAscii" Method [TEXT] 1 Text,
    Trim "trim" Method [TEXT] 1 Text,
    Split "split" Method [TEXT, TEXT, INT] 2 Texts,
    Join "join" Method [LIST, TEXT] 1 Text,
    Replace "replace" Method [TEXT, TEXT, TEXT, INT] 3 Text,
    Substring "substring" Method [TEXT, INT, INT] 2 Text,
    CharAt "charAt" Method [TEXT, INT] 2 Text,
    IndexOf "indexOf" Method [TEXT | LIST, ANY] 2 Int,
    LastIndexOf "lastIndexOf" Method [TEXT | LIST, ANY] 2 Int,
    IsSorted "isSorted" Method [LIST] 1 Bool,
    Sum "sum" Method [LIST] 1 Item,
    Min "min" Method [LIST] 1 Item,
    Max "max" Method [LIST] 1 Item,
    Int "int" Global [INT | DOUBLE | TEXT | TIME] 1 Int,
    Double "double" Global [INT | DOUBLE | TEXT] 1 Double,
    String "string" Global [BOOL | INT | DOUBLE | TEXT | TIME | DURATION | QUANTITY | REF] 1 Text,
    Bool "bool" Global [BOOL | TEXT] 1 Bool,
    Duration "duration" Global [DURATION | TEXT] 1 Duration,
    Timestamp "timestamp" Global [TIME | TEXT | INT] 1 Time,
    GetHours "getHours" Method [DURATION] 1 Int,
    GetMinutes "getMinutes" Method [DURATION] 1 Int,
    GetSeconds "getSeconds" Method [DURATION] 1 Int,
    GetMilliseconds "getMilliseconds" Method [DURATION] 1 Int,
    Quantity "quantity" Global [TEXT | QUANTITY] 1 Quantity,
    IsQuantity "isQuantity" Global [TEXT] 1 Bool,
    CompareTo "compareTo" Method [QUANTITY, QUANTITY] 2 Int,
    IsLessThan "isLessThan" Method [QUANTITY, QUANTITY] 2 Bool,
    IsGreaterThan "isGreaterThan" Method [QUANTITY, QUANTITY] 2 Bool,
    Add "add" Method [QUANTITY, QUANTITY | INT] 2 Quantity,
    Sub "sub" Method [QUANTITY, QUANTITY | INT] 2 Quantity,
    Sign "sign" Method [QUANTITY] 1 Int,
    AsInteger "asInteger" Method [QUANTITY] 1 Int,
    AsApproximateFloat "asApproximateFloat" Method [QUANTITY] 1 Double,
}

impl Function {
    pub(crate) fn named(name: &str) -> Option<Function> {
        FUNCTIONS.iter().find(|row| row.name == name).map(|row| row.function)
    }

    /// The row of the table, whose order is that of the enum.
    pub(crate) fn signature(self) -> &'static Signature {
        &FUNCTIONS[self as usize]
    }
}

impl Signature {
    /// Whether a call in this style, with this many arguments, can be of this function.
    pub(crate) fn admits(&self, method: bool, arguments: usize) -> bool {
        let style = match self.style {
            Style::Either => true,
            Style::Method => method,
            Style::Global => !method,
        };
        style && arguments >= self.required && arguments <= self.parameters.len()
    }

    /// How the function is written: `text.split(text[, int])`.
    pub(crate) fn usage(&self) -> String {
        let method = self.style != Style::Global;
        let mut usage = String::new();
        if method {
            usage.push_str(&kinds_in_words(self.parameters[0]));
            usage.push('.');
        }
        usage.push_str(self.name);
        usage.push('(');
        let first = usize::from(method);
        for (index, kinds) in self.parameters.iter().enumerate().skip(first) {
            let comma = if index > first { ", " } else { "" };
            let open = if index >= self.required { "[" } else { "" };
            usage.push_str(open);
            usage.push_str(comma);
            usage.push_str(&kinds_in_words(*kinds));
        }
        let options = self.parameters.len() - self.required.max(first);
        usage.push_str(&"]".repeat(options));
        usage.push(')');
        usage
    }
}

/// A set of types in words: `text, list or map`.
pub(crate) fn kinds_in_words(kinds: Kinds) -> String {
    if kinds == ANY {
        return "any value".to_owned();
    }
    let names: Vec<&str> = KIND_NAMES
        .iter()
        .enumerate()
        .filter(|(bit, _)| kinds & (1 << bit) != 0)
        .map(|(_, name)| *name)
        .collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for row in FUNCTIONS {
            assert_eq!(row.function.signature().name, row.name);
        }
    }

    #[test]
    fn usage_shows_optional_arguments_in_brackets() {
        assert_eq!(Function::Split.signature().usage(), "text.split(text[, int])");
        assert_eq!(Function::Join.signature().usage(), "list.join([text])");
        assert_eq!(Function::Duration.signature().usage(), "duration(text or duration)");
    }
}
