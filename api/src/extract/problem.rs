//! From serde's complaint to a problem that names the field.

use veza_schemas::problem::{Code, Problem};

/// A refused value: `path` is where serde stood, `complaint` its message.
///
/// serde tells a missing and an unknown field by its message only; both are fixed texts of `serde::de::Error`.
pub(super) fn of_complaint(
    path: &serde_path_to_error::Path,
    complaint: &str,
    whole: &str,
) -> Problem {
    let complaint = without_position(complaint);
    let place = path.to_string();
    let place = if place == "." { "" } else { &place };
    if let Some(name) = quoted_after(complaint, "missing field ") {
        let field = match place {
            "" => name.to_owned(),
            parent => format!("{parent}.{name}"),
        };
        return Problem::new(Code::MissingField, format!("{field} must be given")).at(field);
    }
    let field = if place.is_empty() { whole } else { place };
    let code = match complaint.starts_with("unknown field ") {
        true => Code::UnknownField,
        false => Code::Invalid,
    };
    Problem::new(code, format!("{field}: {complaint}")).at(field)
}

fn quoted_after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)?
        .strip_prefix('`')?
        .split('`')
        .next()
}

/// serde_json appends ` at line 1 column 7`, which says less than the field does.
fn without_position(complaint: &str) -> &str {
    complaint
        .rsplit_once(" at line ")
        .map_or(complaint, |(text, _)| text)
}
