use super::*;

fn cell(shown: &str, exact: &str) -> ShownCell {
    ShownCell { shown: shown.to_owned(), exact: Some(exact.to_owned()) }
}

fn column(label: &str, figures: bool) -> ShownColumn {
    ShownColumn { label: label.to_owned(), figures }
}

fn table() -> ShownTable {
    let row = |kind, cells: [ShownCell; 4]| ShownRow { kind, cells: cells.to_vec() };
    ShownTable {
        title: "Cost by service: <May>".to_owned(),
        dek: "USD, effective cost, May 2026".to_owned(),
        basis: "Northmoor Mutual".to_owned(),
        columns: vec![column("Service", false), column("Cost", true), column("Share", true), column("Charges", true)],
        rows: vec![
            row(
                RowKind::Line,
                [cell("=1+1", "=1+1"), cell("1.234,50", "1234.500000000000000001"), cell("99,9 %", "99.9"), cell("12", "12")],
            ),
            row(RowKind::Line, [cell("Credits", "Credits"), cell("(0,25)", "-0.25"), cell("0,1 %", "0.1"), ShownCell::default()]),
            row(
                RowKind::Total,
                [cell("All", "All"), cell("1.234,25", "1234.250000000000000001"), cell("\u{2013}", ""), cell("12", "12")],
            ),
        ],
    }
}

#[test]
fn a_column_of_a_workbook_is_what_all_its_cells_are() {
    let table = table();
    assert_eq!((0..4).map(|at| table.kind(at)).collect::<Vec<_>>(), [Kind::Text, Kind::Money, Kind::Number, Kind::Count]);
    assert_eq!(sheet_name(&table.title), "Cost by service May");
    assert_eq!((sheet_name("[/]").as_str(), sheet_name(&"x".repeat(40)).len()), ("Table", 31));
}

#[test]
fn a_table_is_a_workbook_and_pages_and_the_same_one_the_same_bytes() {
    let (table, now) = (table(), "2026-06-03T04:00:00Z".parse().unwrap());
    let book = Farthing::table_workbook(&table, now).unwrap();
    assert_eq!((&book[..2], book == Farthing::table_workbook(&table, now).unwrap()), (&b"PK"[..], true));
    let pages = Farthing::print_table(&table, PaperSize::A4, now).unwrap();
    assert_eq!((&pages[..5], pages == Farthing::print_table(&table, PaperSize::A4, now).unwrap()), (&b"%PDF-"[..], true));
}

#[test]
fn a_wide_table_is_printed_across_the_paper_and_long_words_are_broken() {
    let mut table = table();
    table.columns = (0..14).map(|at| column(&format!("Column number {at}"), at > 1)).collect();
    let words = "a name that goes on and on and on, and that no column has the room for unless it is wrapped".to_owned();
    let cells = |at: usize| {
        (0..14).map(|column| if column < 2 { cell(&words, &words) } else { cell("1,234,567.89", &at.to_string()) }).collect()
    };
    table.rows = (0..120).map(|at| ShownRow { kind: RowKind::Within, cells: cells(at) }).collect();
    let pages = Farthing::print_table(&table, PaperSize::Letter, "2026-06-03T04:00:00Z".parse().unwrap()).unwrap();
    let text = String::from_utf8_lossy(&pages);
    assert!(text.contains("/MediaBox [0 0 792 612]"), "it is printed across");
}

#[test]
fn what_is_no_table_is_refused_with_the_place() {
    let now = "2026-06-03T04:00:00Z".parse().unwrap();
    let mut wrong = table();
    wrong.rows[1].cells.push(ShownCell::default());
    let said = Farthing::table_workbook(&wrong, now).unwrap_err().to_string();
    assert_eq!(said, "row 2 of the table has 5 cells for 4 columns");
    wrong.columns.clear();
    assert_eq!(Farthing::print_table(&wrong, PaperSize::A4, now).unwrap_err().to_string(), "the table has no columns");
    let mut long = table();
    long.rows = vec![long.rows[0].clone(); MOST_PRINTED + 1];
    assert!(Farthing::print_table(&long, PaperSize::A4, now).unwrap_err().to_string().contains("take it as CSV or XLSX"));
}
