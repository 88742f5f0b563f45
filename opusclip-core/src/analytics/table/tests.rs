use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Table> {
    read_table_from(text.as_bytes(), &TableOptions::default())
}

fn kinds(table: &Table) -> Vec<(&str, ColumnKind)> {
    table.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect()
}

fn strings(table: &Table, column: &str) -> Vec<String> {
    table.strings(column).unwrap().map(|cell| cell.unwrap_or_default().into_owned()).collect()
}

fn bad(table: &Table) -> Vec<(u64, Option<&str>, &str)> {
    table.first_bad_rows.iter().map(|bad| (bad.line, bad.column.as_deref(), bad.message.as_str())).collect()
}

/// 2024-05-01T12:00:00Z, by GNU date.
const NOON: f64 = 1_714_564_800.0;

#[test]
fn a_plain_table() {
    let table = read("timestamp,host,cpu\n2024-05-01 12:00:00,a,0.5\n2024-05-01T12:01:00Z,b,\n").unwrap();
    assert_eq!(
        kinds(&table),
        [("timestamp", ColumnKind::Time), ("host", ColumnKind::Text), ("cpu", ColumnKind::Number)]
    );
    assert_eq!((table.rows, table.bad_rows, table.time_column.as_deref()), (2, 0, Some("timestamp")));
    let samples = table.samples(Some("cpu"), None).unwrap();
    assert_eq!(samples.times(), [NOON, NOON + 60.0]);
    assert!(samples.values()[0] == 0.5 && samples.values()[1].is_nan());
    assert_eq!(strings(&table, "host"), ["a", "b"]);
    assert_eq!(strings(&table, "timestamp"), ["2024-05-01T12:00:00Z", "2024-05-01T12:01:00Z"]);
    assert_eq!(table.samples(None, None).unwrap().values()[0], 0.5);
}

#[test]
fn marks_line_ends_quotes_and_byte_order() {
    for (mark, name) in [(',', "comma"), (';', "semicolon"), ('\t', "tab")] {
        let text =
            format!("\u{feff}time{mark}\"a \"\"b\"\"\"{mark}v\r\n\r\n1{mark}\"x,;\ty\r\nz\"{mark}5\r\n2{mark}q{mark}6");
        let table = read(&text).unwrap();
        assert_eq!(table.delimiter, Some(mark), "{name}");
        assert_eq!(strings(&table, "a \"b\""), ["x,;\ty\r\nz", "q"], "{name}");
        assert_eq!(table.samples(None, None).unwrap().values(), [5.0, 6.0], "{name}");
    }
    assert_eq!(read("t,v\r1,2\r2,3").unwrap().samples(None, None).unwrap().values(), [2.0, 3.0]);
    assert_eq!(read("v\n1\n2\n").unwrap().numbers("v").unwrap()[..], [1.0, 2.0]);
}

#[test]
fn bad_rows_are_counted_and_listed_with_their_lines() {
    let text = "t,v\n1,1\n\n2,two\n3\n4,\"4\n5\",6\nx,7\n,8\n6,9\n7,10\n8,NA\n";
    let table = read(text).unwrap();
    assert_eq!((table.rows, table.bad_rows), (7, 5));
    let open = "3 cells where the table has 2 columns; is a quote left open?";
    let wanted = [
        (4, Some("v"), "\"two\" is no number"),
        (5, None, "1 cell where the table has 2 columns"),
        (6, None, open),
        (8, Some("t"), "\"x\" is no number"),
        (9, Some("t"), "no time"),
    ];
    assert_eq!(bad(&table), wanted);
    let samples = table.samples(None, None).unwrap();
    assert_eq!(samples.times(), [1.0, 2.0, 6.0, 7.0, 8.0]);
    let strict = TableOptions { strict: true, ..TableOptions::default() };
    let error = read_table_from(text.as_bytes(), &strict).unwrap_err();
    assert_eq!((error.code(), error.line_number()), (ErrorCode::DataInvalid, Some(4)));
    let error = read_table_from(&b"t,v\n1,1\n2,two\n3,3\n"[..], &strict).unwrap_err();
    assert_eq!((error.field_name(), error.line_number()), (Some("v"), Some(3)));
}

