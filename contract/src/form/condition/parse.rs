//! From the text of a condition to a checked expression, or to the first thing that is wrong with it and its column.

use super::{Comparison, Expression};
use crate::form::name::{Found, Scope, Type};

/// Longest condition.
const CONDITION_MAX_CHARS: usize = 2_000;

/// Deepest nesting of parentheses and `!`.
const DEPTH_MAX: u32 = 32;

/// What is wrong, at which character (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConditionError {
    pub column: u32,
    pub message: String,
}

fn error<T>(column: u32, message: impl Into<String>) -> Result<T, ConditionError> {
    Err(ConditionError { column, message: message.into() })
}

/// Reads a condition: must be a yes or no.
pub(crate) fn parse(text: &str, scope: Scope<'_>) -> Result<Expression, ConditionError> {
    if text.chars().count() > CONDITION_MAX_CHARS {
        return error(1, format!("longer than {CONDITION_MAX_CHARS} characters"));
    }
    let tokens = tokens(text)?;
    let end = u32::try_from(text.chars().count()).unwrap_or(u32::MAX).saturating_add(1);
    let mut parser = Parser { tokens: &tokens, position: 0, end, depth: 0, scope };
    let whole = parser.any()?;
    if let Some(token) = parser.peek() {
        return error(token.column, format!("unexpected {}", token.kind.words()));
    }
    let whole = whole.must_be(Type::Yes, "a condition")?;
    Ok(whole.expression)
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    column: u32,
    kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
enum TokenKind {
    /// A name, with its dots.
    Name(String),
    Text(String),
    Number(i64),
    Sign(&'static str),
}

impl TokenKind {
    fn words(&self) -> String {
        match self {
            Self::Name(name) => format!("`{name}`"),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => format!("{number}"),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

/// Longer signs first.
const SIGNS: &[&str] = &["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ","];

fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1_u32;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if matches!(first, ' ' | '\t' | '\n' | '\r') {
            (None, 1)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length =
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            let (name, _) = rest.split_at(length);
            if name.ends_with('.') || name.contains("..") {
                return error(column, format!("`{name}` is not a whole name"));
            }
            (Some(TokenKind::Name(name.to_owned())), length)
        } else if first.is_ascii_digit() {
            let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, after) = rest.split_at(length);
            if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '.') {
                return error(column, "only whole numbers can be written");
            }
            match digits.parse() {
                Ok(number) => (Some(TokenKind::Number(number)), length),
                Err(_) => return error(column, "the number is too large"),
            }
        } else if first == '\'' || first == '"' {
            let (text, length) = quoted(rest, first, column)?;
            (Some(TokenKind::Text(text)), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Some(TokenKind::Sign(sign)), sign.len())
        } else {
            let hint = match first {
                '=' => "; to compare, write `==`",
                '&' => "; AND is written `&&`",
                '|' => "; OR is written `||`",
                _ => "",
            };
            return error(column, format!("`{}` has no meaning here{hint}", first.escape_default()));
        };
        if let Some(kind) = kind {
            tokens.push(Token { column, kind });
        }
        let (taken, remaining) = rest.split_at(length);
        column = column.saturating_add(u32::try_from(taken.chars().count()).unwrap_or(u32::MAX));
        rest = remaining;
    }
    Ok(tokens)
}

/// A text in quotes at the start of `rest`, and the bytes that it takes up.
fn quoted(rest: &str, quote: char, column: u32) -> Result<(String, usize), ConditionError> {
    let mut text = String::new();
    for (index, letter) in rest.char_indices().skip(1) {
        if letter == quote {
            return Ok((text, index + letter.len_utf8()));
        }
        if letter == '\\' || letter.is_control() {
            return error(column, "a text in quotes holds no backslash and no line break");
        }
        text.push(letter);
    }
    error(column, "the quote is not closed")
}

/// An expression with its type and place.
struct Typed<'s> {
    expression: Expression,
    kind: Type,
    column: u32,
    /// Where it is nothing but a name: what is known about it.
    found: Option<Found<'s>>,
}

impl Typed<'_> {
    fn must_be(self, kind: Type, what: &str) -> Result<Self, ConditionError> {
        if self.kind == kind {
            return Ok(self);
        }
        error(self.column, format!("{what} must be {}, this is {}", kind.words(), self.kind.words()))
    }

    /// The texts that are written out here.
    fn literals(&self) -> &[String] {
        match &self.expression {
            Expression::Text(text) => std::slice::from_ref(text),
            Expression::Texts(texts) => texts,
            _ => &[],
        }
    }
}

