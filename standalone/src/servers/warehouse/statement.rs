//! Where a statement ends and its data begins, and which format it names. The engine parses statements itself; the front
//! has to know this much because data is streamed beside an insert's statement, and rows through a pipe.

use super::error::{Failure, code};
use super::lexer::{Kind, Lexer, Token};

/// The beginning of an `INSERT` whose rows follow.
#[derive(Debug, PartialEq, Eq)]
pub struct InsertHead {
    /// The statement without `FORMAT` and data
    pub statement: Vec<u8>,
    pub format: String,
    /// Where the data begins in the text that was split
    pub data_at: usize,
}

/// What the text at hand is.
#[derive(Debug, PartialEq, Eq)]
pub enum Split {
    /// Rows follow from `data_at`.
    InsertData(InsertHead),
    /// No insert of rows: a query, a definition, an `INSERT … SELECT`.
    Statement,
    /// An insert whose data has not begun in this text.
    Incomplete,
}

/// Splits the statement at the head of `text` from the data behind it.
pub fn split(text: &[u8]) -> Result<Split, Failure> {
    let mut tokens = Lexer::new(text).peekable();
    match tokens.next() {
        None => return Ok(Split::Incomplete),
        Some(first) if !first.is(text, "INSERT") => return Ok(Split::Statement),
        Some(_) => skip_table(text, &mut tokens),
    }
    while let Some(token) = tokens.next() {
        if token.depth != 0 || token.kind != Kind::Word {
            continue;
        }
        if ["SELECT", "WITH", "WATCH"]
            .iter()
            .any(|word| token.is(text, word))
        {
            return Ok(Split::Statement);
        }
        if token.is(text, "INFILE") {
            return Err(Failure::new(
                code::INTO_OUTFILE_NOT_ALLOWED,
                "INTO_OUTFILE_NOT_ALLOWED",
                "FROM INFILE reads a file of the client; send its content as the body instead",
            ));
        }
        if token.is(text, "VALUES") {
            return Ok(Split::InsertData(InsertHead {
                statement: text[..token.start].to_vec(),
                format: "Values".into(),
                data_at: token.end,
            }));
        }
        if token.is(text, "FORMAT") {
            let Some(name) = tokens.next().filter(|name| name.kind == Kind::Word) else {
                return Ok(Split::Incomplete);
            };
            return Ok(Split::InsertData(InsertHead {
                statement: text[..token.start].to_vec(),
                format: String::from_utf8_lossy(&text[name.start..name.end]).into_owned(),
                data_at: after_line_end(text, name.end),
            }));
        }
    }
    Ok(Split::Incomplete)
}

/// `[INTO] [TABLE] name` and `[INTO] FUNCTION name`: a table may be called `format` or `values`.
fn skip_table(text: &[u8], tokens: &mut std::iter::Peekable<Lexer<'_>>) {
    for keyword in ["INTO", "TABLE", "FUNCTION"] {
        tokens.next_if(|token| token.is(text, keyword));
    }
    tokens.next();
    while tokens
        .next_if(|token| text[token.start..token.end] == *b".")
        .is_some()
    {
        tokens.next();
    }
}

/// Data begins behind the blanks after the format's name and at most one line end: all else may be data.
fn after_line_end(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | 0x0c)) {
        at += 1;
    }
    if text.get(at) == Some(&b'\r') {
        at += 1;
    }
    if text.get(at) == Some(&b'\n') {
        at += 1;
    }
    at
}

/// A query cut where `INTO OUTFILE` belongs: before its `FORMAT`, or at its end.
#[derive(Debug, PartialEq, Eq)]
pub struct RowQuery<'t> {
    before: &'t [u8],
    /// `SETTINGS …` behind the format
    after: &'t [u8],
    /// The format it names
    pub format: Option<String>,
}

impl<'t> RowQuery<'t> {
    /// None for statements other than queries of rows; their answers are short.
    pub fn parse(text: &'t [u8]) -> Option<Self> {
        let mut tokens: Vec<Token> = Lexer::new(text).collect();
        let first = tokens.iter().find(|token| token.kind != Kind::Open)?;
        if !["SELECT", "WITH", "FROM"]
            .iter()
            .any(|word| first.is(text, word))
        {
            return None;
        }
        while tokens
            .last()
            .is_some_and(|last| last.kind == Kind::Semicolon)
        {
            tokens.pop();
        }
        let end = tokens.last()?.end;
        let Some(clause) = format_clause(text, &tokens) else {
            return Some(Self {
                before: &text[..end],
                after: &[],
                format: None,
            });
        };
        let (keyword, name) = (tokens[clause], tokens[clause + 1]);
        Some(Self {
            before: &text[..keyword.start],
            after: &text[name.end..end],
            format: Some(String::from_utf8_lossy(&text[name.start..name.end]).into_owned()),
        })
    }

