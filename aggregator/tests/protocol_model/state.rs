//! What the model knows: one partition of four records, two processes, the broker's commit, and the warehouse.

/// Records of the partition. Record by record: (play, seq). The second is a later report of the first's play that crosses the
/// threshold too; the last repeats the first.
pub const RECORDS: [(u8, u8); 4] = [(0, 0), (0, 1), (1, 0), (0, 0)];
pub const END: u8 = RECORDS.len() as u8;
/// The track of this play becomes known only when the catalog changes.
pub const LATE_TRACK: u8 = 0;
/// Most ranges that are sealed and not yet done.
pub const MOST_PENDING: usize = 2;

/// The month of a record: a function of its bytes, and the same for all reports of a play.
pub fn month(offset: u8) -> u8 {
    RECORDS[offset as usize].0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Counted,
    UnknownTrack,
    Duplicate,
    AlreadyCounted,
}

/// A range of offsets, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    pub first: u8,
    pub last: u8,
}

impl Range {
    pub fn offsets(self) -> impl Iterator<Item = u8> {
        self.first..=self.last
    }
}

pub type Row = (u8, Outcome);

/// What an insert is deduplicated by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    pub range: Range,
    /// The rows themselves, where tokens are made by content.
    pub content: Option<Vec<Row>>,
    /// Sent after a read-back found rows missing.
    pub second: bool,
}

/// An insert on its way to the warehouse. It may arrive at any time, also long after its sender has died.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Insert {
    pub token: Token,
    pub rows: Vec<Row>,
    /// The incarnation that waits for the answer.
    pub sender: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Progress {
    /// Sealed; not yet in the journal.
    Sealed,
    Journaled,
    Sent,
    /// Answered yes; still to be read back (only what a predecessor left pending).
    Answered,
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pending {
    pub range: Range,
    pub progress: Progress,
    /// The rows to send; judged once.
    pub rows: Vec<Row>,
    pub second: bool,
    /// Left by a predecessor.
    pub inherited: bool,
}

/// What a worker knows of the records below a point, each as it was judged or stored.
pub type Window = Vec<Row>;

/// One worker's ownership of the partition, from assignment to its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Incarnation {
    pub id: u8,
    pub process: usize,
    /// Ended by the revoke callback; the worker may not have noticed.
    pub ended: bool,
    /// The journal has been read.
    pub started: bool,
    /// The inherited journal has been committed anew.
    pub confirmed: bool,
    /// Everything below is stored, as far as the worker knows.
    pub frontier: u8,
    pub pending: Vec<Pending>,
    /// The first offset not yet sealed.
    pub next: u8,
    pub window: Window,
}

/// The committed offset with its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Commit {
    pub frontier: u8,
    pub journal: Vec<Range>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Faults {
    pub crashes: u8,
    pub stops: u8,
    pub failures: u8,
    pub evictions: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub rows: [Option<Outcome>; 4],
    /// (token, month) that the warehouse remembers.
    pub tokens: Vec<(Token, u8)>,
    pub in_flight: Vec<Insert>,
    pub commit: Commit,
    /// Whether the broker takes commits of a process: it fences members, not partitions.
    pub member: [bool; 2],
    pub owner: Option<usize>,
    pub incarnations: Vec<Incarnation>,
    pub next_incarnation: u8,
    pub catalog_changed: bool,
    pub left: Faults,
}

impl State {
    pub fn new(left: Faults) -> Self {
        Self {
            rows: [None; 4],
            tokens: Vec::new(),
            in_flight: Vec::new(),
            commit: Commit::default(),
            member: [true; 2],
            owner: None,
            incarnations: Vec::new(),
            next_incarnation: 0,
            catalog_changed: false,
            left,
        }
    }

    /// The same state whatever the order in which sets were filled.
    pub fn normalised(mut self) -> Self {
        self.tokens.sort();
        self.in_flight.sort();
        self.incarnations.sort();
        self
    }
}

/// Judges one record by what was seen below it.
pub fn judge(offset: u8, window: &Window, catalog_changed: bool) -> Outcome {
    let (play, seq) = RECORDS[offset as usize];
    let earlier = || {
        window
            .iter()
            .filter(|(o, _)| RECORDS[*o as usize].0 == play)
    };
    if earlier().any(|(o, _)| RECORDS[*o as usize].1 == seq) {
        Outcome::Duplicate
    } else if play == LATE_TRACK && !catalog_changed {
        Outcome::UnknownTrack
    } else if earlier().any(|(_, outcome)| *outcome == Outcome::Counted) {
        Outcome::AlreadyCounted
    } else {
        Outcome::Counted
    }
}