#[test]
fn strict_reading_names_the_first_bad_line() {
    let failed = |text: &str| {
        let strict = TableOptions { strict: true, ..TableOptions::default() };
        let error = read_table_from(text.as_bytes(), &strict).unwrap_err();
        assert_eq!(error.code(), ErrorCode::DataInvalid);
        (error.line_number().unwrap(), error.field_name().map(str::to_owned), error.message().to_owned())
    };
    // A cell that does not fit its column stands before a row that has too few.
    let (line, field, _) = failed("t,v\n1,1\n2,two\n3\n4,4\n5,5\n");
    assert_eq!((line, field.as_deref()), (3, Some("v")));
    let time = Some("t".to_owned());
    assert_eq!(failed("t,v\n1,1\n\n3,1\n2,1\n"), (5, time.clone(), "its time is before that of line 4".into()));
    assert_eq!(failed("t,v\n1,1\n2,1\n2,1\n"), (4, time, "its time is the same as that of line 3".into()));
    // Of several series each has its own times; and who did not ask is not told.
    let several = "t,host,v\n1,a,1\n1,b,1\n0,c,1\n";
    let strict = TableOptions { strict: true, ..TableOptions::default() };
    assert_eq!(read_table_from(several.as_bytes(), &strict).unwrap().bad_rows, 0);
    assert_eq!(read("t,v\n2,1\n1,1\n1,2\n").unwrap().bad_rows, 0);
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        for blank in ["", "\n", "\r\n\n"] {
            for last in ["", end] {
                let text =
                    format!("t,v{end}1,1{end}{blank}2{end}3,3{end}4,\"x{end}y\"{end}{blank}5,5{end}6,6{end}7{last}");
                let blanks = blank.matches('\n').count() as u64;
                let lines: Vec<u64> = read(&text).unwrap().first_bad_rows.iter().map(|bad| bad.line).collect();
                assert_eq!(lines, [3 + blanks, 5 + blanks, 9 + 2 * blanks], "{text:?}");
            }
        }
    }
}

#[test]
fn only_the_first_bad_rows_are_listed() {
    let rows: String = (0..100).map(|row| format!("{row},{}\n", if row % 3 == 0 { "x" } else { "1" })).collect();
    let table = read(&format!("t,v\n{rows}")).unwrap();
    assert_eq!((table.bad_rows, table.first_bad_rows.len()), (34, 20));
    assert_eq!(table.first_bad_rows.last().unwrap().line, 2 + 57);
}

#[test]
fn objects_on_lines() {
    let text = "{\"ts\": 1714564800000, \"labels\": {\"host\": \"a\"}, \"v\": 1.5}\n\n{\"v\": null, \"ts\": 1714564860000}\r\n\
                [1]\n{\"ts\": 1\n{\"ts\":1714564920000,\"v\":\"2.5\",\"late\":true,\"v\":3}";
    let table = read(text).unwrap();
    assert_eq!(table.format, TableFormat::Ndjson);
    assert_eq!((table.rows, table.bad_rows), (3, 2));
    assert_eq!(table.first_bad_rows[0].line, 4);
    assert_eq!(table.first_bad_rows[1].message, "no JSON: EOF while parsing an object at column 8");
    let samples = table.samples(Some("v"), None).unwrap();
    assert_eq!(samples.times(), [NOON, NOON + 60.0, NOON + 120.0]);
    assert!(samples.values()[0] == 1.5 && samples.values()[1].is_nan() && samples.values()[2] == 3.0);
    assert_eq!(strings(&table, "labels.host"), ["a", "", ""]);
    assert_eq!(strings(&table, "late"), ["", "", "true"]);
}

#[test]
fn times_of_every_form() {
    // Reference: GNU date -u -d ... +%s.
    for (text, seconds) in [
        ("2024-05-01T12:00:00Z", NOON),
        ("2024-05-01t12:00:00z", NOON),
        ("2024-05-01 14:00:00+02:00", NOON),
        ("2024-05-01 14:00:00 +0200", NOON),
        ("2024-05-01T07:30-04:30", NOON),
        ("2024-05-01 12:00:00 UTC", NOON),
        ("2024-05-01T12:00:00.123456789", NOON + 0.123_456_789),
        ("2024/05/01 12:00", NOON),
        ("2024-05-01", NOON - 43_200.0),
        ("2024-05", NOON - 43_200.0),
        ("1969-12-31T23:59:59.5Z", -0.5),
        ("2024-05-01T14:00[Europe/Berlin]", f64::NAN),
        ("05/01/2024", f64::NAN),
        ("2024-13-01", f64::NAN),
        ("2023-02-29", f64::NAN),
        ("12:00", f64::NAN),
        ("1.5", f64::NAN),
        ("2024-0é-01", f64::NAN),
        ("", f64::NAN),
    ] {
        let found = parse_time(text).unwrap_or(f64::NAN);
        assert!((found - seconds).abs() < 1e-6 || found.is_nan() && seconds.is_nan(), "{text}: {found}");
    }
    for (number, seconds) in [
        ("1714564800", NOON),
        ("1714564800.25", NOON + 0.25),
        ("1714564800000", NOON),
        ("1714564800000000", NOON),
        ("1714564800000000000", NOON),
        ("20240501", NOON - 43_200.0),
        ("0", 0.0),
        ("-60", -60.0),
    ] {
        let table = read(&format!("date,v\n{number},1\n")).unwrap();
        assert_eq!(table.times("date").unwrap()[0], seconds, "{number}");
    }
}

