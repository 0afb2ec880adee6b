//! Breakdowns: the entries with the most plays, the rest, the unknown, and the total; the four add up.

use futures::future::try_join_all;
use serde::Serialize;
use utoipa::ToSchema;

use super::csv::{Cell, Table};
use super::query::{
    Dimension, Group, Grouped, Grouping, Parts, Ranked, Remainder, Selection, Total, Warehouse,
};
use crate::error::Result;

/// Numbers of the parts that are no entry; the entries are numbered from 1.
const REST: u16 = 0;
const UNKNOWN: u16 = u16::MAX;

/// One dimension of a selection, cut.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Breakdown {
    /// By plays, then key.
    pub entries: Vec<Group>,
    /// All entries below the cut.
    pub rest: Remainder,
    /// What the dimension is not known of; never among the entries.
    pub unknown: Remainder,
}

/// A dimension that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub dimension: Dimension,
    /// The keys that stand for what is not known.
    pub unknown: &'a [String],
    /// Most entries.
    pub limit: usize,
}

/// The entries of a dimension of many keys, before their listeners are counted.
struct Ranking {
    ranked: Vec<Ranked>,
    parts: Parts,
    numbered: Vec<(String, u16)>,
}

impl Breakdown {
    /// Breaks a selection down by several dimensions, and counts it in total. Dimensions of many keys are ranked first; all others, and the
    /// listeners of all, are one look at the rows.
    pub async fn query<const N: usize>(
        warehouse: &Warehouse,
        selection: &Selection,
        asked: [Asked<'_>; N],
    ) -> Result<([Self; N], Total)> {
        let rankings = asked.map(|asked| async move {
            match asked.dimension.parts() {
                None => Ok(None),
                Some(parts) => {
                    let ranking = Ranking::query(warehouse, selection, asked, parts).await;
                    ranking.map(Some)
                }
            }
        });
        let rankings = try_join_all(rankings).await?;
        let groupings: Vec<Grouping<'_>> = asked
            .iter()
            .zip(&rankings)
            .map(|(asked, ranking)| match ranking {
                Some(ranking) => Grouping::Parts(ranking.parts, &ranking.numbered),
                None => Grouping::Entries(asked.dimension),
            })
            .collect();
        let Grouped { lists, total } = warehouse.grouped(selection, &groupings).await?;
        let lists = asked.into_iter().zip(rankings).zip(lists);
        let breakdowns = lists.map(|((asked, ranking), groups)| async move {
            match ranking {
                Some(ranking) => Ok(ranking.breakdown(&groups)),
                None => Self::cut(warehouse, selection, asked, groups).await,
            }
        });
        let mut found = try_join_all(breakdowns).await?.into_iter();
        let breakdowns = std::array::from_fn(|_| found.next().unwrap_or_default());
        Ok((breakdowns, total))
    }

    /// From all entries of a dimension; only the rest's listeners need another query, as two entries may share some.
    async fn cut(
        warehouse: &Warehouse,
        selection: &Selection,
        asked: Asked<'_>,
        groups: Vec<Group>,
    ) -> Result<Self> {
        let Asked {
            dimension, limit, ..
        } = asked;
        let (unknown, mut entries): (Vec<Group>, Vec<Group>) =
            groups.into_iter().partition(|group| group.key.is_empty());
        let unknown = unknown
            .first()
            .map_or_else(Remainder::default, |group| Remainder {
                keys: 1,
                plays: group.plays,
                listeners: group.listeners,
            });
        sort(&mut entries);
        let rest = match entries.len() > limit {
            true => {
                entries.truncate(limit);
                let named = entries.iter().map(|entry| entry.key.clone());
                let named: Vec<String> = named.chain([String::new()]).collect();
                warehouse.remainder(selection, dimension, &named).await?
            }
            false => Remainder::default(),
        };
        Ok(Self {
            entries,
            rest,
            unknown,
        })
    }
}

impl Ranking {
    async fn query(
        warehouse: &Warehouse,
        selection: &Selection,
        asked: Asked<'_>,
        parts: Parts,
    ) -> Result<Self> {
        let Asked {
            dimension,
            unknown,
            limit,
        } = asked;
        let ranked = warehouse
            .ranked(selection, dimension, unknown, limit)
            .await?;
        let entries = ranked.iter().map(|entry| entry.key.clone()).zip(1..);
        let of_unknown = unknown.iter().map(|key| (key.clone(), UNKNOWN));
        Ok(Self {
            numbered: entries.chain(of_unknown).collect(),
            ranked,
            parts,
        })
    }

