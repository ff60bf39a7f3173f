use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use farthing_application::{Answer, AnswerFormat, AnswerWriter, Error, Means, Parameter, Parameters, SqlQuery};
use farthing_types::{BillingPeriod, SourceName};
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::auth::Acting;

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// One SELECT, with FOCUS names in any case, over the tables `focus` (also `focus_data_table`: one row a charge), `focus_daily` (the
    /// same sums, added up by day and key columns), `usage`, `decisions`, `event_logs`, `contract_commitment`, `invoice_detail`, `billing_period`,
    /// `attributed` (charges with the unit that they went to, or why none has them) and `statements` (the lines of chargeback).
    #[schema(
        example = "SELECT ServiceName, SUM(BilledCost) AS cost FROM focus WHERE ProviderName = ? GROUP BY ServiceName ORDER BY cost DESC"
    )]
    query: String,
    /// The values of its parameters: a list for `?` and `$1`, an object for `:name`. A text also serves as date, moment or
    /// decimal.
    #[serde(default)]
    #[schema(example = json!(["AWS"]))]
    parameters: Option<Values>,
    /// Only the facts of this billing period.
    #[schema(example = "2026-05")]
    period: Option<String>,
    /// The facts as they were at this moment, RFC 3339.
    #[schema(format = DateTime)]
    as_of: Option<String>,
    /// Only the facts of this source.
    source: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Values {
    /// By position.
    List(Vec<Value>),
    /// By name.
    Named(BTreeMap<String, Value>),
}

/// Read-only SQL over the facts
///
/// The form of the answer is what `Accept` asks for: `application/json` (an array of objects, one a row, in column order;
/// decimals are strings, times RFC 3339), `application/x-ndjson`, `text/csv`, `application/vnd.apache.arrow.stream` or
/// `application/vnd.apache.parquet`. Rows are sent as they come; where a limit is reached after the first of them the answer
/// breaks off without its proper end.
#[utoipa::path(
    post, path = "/v1/sql", tag = "facts", request_body = Question,
    responses(
        (status = 200, description = "The rows", content(
            ([Value] = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (Vec<u8> = "application/vnd.apache.parquet")
        )),
        (status = 400, description = "No SELECT, or it makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "None of the accepted forms is one that answers have", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields, or the query needs too much time, memory or disk", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn sql(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<Question>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(question) = body?;
    let format = accepted(&headers)?;
    let farthing = api.as_of(question.as_of.as_deref())?;
    let query = query(question)?;
    // Decisions and events are what people did: who reads them is on record, as for reports about people.
    if api.principal.means != Means::Machine && query.reads_people()? {
        api.farthing.record_people_read(&api.principal, "/v1/sql").await?;
    }
    streamed(farthing.sql(&query).await?, format).await
}

/// An answer that is sent row by row as it is found: no more than one batch of it is ever held.
pub(crate) async fn streamed(answer: Answer, format: AnswerFormat) -> Result<Response, Problem> {
    let mut sending = Sending::new(answer, format)?;
    // Most that can go wrong does so before the first row, and then the answer is a problem and no broken list.
    let first = sending.step().await?;
    let rest = stream::unfold(sending, |mut sending| async {
        let sent = sending.step().await.inspect_err(|error| tracing::error!("an answer broke off: {error}"));
        sent.transpose().map(|sent| (sent, sending))
    });
    // Compression asks once more after the end, which an unfolded stream does not bear.
    let body = Body::from_stream(stream::iter(first.map(Ok)).chain(rest).fuse());
    let response = Response::builder().header(header::CONTENT_TYPE, format.media_type()).body(body);
    response.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// An answer under way.
struct Sending {
    answer: Answer,
    /// Gone after the last row, and after an error.
    writer: Option<AnswerWriter<Buffer>>,
    buffer: Buffer,
}

impl Sending {
    fn new(answer: Answer, format: AnswerFormat) -> Result<Self, Error> {
        let buffer = Buffer::default();
        let writer = AnswerWriter::new(format, answer.schema(), buffer.clone())?;
        Ok(Self { answer, writer: Some(writer), buffer })
    }

    /// What is to be sent next; `None` after the end.
    async fn step(&mut self) -> Result<Option<Bytes>, Error> {
        while let Some(mut writer) = self.writer.take() {
            match self.answer.next().await {
                Some(batch) => {
                    writer.write(&batch?)?;
                    self.writer = Some(writer);
                }
                None => {
                    writer.finish()?;
                }
            }
            let bytes = self.buffer.take();
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
        }
        Ok(None)
    }
}

/// Bytes that were written and not yet sent.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        self.0.lock().map(|mut bytes| std::mem::take(&mut *bytes)).unwrap_or_default()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut buffer = self.0.lock().map_err(|_| std::io::Error::other("a writer stopped half way"))?;
        buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn query(question: Question) -> Result<SqlQuery, Problem> {
    let wrong = |error: String| Problem::new(StatusCode::BAD_REQUEST, error);
    let period = question.period.as_deref().map(str::parse::<BillingPeriod>).transpose();
    let source = question.source.as_deref().map(str::parse::<SourceName>).transpose();
    let parameters = match question.parameters {
        None => Parameters::default(),
        Some(Values::List(values)) => {
            Parameters { positional: values.into_iter().map(parameter).collect::<Result<_, _>>()?, ..Parameters::default() }
        }
        Some(Values::Named(values)) => Parameters {
            named: values.into_iter().map(|(name, value)| Ok((name, parameter(value)?))).collect::<Result<_, Problem>>()?,
            ..Parameters::default()
        },
    };
    Ok(SqlQuery {
        query: question.query,
        parameters,
        period: period.map_err(|error| wrong(error.to_string()))?,
        source: source.map_err(|error| wrong(format!("source: {error}")))?,
    })
}

fn parameter(value: Value) -> Result<Parameter, Problem> {
    Ok(match value {
        Value::Null => Parameter::Null,
        Value::Bool(value) => Parameter::Boolean(value),
        Value::Number(number) => Parameter::Number(number.to_string()),
        Value::String(text) => Parameter::Text(text),
        Value::Array(_) | Value::Object(_) => {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "a parameter is a text, a number, true, false or null"));
        }
    })
}

/// The forms of answers, and their names.
pub(crate) const FORMS: [(&str, AnswerFormat); 5] = [
    ("json", AnswerFormat::Json),
    ("ndjson", AnswerFormat::Ndjson),
    ("csv", AnswerFormat::Csv),
    ("arrow", AnswerFormat::Arrow),
    ("parquet", AnswerFormat::Parquet),
];

/// The first form that the client accepts and answers have.
pub(crate) fn accepted(headers: &HeaderMap) -> Result<AnswerFormat, Problem> {
    let forms = FORMS.map(|(_, form)| form);
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    for range in accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim()) {
        let matches = |form: &&AnswerFormat| match range.split_once('/') {
            Some(("*", "*")) => true,
            Some((kind, "*")) => form.media_type().starts_with(&format!("{kind}/")),
            _ => form.media_type() == range,
        };
        if let Some(form) = forms.iter().find(matches) {
            return Ok(*form);
        }
    }
    let known = forms.map(AnswerFormat::media_type).join(", ");
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, format!("none of {accept} is a form that answers have: {known}")))
}