#[test]
fn the_column_of_times_is_found() {
    let found = |text: &str| read(text).unwrap().time_column;
    assert_eq!(found("v,Time\n1,2\n").as_deref(), Some("Time"));
    assert_eq!(found("date,timestamp,v\n2024-01-01,5,1\n").as_deref(), Some("timestamp"));
    assert_eq!(found("v,Month\n1,2024-01\n").as_deref(), Some("Month"));
    assert_eq!(found("app,end_timestamp,v\na,5,1\n").as_deref(), Some("end_timestamp"));
    assert_eq!(found("time,when,v\nnoon,2024-01-01,1\n").as_deref(), Some("when"));
    assert_eq!(found("month,v\n1,2\n"), None);
    let error = read("month,v\n1,2\n").unwrap().samples(None, None).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataInvalid, Some("time_column")));
    let options = TableOptions { time_column: Some("MONTH".into()), ..TableOptions::default() };
    let table = read_table_from(&b"month,v\n1,2\n"[..], &options).unwrap();
    assert_eq!(table.samples(None, None).unwrap().times(), [1.0]);
}

#[test]
fn a_table_without_a_header() {
    let table = read("2024-05-01,3\n2024-05-02,4\n").unwrap();
    assert_eq!(kinds(&table), [("column_1", ColumnKind::Time), ("column_2", ColumnKind::Number)]);
    assert_eq!(table.rows, 2);
    let options = TableOptions { header: Some(true), ..TableOptions::default() };
    assert_eq!(read_table_from(&b"2019,2020\n1,2\n"[..], &options).unwrap().numbers("2020").unwrap()[..], [2.0]);
    assert_eq!(
        kinds(&read("a,a,\n1,2,3\n").unwrap()).iter().map(|c| c.0).collect::<Vec<_>>(),
        ["a", "a_2", "column_3"]
    );
}

#[test]
fn names_made_of_digits_stay_as_they_are() {
    let table = read("id,big,v\n007,9007199254740993,1\n010,9007199254740992,2.50\n").unwrap();
    assert_eq!(strings(&table, "id"), ["007", "010"]);
    assert_eq!(strings(&table, "big"), ["9007199254740993", "9007199254740992"]);
    assert_eq!(strings(&table, "v"), ["1", "2.5"]);
    assert_eq!(table.numbers("id").unwrap()[..], [7.0, 10.0]);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let table = read("time,value,latency_ms\n1,2,3\n").unwrap();
    let error = table.samples(Some("latncy_ms"), None).unwrap_err();
    assert_eq!(error.message(), "there is no column \"latncy_ms\"; there are `time`, `value`, `latency_ms`");
    assert_eq!(error.hint_text(), Some("did you mean `latency_ms`?"));
    assert_eq!((error.code(), error.field_name()), (ErrorCode::DataInvalid, Some("value_column")));
    assert_eq!(table.numbers("nothing alike").unwrap_err().hint_text(), None);
    let options = TableOptions { columns: Some(vec!["tiem".into()]), ..TableOptions::default() };
    for text in ["time,v\n1,2\n", "{\"time\":1}\n"] {
        let error = read_table_from(text.as_bytes(), &options).unwrap_err();
        assert_eq!((error.code(), error.field_name()), (ErrorCode::DataInvalid, Some("columns")));
    }
    let error = read("time,a,b\n1,2,3\n").unwrap().samples(None, None).unwrap_err();
    assert_eq!(error.hint_text(), Some("name one of `a`, `b`"));
    let error = read("time,a\n1,x\n").unwrap().samples(Some("a"), None).unwrap_err();
    assert_eq!(error.message(), "the column \"a\" does not hold numbers");
    let error = read("time;a\n1;1,5\n").unwrap().samples(None, None).unwrap_err();
    assert!(error.hint_text().unwrap().contains("decimal point"));
}

#[test]
fn only_the_columns_asked_for_are_kept() {
    let kept = Some(vec!["v".to_owned()]);
    let options = TableOptions { columns: kept, time_column: Some("t".into()), ..TableOptions::default() };
    for text in ["t,x,v\n1,2,3\n", "{\"t\":1,\"x\":2,\"v\":3}\n"] {
        let table = read_table_from(text.as_bytes(), &options).unwrap();
        assert_eq!(kinds(&table), [("t", ColumnKind::Time), ("v", ColumnKind::Number)]);
    }
}