struct Parser<'t, 's> {
    tokens: &'t [Token],
    position: usize,
    /// Column behind the text.
    end: u32,
    depth: u32,
    scope: Scope<'s>,
}

impl<'t, 's> Parser<'t, 's> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.position)
    }

    /// Takes the next sign if it is one of `signs`.
    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        match self.peek()?.kind {
            TokenKind::Sign(sign) if signs.contains(&sign) => {
                self.position += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), ConditionError> {
        match self.take(&[sign]) {
            Some(_) => Ok(()),
            None => match self.peek() {
                Some(token) => error(token.column, format!("expected `{sign}`, found {}", token.kind.words())),
                None => error(self.end, format!("expected `{sign}`")),
            },
        }
    }

    fn any(&mut self) -> Result<Typed<'s>, ConditionError> {
        self.chain("||", Self::all, Expression::Any)
    }

    fn all(&mut self) -> Result<Typed<'s>, ConditionError> {
        self.chain("&&", Self::relation, Expression::All)
    }

    /// `part sign part sign …`, flat, so that long chains are not deep.
    fn chain(
        &mut self,
        sign: &'static str,
        part: fn(&mut Self) -> Result<Typed<'s>, ConditionError>,
        whole: fn(Vec<Expression>) -> Expression,
    ) -> Result<Typed<'s>, ConditionError> {
        let first = part(self)?;
        if self.take(&[sign]).is_none() {
            return Ok(first);
        }
        let what = format!("a side of `{sign}`");
        let column = first.column;
        let mut parts = vec![first.must_be(Type::Yes, &what)?.expression];
        loop {
            parts.push(part(self)?.must_be(Type::Yes, &what)?.expression);
            if self.take(&[sign]).is_none() {
                return Ok(Typed { expression: whole(parts), kind: Type::Yes, column, found: None });
            }
        }
    }

    fn relation(&mut self) -> Result<Typed<'s>, ConditionError> {
        let left = self.unary()?;
        let Some(token) = self.peek() else { return Ok(left) };
        let whole = if token.kind == TokenKind::Name("in".to_owned()) {
            self.position += 1;
            let right = self.unary()?;
            membership(left, right)?
        } else if let Some(sign) = self.take(&["==", "!=", "<=", ">=", "<", ">"]) {
            let right = self.unary()?;
            comparison(left, sign, right, token.column)?
        } else {
            return Ok(left);
        };
        match self.peek() {
            Some(next) if matches!(next.kind, TokenKind::Sign("==" | "!=" | "<=" | ">=" | "<" | ">")) => {
                error(next.column, "comparisons cannot be chained; join two with `&&`")
            }
            _ => Ok(whole),
        }
    }

    fn unary(&mut self) -> Result<Typed<'s>, ConditionError> {
        let Some(token) = self.peek() else { return error(self.end, "expected a value") };
        if self.take(&["!"]).is_none() {
            return self.primary();
        }
        let inner = self.deeper(token.column, Self::unary)?.must_be(Type::Yes, "what follows `!`")?;
        Ok(Typed {
            expression: Expression::Not(Box::new(inner.expression)),
            kind: Type::Yes,
            column: token.column,
            found: None,
        })
    }

    fn deeper(
        &mut self,
        column: u32,
        inner: fn(&mut Self) -> Result<Typed<'s>, ConditionError>,
    ) -> Result<Typed<'s>, ConditionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return error(column, format!("nested deeper than {DEPTH_MAX}"));
        }
        let typed = inner(self)?;
        self.depth -= 1;
        Ok(typed)
    }

    fn primary(&mut self) -> Result<Typed<'s>, ConditionError> {
        let Some(token) = self.peek() else { return error(self.end, "expected a value") };
        self.position += 1;
        let column = token.column;
        let literal = |expression, kind| Ok(Typed { expression, kind, column, found: None });
        match &token.kind {
            TokenKind::Text(text) => literal(Expression::Text(text.clone()), Type::Text),
            TokenKind::Number(number) => literal(Expression::Number(*number), Type::Number),
            TokenKind::Name(name) if name == "true" => literal(Expression::Yes(true), Type::Yes),
            TokenKind::Name(name) if name == "false" => literal(Expression::Yes(false), Type::Yes),
            TokenKind::Name(name) if name == "in" => error(column, "expected a value, found `in`"),
            TokenKind::Name(name) if matches!(self.peek(), Some(Token { kind: TokenKind::Sign("("), .. })) => {
                if name != "size" {
                    return error(column, format!("unknown function `{name}`; there is only `size`"));
                }
                self.position += 1;
                let inner = self.deeper(column, Self::any)?;
                self.expect(")")?;
                let inner = inner.must_be(Type::List, "what `size` counts")?;
                literal(Expression::Size(Box::new(inner.expression)), Type::Number)
            }
            TokenKind::Name(name) => match self.scope.find(name) {
                Ok(found) => {
                    Ok(Typed { expression: Expression::Name(found.name), kind: found.kind, column, found: Some(found) })
                }
                Err(message) => error(column, message),
            },
            TokenKind::Sign("(") => {
                let inner = self.deeper(column, Self::any)?;
                self.expect(")")?;
                Ok(inner)
            }
            TokenKind::Sign("[") => literal(Expression::Texts(self.texts(column)?), Type::List),
            sign @ TokenKind::Sign(_) => error(column, format!("expected a value, found {}", sign.words())),
        }
    }

    /// The rest of a list of texts.
    fn texts(&mut self, column: u32) -> Result<Vec<String>, ConditionError> {
        let mut texts = Vec::new();
        loop {
            match self.peek() {
                Some(Token { kind: TokenKind::Text(text), .. }) => texts.push(text.clone()),
                Some(token) => {
                    return error(token.column, format!("a list holds texts in quotes, not {}", token.kind.words()));
                }
                None => return error(column, "the list is not closed"),
            }
            self.position += 1;
            if self.take(&[","]).is_none() {
                self.expect("]")?;
                return Ok(texts);
            }
        }
    }
}

