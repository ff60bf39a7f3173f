//! Tables as comma-separated values, exact, and safe to open in a spreadsheet.

use farthing_application::spreadsheet_text;

use super::{Cell, Table};

/// Writes heads, rows and total.
pub fn write(out: &mut Vec<u8>, table: &Table) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(table.columns.iter().map(|column| spreadsheet_text(&column.name).into_owned()))?;
    for row in table.rows.iter().chain(&table.total) {
        writer.write_record(row.iter().map(safe))?;
    }
    writer.flush()?;
    Ok(())
}

/// Text that a spreadsheet would run as a formula is given an apostrophe; figures, negative ones too, stay as they are.
fn safe(cell: &Cell) -> String {
    let text = cell.exact.trim();
    if cell.is_number { text.to_owned() } else { spreadsheet_text(text).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_negative_numbers_are_numbers() {
        let mut table = Table::new("", &["Unit", ">Total"]);
        table.row(vec![Cell::text("=HYPERLINK(\"x\")"), Cell::money("-12.5".parse().unwrap())]);
        table.row(vec![Cell::text("-7.25"), Cell::money("-0".parse().unwrap())]);
        table.row(vec![Cell::text("-1+1"), Cell::none()]);
        let mut out = Vec::new();
        write(&mut out, &table).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "Unit,Total\n\"'=HYPERLINK(\"\"x\"\")\",-12.5\n-7.25,0\n'-1+1,\n");
    }
}
