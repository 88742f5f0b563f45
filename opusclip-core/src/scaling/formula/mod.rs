//! A formula of the user's own, which says how many instances there should be.
//!
//! Numbers are floats. In the order of how tightly they bind: `-x`; `*`, `/`, `%`; `+`, `-`; `<`, `<=`, `>`, `>=`, `==`,
//! `!=`; `&&`; `||`; `a ? b : c`. What is compared is 1 or 0, and anything but 0 is true. Functions: `min`, `max`, `ceil`,
//! `floor`, `round`, `abs`, `sqrt`.

mod evaluate;
mod quantity;

use pest::Parser as _;
use pest::error::{Error as SyntaxError, ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use self::evaluate::{Function, Node, Operator};
use crate::config::alternatives;
use crate::error::{Error, ErrorCode, Result};

/// Made by `pest` of the grammar beside this file.
mod grammar {
    #![allow(missing_docs, missing_debug_implementations, reason = "it is made by a macro")]
    #[derive(pest_derive::Parser)]
    #[grammar = "scaling/formula/grammar.pest"]
    pub(super) struct Grammar;
}

pub(super) use quantity::HybridFormula;

use grammar::{Grammar, Rule};

/// Longer formulas are programs.
const LONGEST: usize = 2000;
/// Deeper ones cannot be read by anybody, and a reader that calls itself needs a limit.
const DEEPEST: usize = 32;

/// A formula that is understood. Names are places in the list that it was read with.
#[derive(Debug, Clone, PartialEq)]
struct Formula {
    root: Node,
    /// The places that it needs, in order.
    needs: Vec<usize>,
}

impl Formula {
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] with the column of what cannot be understood, and for a name that is not among
    /// `names`.
    fn read(text: &str, names: &[String]) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(invalid(&format!("it has {} letters, more than {LONGEST}", text.len())));
        }
        if let Some(at) = too_deep(text) {
            return Err(invalid(&format!("it is nested more than {DEEPEST} deep at column {at}"))
                .hint("write it with fewer brackets, questions or signs"));
        }
        let mut parsed = Grammar::parse(Rule::formula, text).map_err(|error| misread(text, &error))?;
        let mut reader = Reader { text, names, needs: Vec::new() };
        let choice = parsed.next().and_then(|formula| formula.into_inner().next());
        let root = choice.map_or_else(|| Err(invalid("it is empty")), |choice| reader.choice(choice))?;
        reader.needs.sort_unstable();
        reader.needs.dedup();
        Ok(Self { root, needs: reader.needs })
    }

    /// What it gives; none where something that it needs is missing. The number may be any, also none that is finite.
    fn evaluate(&self, value: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        let mut values = Vec::with_capacity(self.needs.len());
        for place in &self.needs {
            values.push(value(*place)?);
        }
        Some(self.root.evaluate(&|place| {
            let at = self.needs.binary_search(&place).ok();
            at.and_then(|at| values.get(at).copied()).unwrap_or(f64::NAN)
        }))
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::ConfigInvalid, format!("the formula cannot be understood: {message}")).field("formula")
}

/// The column, from 1, of a place in bytes.
fn column(text: &str, place: usize) -> usize {
    text.get(..place).map_or(text.len(), |before| before.chars().count()) + 1
}

/// The column where brackets, questions or signs are too deep in each other.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut signs) = (0_usize, 0_usize);
    for (at, letter) in text.chars().enumerate() {
        match letter {
            '(' | '?' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        signs = match letter {
            '-' => signs + 1,
            _ if letter.is_whitespace() => signs,
            _ => 0,
        };
        if depth.max(signs) > DEEPEST {
            return Some(at + 1);
        }
    }
    None
}

/// What the grammar expected, in words.
fn misread(text: &str, error: &SyntaxError<Rule>) -> Error {
    let place = match error.location {
        InputLocation::Pos(place) | InputLocation::Span((place, _)) => place,
    };
    let found = text.get(place..).and_then(|rest| rest.trim_start().chars().next());
    let found = found.map_or_else(|| "it ends".to_owned(), |letter| format!("there is {letter:?}"));
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => expected(positives),
        ErrorVariant::CustomError { message } => message.clone(),
    };
    invalid(&format!("at column {} {found}, where {expected} is expected", column(text, place)))
}