    /// From the groups of its parts.
    fn breakdown(self, groups: &[Group]) -> Breakdown {
        let known = self.ranked.first().map_or(0, |entry| entry.keys);
        let below = known.saturating_sub(self.ranked.len() as u64);
        let mut breakdown = Breakdown::default();
        for group in groups {
            let (plays, listeners) = (group.plays, group.listeners);
            let together = |keys| Remainder {
                keys,
                plays,
                listeners,
            };
            match group.key.parse().unwrap_or(REST) {
                // Rows that came since the ranking may be of keys that were not there.
                REST => breakdown.rest = together(below.max(1)),
                UNKNOWN => breakdown.unknown = together(1),
                number => {
                    let entry = self.ranked.get(usize::from(number) - 1);
                    breakdown.entries.extend(entry.map(|entry| Group {
                        key: entry.key.clone(),
                        plays,
                        listeners,
                    }));
                }
            }
        }
        sort(&mut breakdown.entries);
        breakdown
    }
}

fn sort(entries: &mut [Group]) {
    entries.sort_by(|a, b| b.plays.cmp(&a.plays).then_with(|| a.key.cmp(&b.key)));
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Entry {
    /// What the filter of the same name takes.
    pub key: String,
    /// What to show: the name, or, of a country, its code, for the reader's language to name.
    pub label: String,
    pub plays: u64,
    pub listeners: u64,
    /// Of the total's plays, 0 … 1.
    pub share: f64,
}

/// Plays and distinct listeners. Null: not known yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    #[schema(required)]
    pub plays: Option<u64>,
    #[schema(required)]
    pub listeners: Option<u64>,
}

/// All entries below a list's cut, together. Null: not known yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rest {
    /// How many entries these are.
    #[schema(required)]
    pub count: Option<u64>,
    #[schema(required)]
    pub plays: Option<u64>,
    #[schema(required)]
    pub listeners: Option<u64>,
}

/// A breakdown as it is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List<E = Entry> {
    pub entries: Vec<E>,
    pub rest: Rest,
    pub unknown: Counts,
}

impl<E> List<E> {
    /// `is_known`: whether the range has begun to be complete; a list that is not known is empty, its sums null.
    pub fn of(breakdown: Breakdown, is_known: bool, entry: impl FnMut(Group) -> E) -> Self {
        if !is_known {
            return Self {
                entries: Vec::new(),
                rest: Rest::default(),
                unknown: Counts::default(),
            };
        }
        Self {
            entries: breakdown.entries.into_iter().map(entry).collect(),
            rest: Rest {
                count: Some(breakdown.rest.keys),
                plays: Some(breakdown.rest.plays),
                listeners: Some(breakdown.rest.listeners),
            },
            unknown: Counts {
                plays: Some(breakdown.unknown.plays),
                listeners: Some(breakdown.unknown.listeners),
            },
        }
    }
}

impl List<Entry> {
    /// A list whose keys are their own labels.
    pub fn plain(breakdown: Breakdown, is_known: bool, total: &Total) -> Self {
        Self::of(breakdown, is_known, |group| {
            Entry::new(
                group.key.clone(),
                group.key,
                group.plays,
                group.listeners,
                total,
            )
        })
    }
}

impl Entry {
    pub fn new(key: String, label: String, plays: u64, listeners: u64, total: &Total) -> Self {
        Self {
            key,
            label,
            plays,
            listeners,
            share: share(plays, total),
        }
    }
}

