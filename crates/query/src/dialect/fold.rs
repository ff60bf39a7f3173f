//! Names in any case.

use std::collections::HashMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Brings every identifier to one spelling: that of the column or table it names, else that of its first appearance.
///
/// FOCUS names have capitals, and people write `billedcost`, `BilledCost` and `"BILLEDCOST"`, with the same meaning. Where a table
/// has two columns that differ in case alone, their names are taken as they are written.
pub(crate) fn fold<'a>(tokens: &[TokenWithSpan], columns: impl Iterator<Item = &'a str>, tables: &[&str]) -> Vec<TokenWithSpan> {
    let mut spellings: HashMap<String, Option<String>> = HashMap::new();
    for column in columns {
        let known = spellings.entry(column.to_lowercase()).or_insert_with(|| Some(column.to_owned()));
        if known.as_deref().is_some_and(|known| known != column) {
            *known = None;
        }
    }
    for table in tables {
        spellings.entry(table.to_lowercase()).or_insert_with(|| Some((*table).to_owned()));
    }
    let mut folded = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let mut token = token.clone();
        if let Token::Word(word) = &mut token.token
            && !(word.quote_style.is_none() && is_called(tokens, at))
        {
            let spelling = spellings.entry(word.value.to_lowercase()).or_insert_with(|| Some(word.value.clone()));
            if let Some(spelling) = spelling {
                word.value.clone_from(spelling);
            }
        }
        folded.push(token);
    }
    json_subscripts(folded)
}

/// A word before a parenthesis is a function, whose name is read in any case anyway.
fn is_called(tokens: &[TokenWithSpan], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|next| next.token == Token::LParen)
}

/// `Tags["team"]`, as FOCUS publishes it, is `Tags->>'team'`.
fn json_subscripts(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut written = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if let [open, key, close, ..] = &tokens[at..]
            && open.token == Token::LBracket
            && close.token == Token::RBracket
            && at > 0
            && is_column(&tokens[at - 1].token)
            && let Some(key) = quoted(&key.token)
        {
            written.push(TokenWithSpan { token: Token::LongArrow, span: open.span });
            written.push(TokenWithSpan { token: Token::SingleQuotedString(key), span: close.span });
            at += 3;
        } else {
            written.push(tokens[at].clone());
            at += 1;
        }
    }
    written
}

/// `ARRAY['x']` is a list, not a tag of ARRAY.
fn is_column(token: &Token) -> bool {
    let is_name = |word: &Word| word.keyword == Keyword::NoKeyword || word.value.eq_ignore_ascii_case("Tags");
    matches!(token, Token::Word(word) if is_name(word))
}

fn quoted(token: &Token) -> Option<String> {
    match token {
        Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => Some(text.clone()),
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, tokens};
    use super::*;

    fn folded(query: &str) -> String {
        let columns = ["BilledCost", "InvoiceId", "Tags", "Id", "ID"];
        parse(fold(&tokens(query).unwrap(), columns.into_iter(), &["focus"])).unwrap().to_string()
    }

    #[test]
    fn names_take_the_spelling_of_the_column() {
        assert_eq!(folded("SELECT INVOICEID FROM FOCUS"), "SELECT InvoiceId FROM focus");
        assert_eq!(folded("SELECT f.`billedcost` FROM focus f"), "SELECT f.`BilledCost` FROM focus f");
        assert_eq!(
            folded("SELECT SUM(billedcost) AS Cost FROM focus ORDER BY COST"),
            "SELECT SUM(BilledCost) AS Cost FROM focus ORDER BY Cost"
        );
        assert_eq!(folded("SELECT 'billedcost'"), "SELECT 'billedcost'");
    }

    #[test]
    fn names_that_only_their_case_tells_apart_stay() {
        assert_eq!(folded("SELECT Id, ID FROM focus"), "SELECT Id, ID FROM focus");
    }

    #[test]
    fn a_subscript_reads_a_tag() {
        assert_eq!(folded("SELECT Tags[\"Team\"], tags['x'] FROM focus"), "SELECT Tags ->> 'Team', Tags ->> 'x' FROM focus");
        assert_eq!(folded("SELECT ARRAY['x']"), "SELECT ARRAY['x']");
    }
}
