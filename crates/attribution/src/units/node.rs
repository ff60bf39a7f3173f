//! What YAML, JSON and CSV have in common, with the line of each table.

/// A table and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// From 1.
    pub line: usize,
    /// Names in the order of the text; none stands twice.
    pub fields: Vec<(String, Node)>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// `null`, `~` or nothing.
    Empty,
    /// A text, a number or a truth value, as it is written.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// What cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// From 1.
    pub line: usize,
    /// Why.
    pub message: String,
}

impl Node {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Table {
    /// The value of this name; `None` where it is not there or empty.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, node)| node).filter(|node| **node != Node::Empty)
    }

    /// The text of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }
}
