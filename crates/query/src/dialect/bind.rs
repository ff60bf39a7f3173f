//! Values in the places of parameters.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use crate::QueryError;

/// A value for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, as its decimal text.
    Number(String),
    /// A text; it also serves as a date, a moment or a number where it is compared with one.
    Text(String),
}

/// The values of a query's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// For `?`, in order, and for `$1`, `$2` ….
    pub positional: Vec<Parameter>,
    /// For `:name` and `$name`.
    pub named: BTreeMap<String, Parameter>,
}

impl Parameters {
    /// Values as they are typed: `name=value` for a name that the query has, any other text for the next place.
    ///
    /// # Errors
    /// When the query cannot be read.
    pub fn from_texts(query: &str, texts: &[String]) -> Result<Self, QueryError> {
        let tokens = super::tokens(query)?;
        let places = places(&tokens);
        let names: BTreeSet<&str> = places.iter().filter_map(|place| place.name.as_deref()).collect();
        let mut parameters = Self::default();
        for text in texts {
            match text.split_once('=') {
                Some((name, value)) if names.contains(name) => {
                    parameters.named.insert(name.to_owned(), Parameter::Text(value.to_owned()));
                }
                _ => parameters.positional.push(Parameter::Text(text.clone())),
            }
        }
        Ok(parameters)
    }
}

/// A parameter in a query: the tokens that stand for it.
struct Place {
    first: usize,
    length: usize,
    /// Its name; `None` for one by position.
    name: Option<String>,
    /// The number after `$`; `None` for `?`.
    number: Option<usize>,
}

fn places(tokens: &[TokenWithSpan]) -> Vec<Place> {
    let mut places = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::Placeholder(text) => {
                let rest = text.trim_start_matches(['?', '$']);
                let number = rest.parse().ok();
                let name = (number.is_none() && !rest.is_empty()).then(|| rest.to_owned());
                places.push(Place { first: at, length: 1, name, number });
            }
            // `::` is a token of its own, so a lone colon before a word begins a name.
            Token::Colon => {
                if let Some(Token::Word(word)) = tokens.get(at + 1).map(|next| &next.token) {
                    places.push(Place { first: at, length: 2, name: Some(word.value.clone()), number: None });
                }
            }
            _ => {}
        }
    }
    places
}

/// The tokens with a literal in the place of each parameter. Literals are tokens: no value is read as SQL, whatever is in it.
pub(crate) fn bind(tokens: Vec<TokenWithSpan>, parameters: &Parameters) -> Result<Vec<TokenWithSpan>, QueryError> {
    let places = places(&tokens);
    let positional = places.iter().filter(|place| place.name.is_none() && place.number.is_none()).count();
    let numbered = places.iter().filter_map(|place| place.number).max().unwrap_or(0);
    let wanted = positional.max(numbered);
    if wanted != parameters.positional.len() {
        let given = parameters.positional.len();
        return Err(QueryError::Refused(format!(
            "the query has {wanted} parameters by position (? or $1) and {given} values were given"
        )));
    }
    let known: BTreeSet<&str> = places.iter().filter_map(|place| place.name.as_deref()).collect();
    if let Some(name) = parameters.named.keys().find(|name| !known.contains(name.as_str())) {
        return Err(QueryError::Refused(format!("the query has no parameter :{name}")));
    }
    let mut bound = Vec::with_capacity(tokens.len());
    let mut places = places.into_iter().peekable();
    let mut next = 0;
    let mut at = 0;
    while at < tokens.len() {
        match places.next_if(|place| place.first == at) {
            None => {
                bound.push(tokens[at].clone());
                at += 1;
            }
            Some(place) => {
                let value = match (&place.name, place.number) {
                    (Some(name), _) => parameters.named.get(name).ok_or_else(|| missing(&format!(":{name}")))?,
                    (None, Some(number)) => {
                        let index = number.checked_sub(1).ok_or_else(|| missing("$0"))?;
                        &parameters.positional[index]
                    }
                    (None, None) => {
                        next += 1;
                        &parameters.positional[next - 1]
                    }
                };
                let counts = bound.last().is_some_and(is_count_keyword);
                let span = tokens[at].span;
                bound.extend(literal(value, counts).into_iter().map(|token| TokenWithSpan { token, span }));
                at += place.length;
            }
        }
    }
    Ok(bound)
}

fn missing(parameter: &str) -> QueryError {
    QueryError::Refused(format!("no value was given for the parameter {parameter}"))
}

/// True for the words after which only a number can stand.
fn is_count_keyword(token: &TokenWithSpan) -> bool {
    matches!(&token.token, Token::Word(word) if matches!(word.keyword, Keyword::LIMIT | Keyword::OFFSET | Keyword::FIRST | Keyword::NEXT))
}

fn literal(value: &Parameter, is_count: bool) -> Vec<Token> {
    let word = |value: &str, keyword| Token::Word(Word { value: value.to_owned(), quote_style: None, keyword });
    match value {
        Parameter::Null => vec![word("NULL", Keyword::NULL)],
        Parameter::Boolean(true) => vec![word("TRUE", Keyword::TRUE)],
        Parameter::Boolean(false) => vec![word("FALSE", Keyword::FALSE)],
        Parameter::Number(text) => number(text),
        Parameter::Text(text) if is_count && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => number(text),
        Parameter::Text(text) => vec![Token::SingleQuotedString(text.clone())],
    }
}

fn number(text: &str) -> Vec<Token> {
    match text.strip_prefix('-') {
        Some(digits) => vec![Token::Minus, Token::Number(digits.to_owned(), false)],
        None => vec![Token::Number(text.to_owned(), false)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(query: &str, texts: &[&str]) -> Result<String, String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let parameters = Parameters::from_texts(query, &texts).map_err(|error| error.to_string())?;
        let tokens = bind(super::super::tokens(query).unwrap(), &parameters).map_err(|error| error.to_string())?;
        Ok(super::super::parse(tokens).map_err(|error| error.to_string())?.to_string())
    }

    #[test]
    fn values_take_the_places_of_parameters() {
        assert_eq!(bound("SELECT ? , '?'", &["a'b"]).unwrap(), "SELECT 'a''b', '?'");
        assert_eq!(bound("SELECT $2, $1", &["1", "2"]).unwrap(), "SELECT '2', '1'");
        assert_eq!(bound("SELECT :to, $from", &["from=1=2", "to=3"]).unwrap(), "SELECT '3', '1=2'");
        assert_eq!(bound("SELECT 1 LIMIT ?", &["10"]).unwrap(), "SELECT 1 LIMIT 10");
        assert_eq!(
            bound("SELECT x::text FROM focus WHERE y = ?", &["k=v"]).unwrap(),
            "SELECT x::TEXT FROM focus WHERE y = 'k=v'"
        );
    }

    #[test]
    fn a_value_is_never_read_as_sql() {
        let attack = "x' OR 1=1; DROP TABLE focus; --";
        let query = bound("SELECT 1 FROM focus WHERE ServiceName = ?", &[attack]).unwrap();
        assert_eq!(query, "SELECT 1 FROM focus WHERE ServiceName = 'x'' OR 1=1; DROP TABLE focus; --'");
    }

    #[test]
    fn missing_and_superfluous_values_are_named() {
        assert!(bound("SELECT ?, ?", &["1"]).unwrap_err().contains("has 2 parameters by position (? or $1) and 1 values"));
        assert!(bound("SELECT 1", &["1"]).unwrap_err().contains("0 parameters"));
        assert!(bound("SELECT :a", &[]).unwrap_err().contains(":a"));
        assert!(bound("SELECT $0", &[]).is_err());
    }
}
