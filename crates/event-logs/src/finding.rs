use std::io;

/// What a finding did to its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The event is not among those handed over.
    SetAside,
    /// It is, changed or doubted as the message says.
    Kept,
}

/// Something wrong with events of a file, put together by rule and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name for the kind: `no-activity`.
    pub rule: &'static str,
    /// The file's own name of the attribute or column, or empty where the event as a whole is meant.
    pub key: String,
    /// What became of the events.
    pub effect: Effect,
    /// How many.
    pub count: u64,
    /// The first of them, counted from 1 in the file (in CSV the header is row 1).
    pub rows: Vec<u64>,
    /// The case of the first, where it is known.
    pub case: String,
    /// Cause and next step, said of the first.
    pub message: String,
}

/// The findings of a file. Kinds beyond a limit are counted under the rule `more-kinds`.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    set_aside: u64,
}

const MOST_KINDS: usize = 500;
const ROWS_NAMED: usize = 5;

impl Findings {
    pub(crate) fn add(
        &mut self,
        rule: &'static str,
        key: &str,
        effect: Effect,
        row: u64,
        case: &str,
        message: impl FnOnce() -> String,
    ) {
        if effect == Effect::SetAside {
            self.set_aside += 1;
        }
        let full = self.found.len() >= MOST_KINDS;
        let known = self.found.iter_mut().find(|finding| finding.rule == rule && finding.key == key && finding.effect == effect);
        match known {
            Some(finding) => {
                finding.count += 1;
                if finding.rows.len() < ROWS_NAMED {
                    finding.rows.push(row);
                }
            }
            None if full => self.add_more(effect, row, case),
            None => {
                let (key, case) = (key.to_owned(), case.to_owned());
                self.found.push(Finding { rule, key, effect, count: 1, rows: vec![row], case, message: message() });
            }
        }
    }

    fn add_more(&mut self, effect: Effect, row: u64, case: &str) {
        match self.found.iter_mut().find(|finding| finding.rule == "more-kinds" && finding.effect == effect) {
            Some(finding) => finding.count += 1,
            None => self.found.push(Finding {
                rule: "more-kinds",
                key: String::new(),
                effect,
                count: 1,
                rows: vec![row],
                case: case.to_owned(),
                message: format!(
                    "more than {MOST_KINDS} kinds of findings: these are counted only. Mend the first ones and import again"
                ),
            }),
        }
    }

    /// All of them, in the order in which they came up.
    pub fn all(&self) -> &[Finding] {
        &self.found
    }

    /// How many events were set aside.
    pub fn set_aside(&self) -> u64 {
        self.set_aside
    }
}

/// What decoding a file gave.
#[derive(Clone, Debug, Default)]
pub struct DecodeReport {
    /// Events read, those set aside too.
    pub events: u64,
    /// Events handed over. More than were read where an event belongs to several cases, or states its begin and its end.
    pub handed_over: u64,
    /// What there is to say.
    pub findings: Findings,
}

/// Why a file cannot be decoded, or not further.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes could not be read.
    #[error(
        "event {event}: the file could not be read further: {source}. Check that it was delivered whole, then import it again"
    )]
    Read {
        /// The last event that was begun, from 1.
        event: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// No XML, no JSON, no CSV, or not to its end.
    #[error(
        "event {event}: {message}. Check that the file was delivered whole and that its format is the one named, then import it again"
    )]
    Syntax {
        /// The last event that was begun, from 1.
        event: u64,
        /// What the reader said.
        message: String,
    },
    /// Another kind of file.
    #[error("{0}")]
    NotThis(String),
    /// A column or an object type without which no event means anything.
    #[error("{0}")]
    Mapping(String),
    /// Something larger than any log needs.
    #[error("event {event}: {what} is larger than {limit}. Look for a quote or a tag that is never closed")]
    TooLarge {
        /// The last event that was begun, from 1.
        event: u64,
        /// What.
        what: &'static str,
        /// The limit, with its unit.
        limit: String,
    },
}