fn expected(rules: &[Rule]) -> String {
    let mut words: Vec<&str> = rules.iter().map(|rule| word(*rule)).collect();
    words.sort_unstable();
    words.dedup();
    match words.as_slice() {
        [] => "something else".to_owned(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

const fn word(rule: Rule) -> &'static str {
    match rule {
        Rule::EOI => "the end",
        Rule::number | Rule::operand | Rule::choice | Rule::sum | Rule::formula => "a number",
        Rule::call | Rule::function | Rule::name | Rule::plain | Rule::braced | Rule::letter => "a name",
        Rule::negative => "-",
        _ => "an operator",
    }
}

struct Reader<'a> {
    text: &'a str,
    names: &'a [String],
    needs: Vec<usize>,
}

impl Reader<'_> {
    fn choice(&mut self, pair: Pair<'_, Rule>) -> Result<Node> {
        let mut parts = pair.into_inner();
        let condition = self.sum(parts.next())?;
        match (parts.next(), parts.next()) {
            (Some(then), Some(otherwise)) => {
                let (then, otherwise) = (self.choice(then)?, self.choice(otherwise)?);
                Ok(Node::Choice(Box::new([condition, then, otherwise])))
            }
            _ => Ok(condition),
        }
    }

    fn sum(&mut self, pair: Option<Pair<'_, Rule>>) -> Result<Node> {
        let Some(pair) = pair else { return Err(incomplete()) };
        self.terms(pair.into_inner())
    }

    fn terms(&mut self, terms: Pairs<'_, Rule>) -> Result<Node> {
        let left = |rule| Op::infix(rule, Assoc::Left);
        let comparisons = left(Rule::below) | left(Rule::at_most) | left(Rule::above) | left(Rule::at_least);
        let binding = PrattParser::new()
            .op(left(Rule::or))
            .op(left(Rule::and))
            .op(comparisons | left(Rule::equal) | left(Rule::unequal))
            .op(left(Rule::plus) | left(Rule::minus))
            .op(left(Rule::times) | left(Rule::by) | left(Rule::remainder))
            .op(Op::prefix(Rule::negative));
        binding
            .map_primary(|operand| self.operand(operand))
            .map_prefix(|_, of| Ok(Node::Negative(Box::new(of?))))
            .map_infix(|left, operator, right| {
                let operator = Operator::of(operator.as_rule()).ok_or_else(incomplete)?;
                Ok(Node::Binary(operator, Box::new([left?, right?])))
            })
            .parse(terms)
    }

    fn operand(&mut self, pair: Pair<'_, Rule>) -> Result<Node> {
        match pair.as_rule() {
            Rule::number => {
                let place = column(self.text, pair.as_span().start());
                let number = pair.as_str().parse::<f64>().ok().filter(|number| number.is_finite());
                let number =
                    number.ok_or_else(|| invalid(&format!("{} at column {place} is too large", pair.as_str())));
                number.map(Node::Number)
            }
            Rule::call => self.call(pair),
            Rule::name => self.name(&pair),
            _ => self.choice(pair),
        }
    }

    fn call(&mut self, pair: Pair<'_, Rule>) -> Result<Node> {
        let place = column(self.text, pair.as_span().start());
        let mut parts = pair.into_inner();
        let name = parts.next().map_or("", |name| name.as_str());
        let function = Function::of(name).ok_or_else(incomplete)?;
        let arguments = parts.map(|argument| self.choice(argument)).collect::<Result<Vec<_>>>()?;
        if !function.takes(arguments.len()) {
            return Err(invalid(&format!("{name} at column {place} takes one number, not {}", arguments.len())));
        }
        Ok(Node::Call(function, arguments))
    }

    fn name(&mut self, pair: &Pair<'_, Rule>) -> Result<Node> {
        let place = column(self.text, pair.as_span().start());
        let name = pair.as_str().trim_start_matches('{').trim_end_matches('}');
        let Some(at) = self.names.iter().position(|known| known == name) else {
            let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
            return Err(invalid(&format!("there is no {name:?}, at column {place}")).hint(alternatives(
                name,
                &known,
                known.len(),
            )));
        };
        self.needs.push(at);
        Ok(Node::Name(at))
    }
}

/// The grammar gives no such thing.
fn incomplete() -> Error {
    Error::new(ErrorCode::Internal, "the grammar of formulas gave what it has no rule for").field("formula")
}
