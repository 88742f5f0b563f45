//! What a formula gives.

use super::grammar::Rule;

/// A part of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    /// Its place in the list of names.
    Name(usize),
    Negative(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    /// The condition, what holds with it, and what holds without.
    Choice(Box<[Node; 3]>),
    Call(Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Unequal,
    Plus,
    Minus,
    Times,
    By,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Min,
    Max,
    Ceil,
    Floor,
    Round,
    Abs,
    Sqrt,
}

impl Node {
    pub(super) fn evaluate(&self, value: &impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Name(place) => value(*place),
            Self::Negative(of) => -of.evaluate(value),
            Self::Binary(operator, sides) => {
                let [left, right] = sides.as_ref();
                operator.of_numbers(left.evaluate(value), right.evaluate(value))
            }
            Self::Choice(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                match condition.evaluate(value) {
                    // What is neither true nor false decides nothing.
                    condition if condition.is_nan() => f64::NAN,
                    0.0 => otherwise.evaluate(value),
                    _ => then.evaluate(value),
                }
            }
            Self::Call(function, arguments) => function.of_numbers(arguments.iter().map(|one| one.evaluate(value))),
        }
    }
}

impl Operator {
    pub(super) const fn of(rule: Rule) -> Option<Self> {
        Some(match rule {
            Rule::or => Self::Or,
            Rule::and => Self::And,
            Rule::below => Self::Below,
            Rule::at_most => Self::AtMost,
            Rule::above => Self::Above,
            Rule::at_least => Self::AtLeast,
            Rule::equal => Self::Equal,
            Rule::unequal => Self::Unequal,
            Rule::plus => Self::Plus,
            Rule::minus => Self::Minus,
            Rule::times => Self::Times,
            Rule::by => Self::By,
            Rule::remainder => Self::Remainder,
            _ => return None,
        })
    }

    fn of_numbers(self, left: f64, right: f64) -> f64 {
        // A number that is none must not become a plain yes or no.
        let truth = |holds: bool| if left.is_nan() || right.is_nan() { f64::NAN } else { f64::from(u8::from(holds)) };
        match self {
            Self::Or => truth(left != 0.0 || right != 0.0),
            Self::And => truth(left != 0.0 && right != 0.0),
            Self::Below => truth(left < right),
            Self::AtMost => truth(left <= right),
            Self::Above => truth(left > right),
            Self::AtLeast => truth(left >= right),
            Self::Equal => truth(left == right),
            Self::Unequal => truth(left != right),
            Self::Plus => left + right,
            Self::Minus => left - right,
            Self::Times => left * right,
            Self::By => left / right,
            Self::Remainder => left % right,
        }
    }
}

impl Function {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "min" => Self::Min,
            "max" => Self::Max,
            "ceil" => Self::Ceil,
            "floor" => Self::Floor,
            "round" => Self::Round,
            "abs" => Self::Abs,
            "sqrt" => Self::Sqrt,
            _ => return None,
        })
    }

    pub(super) const fn takes(self, arguments: usize) -> bool {
        matches!(self, Self::Min | Self::Max) || arguments == 1
    }

    fn of_numbers(self, mut numbers: impl Iterator<Item = f64>) -> f64 {
        // `f64::min` and `f64::max` would drop what is no number.
        let whole = |pick: fn(f64, f64) -> f64| {
            move |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { pick(a, b) }
        };
        let result = match self {
            Self::Min => numbers.reduce(whole(f64::min)),
            Self::Max => numbers.reduce(whole(f64::max)),
            Self::Ceil => numbers.next().map(f64::ceil),
            Self::Floor => numbers.next().map(f64::floor),
            Self::Round => numbers.next().map(f64::round),
            Self::Abs => numbers.next().map(f64::abs),
            Self::Sqrt => numbers.next().map(f64::sqrt),
        };
        result.unwrap_or(f64::NAN)
    }
}
