use farthing_collectors::source::{COMMON, Field, KindLine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Farthing, FormatLine, bill_formats};

/// What can be collected, and what each kind of source is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceKinds {
    /// The kinds.
    pub kinds: Vec<KindLine>,
    /// What files of bills can be, beside what their columns tell by themselves.
    pub bills: Vec<FormatLine>,
    /// What a source of any kind may be told as well.
    pub common: &'static [Field],
}

impl Farthing {
    /// What this program can collect.
    pub fn source_kinds() -> SourceKinds {
        SourceKinds { kinds: KindLine::all().copied().collect(), bills: bill_formats(), common: COMMON }
    }
}
