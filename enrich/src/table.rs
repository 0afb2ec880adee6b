//! The tab-separated tables of `data/`: lines that begin with `#` are remarks.

/// A table of `data/` that can't be used; only an edit of it can bring this about, and the tests see it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("enrich/data/{file}: {what}")]
pub struct TableError {
    file: &'static str,
    what: String,
}

pub(crate) struct Table {
    file: &'static str,
    lines: Vec<&'static str>,
}

impl Table {
    pub(crate) fn parse(file: &'static str, text: &'static str) -> Result<Self, TableError> {
        let lines: Vec<_> = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect();
        let table = Self { file, lines };
        if table.lines.is_empty() {
            return Err(table.refuse("holds no rows".to_string()));
        }
        Ok(table)
    }

    /// Each line's `N` cells, none of them empty.
    pub(crate) fn rows<const N: usize>(&self) -> Result<Vec<[&'static str; N]>, TableError> {
        self.lines
            .iter()
            .map(|line| {
                let cells: Vec<&'static str> = line.split('\t').collect();
                match <[&'static str; N]>::try_from(cells) {
                    Ok(cells) if cells.iter().all(|cell| !cell.is_empty()) => Ok(cells),
                    _ => Err(self.refuse(format!("{line:?} has not {N} cells"))),
                }
            })
            .collect()
    }

    pub(crate) fn refuse(&self, what: String) -> TableError {
        TableError {
            file: self.file,
            what,
        }
    }
}
