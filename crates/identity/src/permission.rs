//! What can be done.

use std::fmt;

/// A kind of thing to do. Which role may do which stands in [`Role::permissions`](crate::Role::permissions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Read reports, facts in sums, documents without people's data.
    Read,
    /// Read rates of people, their times and what they decided.
    ReadPeople,
    /// Ask anything of the facts in SQL.
    Query,
    /// Bring facts in.
    Import,
    /// Publish rules, units, budgets and the other documents.
    Publish,
    /// Make plans and replay them.
    Propose,
    /// Decide on what others proposed or asked for.
    Approve,
    /// Say something about what was proposed, and doubt it.
    Comment,
    /// Close months.
    Close,
    /// Ask to open a closed month again.
    AskToReopen,
    /// Decide on models in the review of a quarter.
    Review,
    /// Read the record of changes.
    Audit,
    /// Ask for runs of jobs and look after what is stored.
    Operate,
    /// Add people and tokens, and take away what they may do.
    Administer,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Read,
        Self::ReadPeople,
        Self::Query,
        Self::Import,
        Self::Publish,
        Self::Propose,
        Self::Approve,
        Self::Comment,
        Self::Close,
        Self::AskToReopen,
        Self::Review,
        Self::Audit,
        Self::Operate,
        Self::Administer,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadPeople => "read-people",
            Self::Query => "query",
            Self::Import => "import",
            Self::Publish => "publish",
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::Comment => "comment",
            Self::Close => "close",
            Self::AskToReopen => "ask-to-reopen",
            Self::Review => "review",
            Self::Audit => "audit",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }

    /// False where nothing is different afterwards.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read | Self::ReadPeople | Self::Query | Self::Audit)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