    /// The query with its rows sent to `path` in `format`.
    pub fn to_file(&self, path: &str, format: &str) -> Vec<u8> {
        let clause = format!("\nINTO OUTFILE '{path}' TRUNCATE FORMAT {format} ");
        [self.before, clause.as_bytes(), self.after].concat()
    }
}

/// The place of `FORMAT` in `… FORMAT Name [SETTINGS …]`, outside of brackets.
fn format_clause(text: &[u8], tokens: &[Token]) -> Option<usize> {
    tokens.windows(2).enumerate().rev().find_map(|(at, pair)| {
        let clause = pair[0].depth == 0 && pair[0].is(text, "FORMAT") && pair[1].kind == Kind::Word;
        let closes = tokens
            .get(at + 2)
            .is_none_or(|next| next.is(text, "SETTINGS"));
        (clause && closes && at > 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> (String, String, String) {
        match split(text.as_bytes()).unwrap() {
            Split::InsertData(head) => (
                String::from_utf8(head.statement).unwrap(),
                head.format,
                text[head.data_at..].into(),
            ),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn data_begins_after_the_formats_line() {
        assert_eq!(
            head("INSERT INTO t (a, format) FORMAT  CSV \n\n1"),
            (
                "INSERT INTO t (a, format) ".into(),
                "CSV".into(),
                "\n1".into()
            )
        );
        assert_eq!(
            head("insert into `values` SETTINGS x = 'FORMAT y' format RowBinary\r\n  z").2,
            "  z"
        );
        assert_eq!(head("INSERT INTO t VALUES (1), (2)").2, " (1), (2)");
        assert_eq!(
            head("INSERT INTO format.values VALUES (1)").0,
            "INSERT INTO format.values "
        );
    }

    #[test]
    fn other_statements_have_no_data() {
        for text in [
            "SELECT 1 FORMAT CSV",
            "INSERT INTO t SELECT 1 FORMAT CSV",
            "INSERT INTO t WITH 1 AS x SELECT x",
            "CREATE TABLE t",
        ] {
            assert_eq!(split(text.as_bytes()).unwrap(), Split::Statement, "{text}");
        }
        for text in [
            "INSERT INTO t",
            "INSERT INTO t FORMAT",
            "INSERT INTO t (a, b",
            "",
        ] {
            assert_eq!(split(text.as_bytes()).unwrap(), Split::Incomplete, "{text}");
        }
        assert!(split(b"INSERT INTO t FROM INFILE 'x' FORMAT CSV").is_err());
    }

    fn piped(text: &str) -> String {
        let query = RowQuery::parse(text.as_bytes()).unwrap();
        let format = query.format.clone().unwrap_or_else(|| "TSV".into());
        String::from_utf8(query.to_file("/p", &format))
            .unwrap()
            .replace('\n', "|")
    }

    #[test]
    fn rows_go_to_the_pipe_in_the_named_format() {
        assert_eq!(
            piped("SELECT 1"),
            "SELECT 1|INTO OUTFILE '/p' TRUNCATE FORMAT TSV "
        );
        assert_eq!(
            piped("SELECT 1 ; -- end"),
            "SELECT 1|INTO OUTFILE '/p' TRUNCATE FORMAT TSV "
        );
        assert_eq!(
            piped("(SELECT 1) FORMAT JSON;"),
            "(SELECT 1) |INTO OUTFILE '/p' TRUNCATE FORMAT JSON "
        );
        assert_eq!(
            piped("SELECT 1 SETTINGS a=1 FORMAT CSV SETTINGS b=2"),
            "SELECT 1 SETTINGS a=1 |INTO OUTFILE '/p' TRUNCATE FORMAT CSV  SETTINGS b=2"
        );
        assert_eq!(
            piped("SELECT format FROM (SELECT 1 AS format)"),
            "SELECT format FROM (SELECT 1 AS format)|INTO OUTFILE '/p' TRUNCATE FORMAT TSV "
        );
    }

    #[test]
    fn short_answers_need_no_pipe() {
        for text in ["SHOW TABLES", "CREATE TABLE t (a Int8)", "EXPLAIN SELECT 1"] {
            assert_eq!(RowQuery::parse(text.as_bytes()), None, "{text}");
        }
    }
}