/// Of the total's plays. Plays that arrive between two queries must not make it more than the whole.
pub fn share(plays: u64, total: &Total) -> f64 {
    (plays as f64 / total.plays.max(1) as f64).min(1.0)
}

impl Counts {
    pub fn of(total: &Total, is_known: bool) -> Self {
        Self {
            plays: is_known.then_some(total.plays),
            listeners: is_known.then_some(total.listeners),
        }
    }
}

/// The columns of a breakdown as a table; `kind` is `entry`, `rest`, `unknown` or `total`, and `count` how many entries a
/// row stands for.
const COLUMNS: [&str; 7] = [
    "kind",
    "key",
    "label",
    "count",
    "plays",
    "listeners",
    "share",
];

/// Lists as one table, with a first column `dimension` if there are several.
pub struct ListTable {
    table: Table,
    has_dimension: bool,
}

impl ListTable {
    pub fn new(lists: usize) -> Self {
        let has_dimension = lists > 1;
        let columns: Vec<&str> = has_dimension
            .then_some("dimension")
            .into_iter()
            .chain(COLUMNS)
            .collect();
        Self {
            table: Table::new(&columns),
            has_dimension,
        }
    }

    /// Adds a list under its plural name.
    pub fn list<'a>(
        mut self,
        dimension: &'static str,
        entries: impl IntoIterator<Item = EntryCells<'a>>,
        rest: &Rest,
        unknown: &Counts,
    ) -> Self {
        for (key, label, plays, listeners, share) in entries {
            let cells = [
                key.into(),
                label.into(),
                1u64.into(),
                plays.into(),
                listeners.into(),
                share.into(),
            ];
            self.push(dimension, "entry", cells);
        }
        self.push(
            dimension,
            "rest",
            [
                none(),
                none(),
                rest.count.into(),
                rest.plays.into(),
                rest.listeners.into(),
                none(),
            ],
        );
        self.push(dimension, "unknown", counts(unknown));
        self
    }

    /// Adds the total, and ends the table.
    pub fn total(mut self, total: &Counts) -> Table {
        self.push("", "total", counts(total));
        self.table
    }

    fn push(&mut self, dimension: &'static str, kind: &'static str, cells: [Cell; 6]) {
        let dimension = self.has_dimension.then(|| Cell::from(dimension));
        let row = dimension.into_iter().chain([Cell::from(kind)]).chain(cells);
        self.table.push(row.collect());
    }
}

/// Key, label, plays, listeners, share.
pub type EntryCells<'a> = (&'a str, &'a str, u64, u64, f64);

/// The cells of entries.
pub fn cells(entries: &[Entry]) -> impl Iterator<Item = EntryCells<'_>> {
    entries.iter().map(|entry| {
        let Entry {
            key,
            label,
            plays,
            listeners,
            share,
        } = entry;
        (key.as_str(), label.as_str(), *plays, *listeners, *share)
    })
}

fn none() -> Cell {
    None::<u64>.into()
}

fn counts(counts: &Counts) -> [Cell; 6] {
    [
        none(),
        none(),
        none(),
        counts.plays.into(),
        counts.listeners.into(),
        none(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(key: &str, plays: u64) -> Group {
        Group {
            key: key.to_owned(),
            plays,
            listeners: 1,
        }
    }

    #[test]
    fn entries_are_ordered_by_plays_then_key() {
        let mut entries = vec![group("b", 2), group("c", 5), group("a", 2)];
        sort(&mut entries);
        let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["c", "a", "b"]);
    }

    #[test]
    fn what_is_not_known_yet_is_null_and_not_zero() {
        let list = List::plain(Breakdown::default(), false, &Total::default());
        assert_eq!((list.rest.plays, list.unknown.plays), (None, None));
        assert_eq!(Counts::of(&Total::default(), true).plays, Some(0));
    }

    #[test]
    fn several_lists_have_their_dimension_first() {
        let table = |lists| format!("{:?}", ListTable::new(lists).total(&Counts::default()));
        assert!(table(2).contains("dimension"));
        assert!(!table(1).contains("dimension"));
    }
}
