//! A question in SQL: taken apart and checked before any table is opened.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{ObjectName, Query, Statement, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::dialect;
use crate::{Parameters, QueryError, Table};

/// Functions that stand where a table may stand. None of them reads anything.
const TABLE_FUNCTIONS: [&str; 2] = ["generate_series", "range"];

/// One SELECT, its parameters bound, over tables that exist.
///
/// Nothing else passes: no other statement, no second one, no file, no URL, no function that gives a table but
/// `generate_series` and `range`.
#[derive(Clone, Debug)]
pub struct Question {
    tokens: Vec<TokenWithSpan>,
    tables: BTreeSet<Table>,
}

impl Question {
    /// Reads a query and puts the values in the places of its parameters: `?` and `$1` by position, `:name` and `$name` by name.
    ///
    /// # Errors
    /// [`QueryError::Refused`] when it is not one SELECT, names a table that does not exist, or has other parameters.
    pub fn parse(query: &str, parameters: &Parameters) -> Result<Self, QueryError> {
        let tokens = dialect::bind(dialect::tokens(query)?, parameters)?;
        let select = dialect::parse(tokens.clone())?;
        let tables = tables(&select)?;
        Ok(Self { tokens, tables })
    }

    /// The tables that it names.
    pub fn tables(&self) -> &BTreeSet<Table> {
        &self.tables
    }

    /// False where the query cannot read a column of this name.
    pub fn may_read(&self, column: &str) -> bool {
        let names = |token: &TokenWithSpan| matches!(&token.token, Token::Word(word) if word.value.eq_ignore_ascii_case(column));
        self.asks_for_all_columns() || self.tokens.iter().any(names)
    }

    /// True where a `*` stands for columns: after SELECT, a comma or the point behind a table's name.
    pub(crate) fn asks_for_all_columns(&self) -> bool {
        let opens = |token: &Token| match token {
            Token::Comma | Token::Period => true,
            Token::Word(word) => matches!(word.keyword, Keyword::SELECT | Keyword::DISTINCT | Keyword::ALL),
            _ => false,
        };
        self.tokens.windows(2).any(|pair| pair[1].token == Token::Mul && opens(&pair[0].token))
    }

    pub(crate) fn tokens(&self) -> &[TokenWithSpan] {
        &self.tokens
    }
}

fn tables(select: &Query) -> Result<BTreeSet<Table>, QueryError> {
    let mut functions = TableFunctions::default();
    let _ = select.visit(&mut functions);
    let refused = |name: &str| QueryError::Refused(format!("{name} is no table: the tables are {}", Table::list()));
    for name in &functions.names {
        let plain = name.to_string().to_lowercase();
        if !TABLE_FUNCTIONS.contains(&plain.as_str()) {
            return Err(refused(&name.to_string()));
        }
    }
    let statement = EngineStatement::Statement(Box::new(Statement::Query(Box::new(select.clone()))));
    let (relations, ctes) = resolve_table_references(&statement, false).map_err(QueryError::planning)?;
    let is_cte = |name: &str| ctes.iter().any(|cte| cte.table().eq_ignore_ascii_case(name));
    let mut tables = BTreeSet::new();
    for relation in relations {
        let name = relation.to_string();
        let is_function = functions.names.iter().any(|function| function.to_string() == name);
        match Table::named(relation.table()) {
            Some(table) if relation.schema().is_none() => {
                tables.insert(table);
            }
            _ if is_function || is_cte(&name) => {}
            _ => return Err(refused(&name)),
        }
    }
    Ok(tables)
}

/// Names that are called where a table may stand.
#[derive(Default)]
struct TableFunctions {
    names: Vec<ObjectName>,
}

impl Visitor for TableFunctions {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => self.names.push(name.clone()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Vec<Table>, String> {
        let question = Question::parse(query, &Parameters::default()).map_err(|error| error.to_string())?;
        Ok(question.tables().iter().copied().collect())
    }

    #[test]
    fn tables_are_known_by_every_name_in_any_case() {
        assert_eq!(ask("SELECT 1 FROM focus_data_table"), Ok(vec![Table::Focus]));
        assert_eq!(ask("select 1 from FOCUS f join Usage u on true"), Ok(vec![Table::Focus, Table::Usage]));
        assert_eq!(ask("WITH mine AS (SELECT 1 AS one FROM focus) SELECT one FROM Mine"), Ok(vec![Table::Focus]));
        assert_eq!(ask("SELECT value FROM generate_series(1, 3)"), Ok(vec![]));
        assert_eq!(ask("SELECT 1"), Ok(vec![]));
    }

    #[test]
    fn files_urls_and_foreign_tables_are_refused_unread() {
        for query in [
            "SELECT * FROM '/etc/passwd.parquet'",
            "SELECT * FROM \"/etc/passwd.csv\"",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM parquet_metadata('x')",
            "SELECT * FROM information_schema.tables",
            "SELECT * FROM other.public.focus",
            "SELECT * FROM focus WHERE 1 IN (SELECT x FROM secrets)",
        ] {
            let refusal = ask(query).unwrap_err();
            assert!(refusal.contains("the tables are focus"), "{query}: {refusal}");
        }
    }

    #[test]
    fn nothing_but_one_select_passes() {
        for query in [
            "DROP TABLE focus",
            "INSERT INTO focus VALUES (1)",
            "UPDATE focus SET BilledCost = 0",
            "DELETE FROM focus",
            "COPY focus TO '/tmp/x.csv'",
            "COPY (SELECT * FROM focus) TO '/tmp/x.csv'",
            "CREATE TABLE t AS SELECT * FROM focus",
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
            "SET datafusion.execution.batch_size = 1",
            "EXPLAIN ANALYZE SELECT * FROM focus",
            "SELECT 1; SELECT 2",
            "SELECT 1; DROP TABLE focus",
            "PREPARE p AS SELECT 1",
            "",
            "--",
        ] {
            assert!(ask(query).is_err(), "{query}");
        }
        assert!(ask("SELECT 1 ;").is_ok());
    }
}
