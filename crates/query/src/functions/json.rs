//! JSON in text columns, `Tags` among them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, ListBuilder, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::json_text::{Path, text_of, values_at};

/// What a function gives of the value that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reading {
    /// The value as JSON.
    Json,
    /// The value as text: strings without their quotes, `null` as no value.
    Text,
    /// As [`Reading::Text`], but objects and lists are no value.
    Scalar,
    /// The items of the list that it is, as JSON.
    Items,
    /// Whether it is there.
    Exists,
}

/// A function that reads a value out of a JSON text.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Json {
    name: &'static str,
    reading: Reading,
    /// The second argument of `->` is the name of a member, unless it begins with `$`.
    is_member: bool,
    signature: Signature,
}

/// The functions by name.
pub(super) fn functions() -> Vec<Json> {
    let function =
        |name, reading| Json { name, reading, is_member: false, signature: Signature::user_defined(Volatility::Immutable) };
    vec![
        function("json_extract", Reading::Json),
        function("json_query", Reading::Json),
        function("json_extract_string", Reading::Text),
        function("json_extract_path_text", Reading::Text),
        function("json_value", Reading::Scalar),
        function("json_extract_array", Reading::Items),
        function("json_exists", Reading::Exists),
    ]
}

impl Json {
    /// `->` and `->>`.
    pub fn member(reading: Reading) -> Self {
        let name = if reading == Reading::Text { "json_member_text" } else { "json_member" };
        Self { name, reading, is_member: true, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn path(&self, text: &str) -> Result<Path> {
        let path = if self.is_member && !text.starts_with('$') { Some(Path::member(text)) } else { Path::parse(text) };
        match path {
            Some(path) => Ok(path),
            None => exec_err!("{text:?} is no JSON path: write it as '$.name', '$.list[0]' or '$.list[*]'"),
        }
    }

    /// A path with `[*]` gives a list, and must be known before the query runs.
    fn gives_list(&self, path: Option<&ScalarValue>) -> Result<bool> {
        match (self.reading, path.and_then(|path| path.try_as_str().flatten())) {
            (Reading::Items, _) => Ok(true),
            (Reading::Exists, _) | (_, None) => Ok(false),
            (_, Some(path)) => Ok(self.path(path)?.is_many()),
        }
    }

    fn read(&self, texts: &StringArray, paths: &StringArray, many: bool) -> Result<ArrayRef> {
        let path_of = |row: usize| if paths.len() == 1 { 0 } else { row };
        let mut known: Option<(String, Path)> = None;
        let mut results = Results::new(self.reading, many);
        for row in 0..texts.len() {
            let at = path_of(row);
            if texts.is_null(row) || paths.is_null(at) {
                results.none();
                continue;
            }
            if known.as_ref().is_none_or(|(text, _)| text != paths.value(at)) {
                known = Some((paths.value(at).to_owned(), self.path(paths.value(at))?));
            }
            let (_, path) = known.as_ref().expect("it was just set");
            results.add(self.reading, &values_at(texts.value(row), path));
        }
        Ok(results.finish())
    }
}

impl ScalarUDFImpl for Json {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types.len() {
            2 => Ok(vec![DataType::Utf8; 2]),
            _ => plan_err!("{} takes a JSON text and a path", self.name),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{} gives what its path says", self.name)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let many = self.gives_list(arguments.scalar_arguments.get(1).copied().flatten())?;
        Ok(Arc::new(Field::new(self.name, data_type(self.reading, many), true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let many = matches!(arguments.return_type(), DataType::List(_));
        let [text, path] = arguments.args.as_slice() else { return exec_err!("{} takes a JSON text and a path", self.name) };
        let constant = matches!((text, path), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { arguments.number_rows };
        let texts = text.to_array(rows)?;
        let paths = match path {
            ColumnarValue::Scalar(path) => path.to_array()?,
            ColumnarValue::Array(paths) => paths.clone(),
        };
        let result = self.read(texts.as_string(), paths.as_string(), many)?;
        Ok(if constant { ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?) } else { ColumnarValue::Array(result) })
    }
}

fn data_type(reading: Reading, many: bool) -> DataType {
    match (reading, many) {
        (Reading::Exists, _) => DataType::Boolean,
        (_, true) => DataType::new_list(DataType::Utf8, true),
        (_, false) => DataType::Utf8,
    }
}

enum Results {
    Flags(BooleanBuilder),
    Texts(StringBuilder),
    Lists(ListBuilder<StringBuilder>),
}

impl Results {
    fn new(reading: Reading, many: bool) -> Self {
        match data_type(reading, many) {
            DataType::Boolean => Self::Flags(BooleanBuilder::new()),
            DataType::List(_) => Self::Lists(ListBuilder::new(StringBuilder::new())),
            _ => Self::Texts(StringBuilder::new()),
        }
    }

    fn none(&mut self) {
        match self {
            Self::Flags(flags) => flags.append_null(),
            Self::Texts(texts) => texts.append_null(),
            Self::Lists(lists) => lists.append_null(),
        }
    }

    fn add(&mut self, reading: Reading, found: &[&str]) {
        let items = Path::parse("$[*]").expect("this is a path");
        match self {
            Self::Flags(flags) => flags.append_value(!found.is_empty()),
            Self::Texts(texts) => texts.append_option(found.first().and_then(|value| shown(reading, value))),
            Self::Lists(lists) => {
                let found = match (reading, found) {
                    (Reading::Items, [list]) => values_at(list, &items),
                    _ => found.to_vec(),
                };
                for value in &found {
                    lists.values().append_option(shown(reading, value));
                }
                lists.append(true);
            }
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Flags(mut flags) => Arc::new(flags.finish()),
            Self::Texts(mut texts) => Arc::new(texts.finish()),
            Self::Lists(mut lists) => Arc::new(lists.finish()),
        }
    }
}

fn shown(reading: Reading, value: &str) -> Option<String> {
    match reading {
        Reading::Json | Reading::Items | Reading::Exists => Some(value.to_owned()),
        Reading::Scalar if value.starts_with(['{', '[']) => None,
        Reading::Text | Reading::Scalar => text_of(value),
    }
}
