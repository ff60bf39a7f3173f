//! SCIM groups (RFC 7643) as units: what a directory gives away of an organisation.
//!
//! A list response, or an array of resources. Groups are units, users are passed over. A group is called by its `externalId`, or
//! its `id`; it stands below the group that has it among its `members`, or below the one that its own `parent` names. What SCIM has
//! no words for may stand in the group itself or in an extension (a table whose name begins with `urn:`): `costCenter`, `owners`
//! (texts, or tables with `display` or `value`), `manager`, `currency`, `budget`, `from`, `until`, `succeededBy`.

use std::collections::BTreeMap;

use super::node::{Node, Table};
use super::problem::{UnitCause, UnitProblem};
use super::read::{Listed, span};

/// True for what has SCIM's schemas or resources.
pub(super) fn is_scim(node: &Node) -> bool {
    match node {
        Node::Table(table) => table.get("Resources").is_some() || table.get("schemas").is_some(),
        Node::List(items) => matches!(items.first(), Some(Node::Table(table)) if table.get("schemas").is_some()),
        _ => false,
    }
}

/// Reads the groups.
pub(super) fn read(node: &Node, problems: &mut Vec<UnitProblem>) -> Listed {
    let mut fail = |line: usize, message: String| {
        problems.push(UnitProblem { line: Some(line), unit: None, cause: UnitCause::Shape(message) });
    };
    let resources: Vec<&Table> = match node {
        Node::List(items) => items.iter().filter_map(table).collect(),
        Node::Table(list) => {
            let resources: Vec<&Table> = match list.get("Resources") {
                Some(Node::List(items)) => items.iter().filter_map(table).collect(),
                _ => vec![list],
            };
            let total = list.text("totalResults").and_then(|total| total.parse::<usize>().ok());
            if let Some(total) = total.filter(|total| *total != resources.len()) {
                let here = resources.len();
                fail(list.line, format!("the list says that there are {total} resources and has {here}: fetch all of its pages"));
            }
            resources
        }
        _ => Vec::new(),
    };
    let (users, groups): (Vec<&Table>, Vec<&Table>) = resources.into_iter().partition(|resource| is_user(resource));
    let mut called: BTreeMap<&str, &str> = BTreeMap::new();
    for group in &groups {
        let name = group.text("externalId").or_else(|| group.text("id"));
        if let (Some(id), Some(name)) = (group.text("id"), name) {
            called.insert(id, name);
        }
    }
    let mut above: BTreeMap<&str, &str> = BTreeMap::new();
    for group in &groups {
        let Some(parent) = group.text("id").and_then(|id| called.get(id).copied()) else { continue };
        for member in members(group) {
            let Some(child) = member.text("value").and_then(|id| called.get(id).copied()) else { continue };
            if let Some(other) = above.insert(child, parent).filter(|other| *other != parent) {
                fail(
                    group.line,
                    format!("the group {child:?} is a member of {other:?} and of {parent:?}: it can stand below one"),
                );
            }
        }
    }
    let spans = groups.iter().filter_map(|group| span(&unit(group, &called, &above), problems)).collect();
    let passed_over = (!users.is_empty()).then(|| format!("{} resources are users and were passed over", users.len()));
    Listed { spans, passed_over: passed_over.into_iter().collect() }
}

fn table(node: &Node) -> Option<&Table> {
    match node {
        Node::Table(table) => Some(table),
        _ => None,
    }
}

fn is_user(resource: &Table) -> bool {
    let Some(Node::List(schemas)) = resource.get("schemas") else { return resource.get("userName").is_some() };
    schemas.iter().any(|schema| matches!(schema, Node::Text(text) if text.ends_with(":User")))
}

/// The members of a group that may be groups.
fn members(group: &Table) -> impl Iterator<Item = &Table> {
    let members = match group.get("members") {
        Some(Node::List(members)) => members.as_slice(),
        _ => &[],
    };
    members.iter().filter_map(table).filter(|member| member.text("type") != Some("User"))
}

/// A group with the names of a units document.
fn unit(group: &Table, called: &BTreeMap<&str, &str>, above: &BTreeMap<&str, &str>) -> Table {
    let extensions = group.fields.iter().filter(|(name, _)| name.starts_with("urn:")).filter_map(|(_, node)| table(node));
    let tables: Vec<&Table> = std::iter::once(group).chain(extensions).collect();
    let find = |names: &[&str]| names.iter().find_map(|name| tables.iter().find_map(|table| table.get(name))).cloned();
    let id = group.text("externalId").or_else(|| group.text("id"));
    let own = id.map(str::to_owned).map(Node::Text);
    let parent = find(&["parent", "parentId"]).map(|node| match said(&node) {
        Some(parent) => Node::Text(called.get(parent).map_or_else(|| parent.to_owned(), |name| (*name).to_owned())),
        None => node,
    });
    let member_of = id.and_then(|id| above.get(id)).map(|parent| Node::Text((*parent).to_owned()));
    let fields = [
        ("id", own),
        ("name", find(&["displayName", "name"])),
        ("parent", parent.or(member_of)),
        ("owners", find(&["owners", "owner", "manager"]).map(people)),
        ("cost_center", find(&["costCenter", "cost_center"])),
        ("currency", find(&["currency"])),
        ("budget", find(&["budget"])),
        ("from", find(&["from", "validFrom"])),
        ("until", find(&["until", "validUntil"])),
        ("succeeded_by", find(&["succeededBy", "succeeded_by"])),
    ];
    let fields = fields.into_iter().filter_map(|(name, node)| Some((name.to_owned(), node?))).collect();
    Table { line: group.line, fields }
}

/// The text of a value, or of a reference.
fn said(node: &Node) -> Option<&str> {
    match node {
        Node::Text(text) => Some(text),
        Node::Table(table) => table.text("value"),
        _ => None,
    }
}

/// People as texts: a reference is called by what it displays.
fn people(node: Node) -> Node {
    let one = |node: Node| match &node {
        Node::Table(person) => {
            let name = ["displayName", "display", "value"].into_iter().find_map(|name| person.text(name));
            name.map_or(node.clone(), |name| Node::Text(name.to_owned()))
        }
        _ => node,
    };
    match node {
        Node::List(items) => Node::List(items.into_iter().map(one).collect()),
        other => Node::List(vec![one(other)]),
    }
}
