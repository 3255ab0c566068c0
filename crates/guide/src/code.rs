//! The mistakes that a guide can have: their names, severities and meanings.
//!
//! A code is stable: reports and suppressions may rest on it.

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The guide is not run.
    Error,
    /// The guide runs, but likely not as its author thinks.
    Warning,
}

macro_rules! codes {
    ($($severity:ident $code:ident $name:literal $meaning:literal)*) => {
        /// What sort of mistake it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// All codes, in the order of the parts of a guide.
            pub const ALL: &'static [Code] = &[$(Code::$code),*];

            /// The name that is printed, such as `unknown-key`.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$code => $name),* }
            }

            /// What the code means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$code => $meaning),* }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity),* }
            }
        }
    };
}

codes! {
    // The file.
    Error TooLong "too-long" "The file, or a part of it, is longer than it may be."
    Error NotUtf8 "not-utf8" "The file holds bytes that are not UTF-8 text."
    Error TooMany "too-many" "There is more of something than a guide may have."
    Error TooDeep "too-deep" "Lists are nested deeper than a guide may nest them."

    // Front matter.
    Error MissingFrontMatter "missing-front-matter" "The file does not start with front matter between two lines of `---`."
    Error OpenFrontMatter "open-front-matter" "The front matter is not closed by a line of `---`."
    Error BrokenYaml "broken-yaml" "The front matter is not YAML, or more YAML than is allowed."
    Error UnknownKey "unknown-key" "The front matter has a key that is not known."
    Error DuplicateKey "duplicate-key" "The front matter has a key twice."
    Error MissingKey "missing-key" "The front matter lacks a key that every guide has."
    Error WrongType "wrong-type" "A value of the front matter is of the wrong type."
    Error WrongValue "wrong-value" "A value of the front matter is none of those allowed."
    Error BadId "bad-id" "An id is not of the form TSG-COMPONENT-PROBLEM-NNN."
    Error BadRange "bad-range" "The version range cannot be read."
    Error EmptyRange "empty-range" "No version is in the version range."
    Error BadSignal "bad-signal" "A signal is neither a name nor a metric with labels."
    Error UnknownSignal "unknown-signal" "The signal catalogue does not have this signal."
    Error UnknownLabel "unknown-label" "The metric does not have this label."
    Warning DuplicateSignal "duplicate-signal" "The same signal stands twice."
    Warning UnknownGuide "unknown-guide" "No guide that is known has this id."
    Warning NoSignals "no-signals" "A diagnosis without signals never applies by itself."

    // Sections.
    Error MissingSection "missing-section" "A section that every guide has is missing."
    Warning MissingText "missing-text" "A section for people is missing or empty."
    Warning UnknownSection "unknown-section" "A heading is none that the engine reads."
    Error DuplicateSection "duplicate-section" "A section stands twice."
    Error BadStepHeading "bad-step-heading" "A heading of the decision tree is not `### Step N: title`."
    Error DuplicateStep "duplicate-step" "Two steps have the same number."
    Warning StepOrder "step-order" "The numbers of the steps do not follow each other."
    Error NoSteps "no-steps" "The decision tree has no steps."

    Error NoOutcomes "no-outcomes" "The stop condition lists no outcomes."

    // Tool calls.
    Error NotACall "not-a-call" "A line of a tool-call block is not a call."
    Error BadArgument "bad-argument" "An argument is not a string, an integer or a boolean."
    Error OpenString "open-string" "A string is not closed on its line."
    Error OpenParenthesis "open-parenthesis" "A parenthesis is not closed."
    Error BarePlaceholder "bare-placeholder" "A placeholder stands outside of quotes."
    Error UnknownTool "unknown-tool" "No tool has this name."
    Error UnknownParameter "unknown-parameter" "The tool has no such parameter."
    Error DuplicateArgument "duplicate-argument" "A parameter is given twice."
    Error MissingArgument "missing-argument" "A parameter that the tool needs is not given."
    Error TooManyArguments "too-many-arguments" "There are more arguments than the tool has parameters."
    Error ArgumentType "argument-type" "An argument is of another type than its parameter."
    Error UnknownPlaceholder "unknown-placeholder" "No placeholder has this name."
    Error DuplicateBinding "duplicate-binding" "A name is bound twice."
    Error ReservedName "reserved-name" "A name is bound that has a meaning of its own."
    Warning UnusedBinding "unused-binding" "A name is bound and never used."

    // Definitions.
    Error NotADefinition "not-a-definition" "A line of a block of definitions is none."

    // Decisions.
    Error NoCondition "no-condition" "A decision does not say when it holds."
    Error BadCondition "bad-condition" "The condition of a decision cannot be read."
    Error BadConsequence "bad-consequence" "The consequence of a decision cannot be read."
    Warning ArrowInProse "arrow-in-prose" "An arrow stands in a bullet of a prose guide and decides nothing."
    Error Expression "expression" "An expression cannot be parsed."
    Error ExpressionType "expression-type" "An expression is of the wrong type."
    Error UnknownName "unknown-name" "An expression uses a name that no call binds."
    Error UnknownField "unknown-field" "The facts have no such field."
    Error UsedBeforeBound "used-before-bound" "An expression uses a name that a later step binds."
    Warning StrayDecision "stray-decision" "A decision stands outside of a step, where nothing is decided."
    Error UnknownOutcome "unknown-outcome" "A decision names an outcome that the stop conditions do not have."
    Warning UnreachedOutcome "unreached-outcome" "No decision leads to this outcome."
    Error DuplicateOutcome "duplicate-outcome" "Two stop conditions have the same name."
    Error UnnamedOutcome "unnamed-outcome" "A stop condition of an explicit guide has no name in bold."
    Error UnknownStep "unknown-step" "A decision jumps to a step that does not exist."
    Warning UnreachableStep "unreachable-step" "No run can come to this step."
    Warning JumpBack "jump-back" "A decision jumps to its own step or an earlier one."
    Error UnknownJump "unknown-jump" "A decision jumps to a guide that is not known."
    Warning OtherwiseNotLast "otherwise-not-last" "A decision stands after `Otherwise` in its step."
    Warning OtherwiseAlone "otherwise-alone" "`Otherwise` is the first decision of its step, so it always holds."
    Warning Contradiction "contradiction" "The same condition has consequences that contradict each other."
    Warning DuplicateDecision "duplicate-decision" "The same decision stands twice in a step."
    Warning DeadLiteral "dead-literal" "No message that is known holds this literal."
    Warning UnansweredQuestion "unanswered-question" "No fact can answer this question, so it is left for a person."
    Warning AmbiguousOutcome "ambiguous-outcome" "Two outcomes are equally near to the same evidence."
    Warning UnlinkedOutcome "unlinked-outcome" "Nothing that the guide looks at is related to this outcome."

    // Solutions.
    Error NoFixes "no-fixes" "A solution has no fixes."
    Error BadFixHeading "bad-fix-heading" "A heading of the remediation options is not `### Fix N: title`."
    Error DuplicateFix "duplicate-fix" "Two fixes have the same number."
    Warning MissingRisk "missing-risk" "A fix does not say how risky it is."
    Error BadRisk "bad-risk" "A risk is not low, medium or high."
    Error BadTreats "bad-treats" "The line `Treats:` names no outcome in bold."
    Warning MissingTreats "missing-treats" "A fix does not say which outcomes it treats."
    Error UnknownTreats "unknown-treats" "A fix treats an outcome that no guide known has."
    Warning NoCommands "no-commands" "A fix has no commands."
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
