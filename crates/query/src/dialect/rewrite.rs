//! What the published dialects can say and the engine cannot, said in the engine's words.
//!
//! - `FROM t CROSS JOIN UNNEST(t.list) AS u(item)` is a subquery that unnests in its SELECT list.
//! - `EXISTS (SELECT … FROM UNNEST(t.list) AS u(item) WHERE test)` asks whether any item passes the test.
//! - `MONTH(x)` and its like are `EXTRACT`, `DATE(x)` is a cast.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, DateTimeField, Expr, ExtractSyntax, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, Join, JoinConstraint, JoinOperator, LambdaFunction, LambdaFunctionParameter, LambdaSyntax,
    ObjectName, OneOrManyWithParens, Query, Select, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, UnaryOperator,
    Value, Visit, VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// Rewrites a query in place.
pub(crate) fn rewrite(query: &mut Query) {
    name_expressions(query);
    let _ = VisitMut::visit(query, &mut Rewriting);
}

/// Names expressions by their text, so that two of them that mean the same may stand side by side.
fn name_expressions(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            let alias = Ident::with_quote('"', expr.to_string());
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        }
    }
}

struct Rewriting;

impl VisitorMut for Rewriting {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        selects(&mut query.body, &mut |select| {
            let mut renamed = Vec::new();
            join_commas(select);
            for table in &mut select.from {
                unnest_joins(table, &mut renamed);
            }
            if !renamed.is_empty() {
                let _ = VisitMut::visit(select, &mut Unqualify { names: renamed });
            }
        });
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(written) = any_item(expr).or_else(|| date_part(expr)) {
            *expr = written;
        }
        ControlFlow::Continue(())
    }
}

fn selects(body: &mut SetExpr, apply: &mut impl FnMut(&mut Select)) {
    match body {
        SetExpr::Select(select) => apply(select),
        SetExpr::SetOperation { left, right, .. } => {
            selects(left, apply);
            selects(right, apply);
        }
        _ => {}
    }
}

/// `FROM t, UNNEST(t.list)` is a cross join.
fn join_commas(select: &mut Select) {
    let mut at = 1;
    while at < select.from.len() {
        if select.from[at].joins.is_empty() && correlated_list(&select.from[at].relation).is_some() {
            let relation = select.from.remove(at).relation;
            let join_operator = JoinOperator::CrossJoin(JoinConstraint::None);
            select.from[at - 1].joins.push(Join { relation, global: false, join_operator });
        } else {
            at += 1;
        }
    }
}

/// The list and the name of its items, where this unnests a list of another table.
fn correlated_list(factor: &TableFactor) -> Option<(&Expr, &TableAlias)> {
    match factor {
        TableFactor::UNNEST { alias: Some(alias), array_exprs, with_offset: false, with_ordinality: false, .. } => {
            let [list] = array_exprs.as_slice() else { return None };
            let mut finder = ColumnFinder(false);
            let _ = Visit::visit(list, &mut finder);
            finder.0.then_some((list, alias))
        }
        _ => None,
    }
}

struct ColumnFinder(bool);

impl Visitor for ColumnFinder {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.0 |= matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        ControlFlow::Continue(())
    }
}

/// `UNNEST(x) AS u(item)` names the items `item`; `UNNEST(x) AS item`, as BigQuery has it, too.
fn item_name(alias: &TableAlias) -> Ident {
    alias.columns.first().map_or_else(|| alias.name.clone(), |column| column.name.clone())
}

/// Takes the joins with lists off a table, one after the other.
fn unnest_joins(table: &mut TableWithJoins, renamed: &mut Vec<Ident>) {
    while let Some(join) = table.joins.first() {
        let is_cross = matches!(
            join.join_operator,
            JoinOperator::CrossJoin(_) | JoinOperator::Join(JoinConstraint::None) | JoinOperator::Inner(JoinConstraint::None)
        );
        let Some((list, alias)) = correlated_list(&join.relation).filter(|_| is_cross) else { return };
        let Some(name) = relation_name(&table.relation) else { return };
        let (list, item) = (list.clone(), item_name(alias));
        renamed.push(alias.name.clone());
        table.joins.remove(0);
        table.relation = unnested(table.relation.clone(), name, list, item);
    }
}

fn relation_name(relation: &TableFactor) -> Option<Ident> {
    match relation {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Some(alias.name.clone())
        }
        TableFactor::Table { name, args: None, .. } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

/// `(SELECT *, unnest(list) AS item FROM relation) AS name`
fn unnested(relation: TableFactor, name: Ident, list: Expr, item: Ident) -> TableFactor {
    let frame = Parser::new(&PostgreSqlDialect {}).try_with_sql("SELECT *, list AS item FROM relation");
    let mut subquery = frame.and_then(|mut parser| parser.parse_query()).expect("this is a query");
    if let SetExpr::Select(select) = subquery.body.as_mut() {
        select.from = vec![TableWithJoins { relation, joins: Vec::new() }];
        select.projection.truncate(1);
        select.projection.push(SelectItem::ExprWithAlias { expr: call("unnest", vec![list]), alias: item });
    }
    let alias = TableAlias { explicit: true, name, columns: Vec::new(), at: None };
    TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value));
    let args = arguments.into_iter().map(argument).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// Writes `u.item` as `item` where `u` is no table any more.
struct Unqualify {
    names: Vec<Ident>,
}

impl VisitorMut for Unqualify {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [qualifier, name] = parts.as_slice()
            && self.names.iter().any(|known| known.value == qualifier.value && known.value != name.value)
        {
            *expr = Expr::Identifier(name.clone());
        }
        ControlFlow::Continue(())
    }
}

