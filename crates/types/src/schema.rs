//! How these types read in the descriptions of the API: each is one text in JSON.

use std::borrow::Cow;

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{Amount, BillingPeriod, Cost, Currency, ModelId, Quantity, SourceName, UnitId, Window, WorkflowId, WorkloadId};

fn text(about: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about)).examples([example])
}

macro_rules! texts {
    ($($name:ident: $schema:expr;)*) => {
        $(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    $schema.into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )*
    };
}

texts! {
    Amount: text("An exact decimal with up to 18 places.", "61208.4").pattern(Some(r"^-?\d+(\.\d+)?$"));
    Quantity: text("An exact decimal with up to 18 places.", "12.5").pattern(Some(r"^-?\d+(\.\d+)?$"));
    Currency: text("An ISO 4217 code.", "USD").pattern(Some("^[A-Z]{3}$"));
    BillingPeriod: text("A calendar month, UTC.", "2026-05").pattern(Some(r"^\d{4}-\d{2}$"));
    Cost: text("Which of the four costs of FOCUS.", "effective").enum_values(Some(Cost::ALL.map(Cost::as_str)));
    SourceName: text("Where facts come from.", "aws");
    UnitId: text("A unit of the published rules.", "claims-triage");
    WorkloadId: text("A model deployment that serves demand.", "triage");
    ModelId: text("A model.", "gpt-4o-2024-08-06");
    WorkflowId: text("A workflow that makes decisions.", "claims-triage");
}

impl PartialSchema for Window {
    fn schema() -> RefOr<Schema> {
        let moment =
            |about: &str, example: &str| text(about, example).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        ObjectBuilder::new()
            .description(Some("A span of time."))
            .property("from", moment("Its first moment.", "2026-05-01T00:00:00Z"))
            .property("to", moment("The first moment after it.", "2026-06-01T00:00:00Z"))
            .required("from")
            .required("to")
            .into()
    }
}

impl ToSchema for Window {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Window")
    }
}