fn membership<'s>(left: Typed<'s>, right: Typed<'s>) -> Result<Typed<'s>, ConditionError> {
    let left = left.must_be(Type::Text, "the left side of `in`")?;
    let right = right.must_be(Type::List, "the right side of `in`")?;
    refuse_impossible(&left, &right)?;
    refuse_impossible(&right, &left)?;
    Ok(Typed {
        column: left.column,
        expression: Expression::In(Box::new(left.expression), Box::new(right.expression)),
        kind: Type::Yes,
        found: None,
    })
}

fn comparison<'s>(
    left: Typed<'s>,
    sign: &'static str,
    right: Typed<'s>,
    column: u32,
) -> Result<Typed<'s>, ConditionError> {
    let comparison = match sign {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        _ => Comparison::GreaterOrEqual,
    };
    let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let fits = left.kind == right.kind
        && left.kind != Type::List
        && (!ordered || matches!(left.kind, Type::Number | Type::Day));
    if !fits {
        let (left, right) = (left.kind.words(), right.kind.words());
        return error(column, format!("`{sign}` does not fit between {left} and {right}"));
    }
    refuse_impossible(&left, &right)?;
    refuse_impossible(&right, &left)?;
    Ok(Typed {
        column: left.column,
        expression: Expression::Compare(comparison, Box::new(left.expression), Box::new(right.expression)),
        kind: Type::Yes,
        found: None,
    })
}

/// A name compared with a text that it can never be is a slip of the author's.
fn refuse_impossible(name: &Typed<'_>, written: &Typed<'_>) -> Result<(), ConditionError> {
    let Some(found) = &name.found else { return Ok(()) };
    match written.literals().iter().find_map(|text| found.refusal(text)) {
        Some(message) => error(written.column, message),
        None => Ok(()),
    }
}
