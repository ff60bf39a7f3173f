//! What a draft of the rules would move, before it is published.

use farthing_attribution::preview;
use farthing_types::{BillingPeriod, Selection};

use crate::documents::rules_of;
use crate::home::blocking;
use crate::{Error, Farthing};

pub use farthing_attribution::Preview as RulesPreview;

impl Farthing {
    /// Attributes a period under the published rules and under a draft, and shows the difference. Publishes nothing.
    ///
    /// # Errors
    /// All that is wrong with the draft; when the period has no charges.
    pub async fn preview_rules(&self, text: &str, name: &str, period: BillingPeriod) -> Result<RulesPreview, Error> {
        let tree = self.units_in_force().await?.map(|units| units.document.tree()).unwrap_or_default();
        let draft = rules_of(text, name, &tree)?;
        let (published, _) = self.rules().await?;
        let fields = published.fields_read();
        let also: Vec<&str> = fields.iter().map(String::as_str).collect();
        let charges = self.selected_charges(Selection::Period(period), &draft, &also).await?;
        // Whose usage is depends on the rules as well: a draft may give a workload to another unit.
        let before = self.drivers(&published, period.window()).await?;
        let after = self.drivers(&draft, period.window()).await?;
        blocking(move || Ok(preview([&published, &draft], &charges.as_input(), [&before, &after])?)).await
    }
}