#[test]
fn limits_are_kept() {
    let code = |text: &str, options: TableOptions| {
        let error = read_table_from(text.as_bytes(), &options).unwrap_err();
        (error.code(), error.field_name().map(str::to_owned))
    };
    let limit = ErrorCode::LimitExceeded;
    let rows = TableOptions { max_rows: 2, ..TableOptions::default() };
    assert_eq!(code("a\n1\n2\n3\n", rows), (limit, Some("max_rows".into())));
    let columns = TableOptions { max_columns: 2, ..TableOptions::default() };
    assert_eq!(code("a,b,c\n", columns.clone()), (limit, Some("max_columns".into())));
    assert_eq!(code("{\"a\":1,\"b\":2}\n{\"c\":3}\n", columns), (limit, Some("max_columns".into())));
    let bytes = TableOptions { max_line_bytes: 50, ..TableOptions::default() };
    let wide = format!("a,b\n1,\"{}\n", "x\n".repeat(200_000));
    assert_eq!(code(&wide, bytes.clone()), (limit, Some("max_line_bytes".into())));
    assert_eq!(
        code(&format!("{{\"a\":\"{}\"}}\n", "x".repeat(50)), bytes.clone()),
        (limit, Some("max_line_bytes".into()))
    );
    assert_eq!(code(&format!("{{\"a\":1}}{}\n", " ".repeat(60)), bytes), (limit, Some("max_line_bytes".into())));
    let many = format!("a,b\n{}", "1,2\n".repeat(100_000));
    let bytes = TableOptions { max_line_bytes: 10, ..TableOptions::default() };
    assert_eq!(read_table_from(many.as_bytes(), &bytes).unwrap().rows, 100_000);
}

#[test]
fn what_is_no_table_is_refused() {
    let code = |bytes: &[u8]| read_table_from(bytes, &TableOptions::default()).unwrap_err().code();
    let texts: [&[u8]; 6] = [b"", b"\xEF\xBB\xBF \n", b"PAR1\0\0", b"\xFF\xFEa\0", b"[{\"a\":1}]", b"{\"a\": 1"];
    for bytes in texts {
        assert_eq!(code(bytes), ErrorCode::DataInvalid, "{bytes:?}");
    }
    let table = read_table_from(&b"t,v\n1,\xE9\n2,2\n"[..], &TableOptions::default()).unwrap();
    assert_eq!(bad(&table), [(2, None, "the row is not UTF-8")]);
    let error = read_table("/nowhere/at/all.csv", &TableOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.file_path().is_some()), (ErrorCode::DataInvalid, true));
    let error = read_table(std::env::temp_dir(), &TableOptions::default()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DataInvalid);
}

#[test]
fn options_are_checked_by_name() {
    let named = |value: serde_json::Value| {
        let options: Result<TableOptions> = crate::config::from_json(value);
        options.and_then(|options| options.validate()).unwrap_err().field_name().map(str::to_owned)
    };
    assert_eq!(named(serde_json::json!({"delimiter": "x"})).as_deref(), Some("delimiter"));
    assert_eq!(named(serde_json::json!({"max_rows": 0})).as_deref(), Some("max_rows"));
    assert_eq!(named(serde_json::json!({"columns": []})).as_deref(), Some("columns"));
    assert_eq!(named(serde_json::json!({"strict": 1})).as_deref(), Some("strict"));
    assert_eq!(named(serde_json::json!({"colums": ["a"]})).as_deref(), Some("colums"));
}

proptest! {
    /// What is written as CSV or as objects is read back, whatever the text.
    #[test]
    fn both_formats_hold_the_same(rows in prop::collection::vec((any::<i32>(), -1e9..1e9_f64, "[a-z,;\"\n é]{0,12}"), 1..40)) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let csv: String = rows.iter().map(|(t, v, s)| format!("{t},{v},{}\n", quoted(s))).collect();
        let table = read(&format!("time,v,s\n{csv}")).unwrap();
        let objects = rows.iter().map(|(t, v, s)| format!("{}\n", serde_json::json!({"time": t, "v": v, "s": s})));
        let other = read(&objects.collect::<String>()).unwrap();
        for table in [table, other] {
            prop_assert_eq!((table.rows, table.bad_rows), (rows.len(), 0));
            let values: Vec<f64> = rows.iter().map(|row| row.1).collect();
            prop_assert_eq!(&table.numbers("v").unwrap()[..], &values[..]);
            let wanted: Vec<String> = rows.iter().map(|row| row.2.trim().to_owned()).collect();
            prop_assert_eq!(strings(&table, "s"), wanted);
        }
    }
}
