use std::fs;
use std::path::{Path, PathBuf};

use super::workspace;

/// Where money is added and split: no binary fraction has a place there.
const EXACT: [&str; 3] = ["crates/types/src", "crates/attribution/src", "crates/ledger/src"];

/// Lines that hold a float all the same, with the reason.
const ALLOWED: [(&str, &str, &str); 1] = [(
    "crates/attribution/src/file/value.rs",
    "fn visit_f64<E: Error>(self, number: f64) -> Result<Weight, E> {",
    "TOML hands a weight over as a float, and it is turned into the text that stands in the file at once",
)];

#[test]
fn money_is_never_a_float() {
    let (mut offences, mut files, mut excused) = (Vec::new(), 0, 0);
    for folder in EXACT {
        for path in sources(&workspace().join(folder)) {
            files += 1;
            let name = path.strip_prefix(workspace()).expect("it lies in the workspace").display().to_string();
            for (number, line) in program_lines(&fs::read_to_string(&path).expect("a source is text")) {
                let is_allowed = ALLOWED.iter().any(|(file, text, _)| *file == name && *text == line.trim());
                match has_float(&line) {
                    true if is_allowed => excused += 1,
                    true => offences.push(format!("{name}:{number}: {}", line.trim())),
                    false => {}
                }
            }
        }
    }
    assert!(files > 20, "{files} sources: the folders have moved");
    assert!(offences.is_empty(), "use Amount or Quantity:\n{}", offences.join("\n"));
    assert_eq!(excused, ALLOWED.len(), "take exceptions that nothing needs any more out of ALLOWED");
}

/// The sources below a folder, tests left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_test = name == "tests" || name.ends_with("_tests");
        match path.extension() {
            _ if is_test => {}
            None => found.extend(sources(&path)),
            Some(extension) if extension == "rs" => found.push(path),
            Some(_) => {}
        }
    }
    found.sort();
    found
}

/// The lines of a source with their numbers, without comments and without what is compiled for tests alone.
///
/// The sources are formatted: an item ends with `;` on its first line or with a brace at its own indentation.
fn program_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut kept = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            let code = line.split("//").next().unwrap_or_default();
            kept.push((number, code.to_owned()));
            continue;
        }
        let indentation = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indentation}}}");
        let mut item = lines.by_ref().skip_while(|(_, line)| line.trim_start().starts_with("#["));
        if item.next().is_some_and(|(_, first)| first.ends_with('{')) {
            item.find(|(_, line)| *line == end);
        }
    }
    kept
}

fn has_float(code: &str) -> bool {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.into_iter().any(|word| word == "f64" || word == "f32" || word.ends_with("_f64") || word.ends_with("_f32"))
}

#[test]
fn tests_and_comments_may_speak_of_floats() {
    let text = "use a;\n#[cfg(test)]\nmod tests;\nfn f(x: f64) {} // f32\n/// f64\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn g(x: f32) {}\n}\nlet y = x.to_f64();\nlet hf64x = 1;";
    let found: Vec<usize> = program_lines(text).iter().filter(|(_, line)| has_float(line)).map(|(number, _)| *number).collect();
    assert_eq!(found, [4, 11]);
}
