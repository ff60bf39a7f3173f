//! Domain values as canonical text in a column.

use std::fmt::Display;
use std::str::FromStr;

use farthing_types::Amount;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, Value, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable};

/// A value that is written to the database as its text and read back only from that very text.
///
/// Text is the one form that SQLite and PostgreSQL both return as it was given: SQLite has no decimals, no UUIDs and no
/// enumerations, and turns what looks like a number in a numeric column into a binary fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stored<T>(pub(crate) T);

/// Money in the database: canonical decimal text, never `REAL`.
pub(crate) type StoredAmount = Stored<Amount>;

impl<T: FromStr + Display> Stored<T> {
    /// Reads the text, and refuses one that the program would not have written.
    fn read(text: &str) -> Option<Self> {
        let value: T = text.parse().ok()?;
        (value.to_string() == text).then_some(Self(value))
    }
}

impl<T: Display> From<Stored<T>> for Value {
    fn from(stored: Stored<T>) -> Self {
        stored.0.to_string().into()
    }
}

impl<T: FromStr + Display> TryGetable for Stored<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        Self::read(&text).ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            let kind = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
            TryGetError::DbErr(DbErr::Type(format!(
                "column {index:?} holds {shown:?}, which is no {kind} as this program writes it"
            )))
        })
    }
}

impl<T: FromStr + Display> ValueType for Stored<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let text = <String as ValueType>::try_from(value)?;
        Self::read(&text).ok_or(ValueTypeErr)
    }

    fn type_name() -> String {
        "Stored".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl<T> Nullable for Stored<T> {
    fn null() -> Value {
        String::null()
    }
}

impl<T> TryFromU64 for Stored<T> {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        // Only keys counted by the database are made from a number; ours are made by the caller.
        Err(DbErr::ConvertFromU64("Stored"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        assert_eq!(StoredAmount::read("1.5"), Some(Stored("1.5".parse().unwrap())));
        for text in ["1.50", "01.5", "+1.5", "1.5e0", " 1.5", "", "NaN", "1,5"] {
            assert_eq!(StoredAmount::read(text), None, "{text:?}");
        }
    }
}
