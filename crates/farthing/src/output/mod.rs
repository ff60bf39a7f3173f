//! Where reports go and in which form.

mod csv_form;
mod table;
mod text;
mod visible;

use std::io::{self, IsTerminal, Write};

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use serde::Serialize;

pub use table::{Cell, Table, grouped};
pub use visible::{Visible, visible, visible_json, visible_lines};

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, on a terminal
    Table,
    /// One JSON document, exact
    Json,
    /// Comma-separated values, exact
    Csv,
    /// One JSON object a line
    Ndjson,
    /// A Markdown table
    Md,
}

/// Options that every report has, before or after the command.
#[derive(Clone, Debug, Default, Args)]
pub struct OutputArgs {
    /// Form of the report [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "output_format")]
    pub format: Option<Format>,
    /// Write the report to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "output_file")]
    pub file: Option<Utf8PathBuf>,
}

impl OutputArgs {
    /// These options, and those of `outer` where these say nothing.
    pub fn or(self, outer: &Self) -> Self {
        Self { format: self.format.or(outer.format), file: self.file.or_else(|| outer.file.clone()) }
    }

    /// The form, table where none is asked for.
    pub fn form(&self) -> Format {
        self.format.unwrap_or(Format::Table)
    }

    /// Writes a report: `value` in the JSON forms, the tables in the others.
    pub fn show<T: Serialize>(&self, value: &T, tables: impl FnOnce() -> Vec<Table>) -> anyhow::Result<()> {
        let mut text = Vec::new();
        match self.form() {
            Format::Json => {
                serde_json::to_writer_pretty(&mut text, value)?;
                text.push(b'\n');
            }
            Format::Ndjson => ndjson(&mut text, value)?,
            form => {
                for (index, mut table) in tables().into_iter().enumerate() {
                    if index > 0 {
                        text.push(b'\n');
                    }
                    match form {
                        Format::Csv => csv_form::write(&mut text, &table)?,
                        Format::Md => text.extend(text::markdown(table.visible()).into_bytes()),
                        _ => text.extend(text::plain(table.visible()).into_bytes()),
                    }
                }
            }
        }
        // Nothing that came from outside may drive a terminal. Tables are safe already.
        match self.form() {
            Format::Json | Format::Ndjson => self.write(visible_json(&String::from_utf8_lossy(&text)).as_bytes()),
            Format::Csv => self.write_text(&String::from_utf8_lossy(&text)),
            _ => self.write(&text),
        }
    }

    /// Writes CSV that is finished to where reports go; on a terminal nothing in it can drive that.
    pub fn write_text(&self, text: &str) -> anyhow::Result<()> {
        match self.file.is_none() && io::stdout().is_terminal() {
            true => self.write(visible_lines(text).as_bytes()),
            false => self.write(text.as_bytes()),
        }
    }

    /// Writes bytes to where reports go.
    pub fn write(&self, text: &[u8]) -> anyhow::Result<()> {
        match &self.file {
            None => {
                let mut out = io::stdout().lock();
                out.write_all(text)?;
                out.flush()?;
            }
            Some(path) => std::fs::write(path, text).map_err(|error| anyhow::anyhow!("{path}: {error}"))?,
        }
        Ok(())
    }
}

fn ndjson<T: Serialize>(out: &mut Vec<u8>, value: &T) -> anyhow::Result<()> {
    let lines = match serde_json::to_value(value)? {
        serde_json::Value::Array(items) => items,
        one => vec![one],
    };
    for line in lines {
        serde_json::to_writer(&mut *out, &line)?;
        out.push(b'\n');
    }
    Ok(())
}
