//! SQL as FinOps people write it: FOCUS names in any case, parameters, and details of the dialects in which queries are published.
//!
//! A query is read into tokens once. Parameters become literal tokens, which nothing reads as SQL again. Identifiers are brought
//! to the spelling of the columns. What PostgreSQL's grammar makes of the tokens is then rewritten to what the engine knows.

mod bind;
mod fold;
mod rewrite;

use datafusion::sql::sqlparser::ast::{Query, Statement};
use datafusion::sql::sqlparser::dialect::{GenericDialect, PostgreSqlDialect};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

pub(crate) use bind::bind;
pub use bind::{Parameter, Parameters};
pub(crate) use fold::fold;
pub(crate) use rewrite::{output_names, rewrite};

use crate::{QueryError, Table};

/// The longest query that is read. Published ones have two thousand characters.
const LONGEST_QUERY: usize = 256 << 10;

/// The query's tokens, without blanks and comments. Names may stand in double quotes or backticks.
pub(crate) fn tokens(query: &str) -> Result<Vec<TokenWithSpan>, QueryError> {
    if query.len() > LONGEST_QUERY {
        return Err(QueryError::Refused(format!("the query has more than {} KiB", LONGEST_QUERY >> 10)));
    }
    let mut tokens = Tokenizer::new(&GenericDialect {}, query)
        .tokenize_with_location()
        .map_err(|error| QueryError::Refused(format!("the query cannot be read: {error}")))?;
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    Ok(tokens)
}

/// The one SELECT that the tokens are.
pub(crate) fn parse(tokens: Vec<TokenWithSpan>) -> Result<Query, QueryError> {
    // PostgreSQL's operators bind as people expect: `Tags->>'team' = 'search'` compares the tag, not the word 'team'.
    let mut statements = Parser::new(&PostgreSqlDialect {})
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| QueryError::Refused(format!("the query cannot be read: {}", plain(&error.to_string()))))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(select)), true) => Ok(*select),
        (Some(_), true) => Err(refused("this is no SELECT")),
        (Some(_), false) => Err(refused("these are several statements")),
        (None, _) => Err(refused("the query is empty")),
    }
}

fn refused(what: &str) -> QueryError {
    QueryError::Refused(format!("{what}. Only one SELECT is allowed, over the tables {}", Table::list()))
}

/// The parser's message without its prefix.
fn plain(message: &str) -> &str {
    message.strip_prefix("sql parser error: ").unwrap_or(message)
}
