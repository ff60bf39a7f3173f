//! YAML to nodes. Texts are taken as they are written: `no` is a text and `0470` keeps its zero.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::node::{Node, Table, Unreadable};

/// A document has two levels; what is much deeper is no units document.
const DEEPEST: usize = 32;

/// Reads a text that holds one document.
pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let mut open: Vec<Open> = Vec::new();
    let mut whole: Option<Node> = None;
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error: ScanError| Unreadable {
            line: error.marker().line().max(1),
            message: format!("this is not YAML: {}", error.info()),
        })?;
        let line = span.start.line().max(1);
        let refuse = |message: &str| Err(Unreadable { line, message: message.to_owned() });
        let done = match event {
            Event::Alias(_) => return refuse("aliases (*name) are not read: write the value out"),
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return refuse("there is a second document here: keep one");
                }
                None
            }
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return refuse("lists and tables stand in each other too deeply for a units document");
            }
            Event::SequenceStart(..) => {
                open.push(Open { line, node: Node::List(Vec::new()), name: None });
                None
            }
            Event::MappingStart(..) => {
                open.push(Open { line, node: Node::Table(Table { line, fields: Vec::new() }), name: None });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.node),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => None,
        };
        match (done, open.last_mut()) {
            (Some(node), Some(inner)) => inner.add(node, line)?,
            (Some(node), None) => whole = Some(node),
            (None, _) => {}
        }
    }
    Ok(whole.unwrap_or(Node::Empty))
}

/// A list or table whose end has not come yet.
struct Open {
    line: usize,
    node: Node,
    /// The name whose value comes next.
    name: Option<String>,
}

impl Open {
    fn add(&mut self, node: Node, line: usize) -> Result<(), Unreadable> {
        match &mut self.node {
            Node::List(items) => items.push(node),
            Node::Table(table) => match (self.name.take(), node) {
                (Some(name), node) => table.fields.push((name, node)),
                (None, Node::Text(name)) if table.fields.iter().any(|(known, _)| *known == name) => {
                    return Err(Unreadable {
                        line,
                        message: format!("{name:?} stands twice in the table of line {}", self.line),
                    });
                }
                (None, Node::Text(name)) => self.name = Some(name),
                (None, other) => {
                    return Err(Unreadable { line, message: format!("{} cannot be a name in a table", other.kind()) });
                }
            },
            _ => unreachable!("only lists and tables are opened"),
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Node {
    match style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        true => Node::Empty,
        false => Node::Text(text.to_owned()),
    }
}