/// `EXISTS (SELECT … FROM UNNEST(list) AS u(item) WHERE test)` as `coalesce(array_any_match(list, item -> test), false)`.
fn any_item(expr: &Expr) -> Option<Expr> {
    let Expr::Exists { subquery, negated } = expr else { return None };
    let SetExpr::Select(select) = subquery.body.as_ref() else { return None };
    let [TableWithJoins { relation, joins }] = select.from.as_slice() else { return None };
    let (list, alias) = correlated_list(relation).filter(|_| joins.is_empty())?;
    let mut test = select.selection.clone()?;
    let _ = VisitMut::visit(&mut test, &mut Unqualify { names: vec![alias.name.clone()] });
    // The engine reads a parameter's name in lower case where it has no quotes.
    let name = Ident::with_quote('"', item_name(alias).value);
    let parameter = LambdaFunctionParameter { name, data_type: None };
    let lambda = Expr::Lambda(LambdaFunction {
        params: OneOrManyWithParens::One(parameter),
        body: Box::new(test),
        syntax: LambdaSyntax::Arrow,
    });
    let any = call("array_any_match", vec![list.clone(), lambda]);
    let written = call("coalesce", vec![any, Expr::Value(Value::Boolean(false).with_empty_span())]);
    Some(match negated {
        false => written,
        true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(written) },
    })
}

/// `MONTH(x)` as `EXTRACT(MONTH FROM x)`, `DATE(x)` as `CAST(x AS DATE)`.
fn date_part(expr: &Expr) -> Option<Expr> {
    let Expr::Function(function) = expr else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_slice() else { return None };
    let argument = Box::new(argument.clone());
    let field = match function.name.to_string().to_lowercase().as_str() {
        "year" => DateTimeField::Year,
        "quarter" => DateTimeField::Quarter,
        "month" => DateTimeField::Month,
        "week" | "weekofyear" => DateTimeField::Week(None),
        "day" | "dayofmonth" => DateTimeField::Day,
        "dayofweek" => DateTimeField::DayOfWeek,
        "dayofyear" => DateTimeField::DayOfYear,
        "hour" => DateTimeField::Hour,
        "minute" => DateTimeField::Minute,
        "date" => {
            return Some(Expr::Cast {
                kind: CastKind::Cast,
                expr: argument,
                data_type: DataType::Date,
                array: false,
                format: None,
            });
        }
        _ => return None,
    };
    Some(Expr::Extract { field, syntax: ExtractSyntax::From, expr: argument })
}

/// The names that the columns of an answer have in the query: the alias as it is written, else the text of the expression; `None`
/// for a column, which is called as its table calls it. Empty where a `*` hides how many there are.
pub(crate) fn output_names(query: &Query) -> Vec<Option<String>> {
    let mut body = query.body.as_ref();
    loop {
        match body {
            SetExpr::SetOperation { left, .. } => body = left.as_ref(),
            SetExpr::Query(inner) => body = inner.body.as_ref(),
            SetExpr::Select(select) => {
                return select.projection.iter().map(item_output_name).collect::<Option<_>>().unwrap_or_default();
            }
            _ => return Vec::new(),
        }
    }
}

fn item_output_name(item: &SelectItem) -> Option<Option<String>> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(Some(alias.value.clone())),
        SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => Some(None),
        SelectItem::UnnamedExpr(expr) => Some(Some(expr.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, tokens};
    use super::*;

    fn rewritten(query: &str) -> String {
        let mut query = parse(tokens(query).unwrap()).unwrap();
        rewrite(&mut query);
        query.to_string()
    }

    #[test]
    fn lists_are_unnested_in_a_subquery() {
        let expected = "SELECT c.a, item FROM (SELECT *, unnest(f(c.list)) AS item FROM focus c) AS c WHERE item > 1";
        assert_eq!(rewritten("SELECT c.a, item FROM focus c CROSS JOIN UNNEST(f(c.list)) AS u(item) WHERE u.item > 1"), expected);
        assert_eq!(rewritten("SELECT c.a, item FROM focus c, UNNEST(f(c.list)) AS item WHERE item > 1"), expected);
        let constant = "SELECT x FROM focus CROSS JOIN UNNEST([1, 2]) AS u (x)";
        assert_eq!(rewritten(constant), constant);
    }

    #[test]
    fn a_test_on_items_asks_whether_any_passes() {
        assert_eq!(
            rewritten("SELECT c.a FROM focus c WHERE EXISTS (SELECT 1 FROM UNNEST(c.list) AS u(item) WHERE u.item = 'x')"),
            "SELECT c.a FROM focus c WHERE coalesce(array_any_match(c.list, \"item\" -> item = 'x'), false)"
        );
    }

    #[test]
    fn parts_of_dates_are_extracted() {
        assert_eq!(
            rewritten("SELECT MONTH(a), date(b) AS day, c FROM t"),
            "SELECT EXTRACT(MONTH FROM a) AS \"MONTH(a)\", CAST(b AS DATE) AS day, c FROM t"
        );
    }

    #[test]
    fn columns_are_called_as_people_wrote_them() {
        let query = parse(tokens("SELECT a, SUM(b) AS Total, MONTH(c) FROM t UNION SELECT 1, 2, 3").unwrap()).unwrap();
        assert_eq!(output_names(&query), [None, Some("Total".to_owned()), Some("MONTH(c)".to_owned())]);
        assert!(output_names(&parse(tokens("SELECT *, a AS b FROM t").unwrap()).unwrap()).is_empty());
    }
}
