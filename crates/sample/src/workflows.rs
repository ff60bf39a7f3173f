//! The four workflows whose decisions are made by AI, by people, or by both.

/// How decisions of one kind of actor end, per mille; the rest is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub overridden: u64,
    pub wrong: u64,
    pub escalated: u64,
}

/// A workflow that makes decisions.
#[derive(Clone, Copy, Debug)]
pub struct Workflow {
    /// Its id.
    pub id: &'static str,
    /// The unit that it belongs to.
    pub unit: &'static str,
    /// The workloads that are its AI.
    pub workloads: &'static [&'static str],
    /// Who does the work without the AI.
    pub role: &'static str,
    /// Decisions in a mean hour, all actors together, in thousandths.
    pub(crate) decisions_an_hour: u64,
    /// Of 100 decisions: by the AI alone, and by the AI with a person's check. People make the others.
    pub(crate) by_ai: u64,
    pub(crate) checked: u64,
    pub(crate) ai_ends: Ends,
    pub(crate) checked_ends: Ends,
    pub(crate) person_ends: Ends,
    /// Minutes that a decision takes a person, and a check, in tenths.
    pub(crate) handling_tenths: u64,
    pub(crate) review_tenths: u64,
    /// What a wrong decision costs, in cents.
    pub(crate) error_cents: u64,
    /// Wage of the people an hour, in cents.
    pub(crate) wage_cents: u64,
    /// Share of a person's decisions that are wrong, per mille, as measured.
    pub(crate) person_error_per_mille: u64,
}

/// All four.
pub(crate) const WORKFLOWS: &[Workflow] = &[
    Workflow {
        id: "claims-triage",
        unit: "claims-triage",
        workloads: &["claims-triage", "claims-agent"],
        role: "claims examiner",
        decisions_an_hour: 25_000,
        by_ai: 71,
        checked: 11,
        ai_ends: Ends { overridden: 5, wrong: 21, escalated: 38 },
        checked_ends: Ends { overridden: 62, wrong: 9, escalated: 0 },
        person_ends: Ends { overridden: 0, wrong: 26, escalated: 4 },
        handling_tenths: 52,
        review_tenths: 13,
        error_cents: 1185,
        wage_cents: 3140,
        person_error_per_mille: 26,
    },
    Workflow {
        id: "invoice-processing",
        unit: "invoice-processing",
        workloads: &["invoice-reader"],
        role: "accounts payable clerk",
        decisions_an_hour: 15_000,
        by_ai: 64,
        checked: 22,
        ai_ends: Ends { overridden: 0, wrong: 14, escalated: 61 },
        checked_ends: Ends { overridden: 48, wrong: 6, escalated: 0 },
        person_ends: Ends { overridden: 0, wrong: 19, escalated: 7 },
        handling_tenths: 84,
        review_tenths: 16,
        error_cents: 5300,
        wage_cents: 2410,
        person_error_per_mille: 19,
    },
    Workflow {
        id: "loan-prescreening",
        unit: "loan-prescreening",
        workloads: &["loan-prescreen"],
        role: "credit analyst",
        decisions_an_hour: 5_400,
        by_ai: 0,
        checked: 78,
        ai_ends: Ends { overridden: 0, wrong: 0, escalated: 0 },
        checked_ends: Ends { overridden: 83, wrong: 7, escalated: 21 },
        person_ends: Ends { overridden: 0, wrong: 15, escalated: 12 },
        handling_tenths: 263,
        review_tenths: 61,
        error_cents: 41_200,
        wage_cents: 3790,
        person_error_per_mille: 15,
    },
    Workflow {
        id: "support-replies",
        unit: "support-replies",
        workloads: &["reply-writer", "reply-judge"],
        role: "contact centre agent",
        decisions_an_hour: 31_000,
        by_ai: 58,
        checked: 17,
        ai_ends: Ends { overridden: 0, wrong: 33, escalated: 94 },
        checked_ends: Ends { overridden: 71, wrong: 11, escalated: 0 },
        person_ends: Ends { overridden: 0, wrong: 29, escalated: 16 },
        handling_tenths: 71,
        review_tenths: 9,
        error_cents: 640,
        wage_cents: 1980,
        person_error_per_mille: 29,
    },
];
