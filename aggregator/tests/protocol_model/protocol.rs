//! What may happen next: the protocol's own steps, and the faults it must bear.

use crate::state::*;

/// The protocol's ingredients. Removing one must show a loss, a double, or a wrong count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// Pending ranges travel in the commit's metadata.
    pub journal: bool,
    /// A token names the range, not its content.
    pub token_by_range: bool,
    /// Nothing is sent before its journal is committed.
    pub synchronous_commit: bool,
    /// The broker refuses commits of members it has expelled.
    pub member_fence: bool,
    pub incarnation: IncarnationCheck,
    /// The window is rebuilt from the table at assignment.
    pub window_rebuilt: bool,
    /// At assignment, pending ranges are asked for before they are sent.
    pub stored_check: bool,
    /// An inherited journal is committed anew before its ranges are sent. Otherwise an expelled process may read the journal of its
    /// successor and send from it, and the successor, whose range it is, takes its own judgement for what is stored.
    pub own_commit: bool,
    /// After the yes to an inherited range the window takes what is stored.
    pub read_back: bool,
    /// The journal holds one range at a time: the next is committed when it is done. Otherwise a zombie with two ranges in its journal may
    /// send the second, judged by what it believes of the first, after a successor has stored the first one judged anew.
    pub one_at_a_time: bool,
    /// The warehouse remembers a token for as long as an insert with it may arrive.
    pub tokens_outlive_zombies: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncarnationCheck {
    /// Is this incarnation still the one that was assigned?
    Same,
    /// Does the process own the partition now? What a zombie that got it back would answer with yes.
    OwnsPartition,
    None,
}

impl Protocol {
    pub const WHOLE: Self = Self {
        journal: true,
        token_by_range: true,
        synchronous_commit: true,
        member_fence: true,
        incarnation: IncarnationCheck::Same,
        window_rebuilt: true,
        stored_check: true,
        own_commit: true,
        read_back: true,
        one_at_a_time: true,
        tokens_outlive_zombies: true,
    };
}

/// A step's name, for the trace of a counter-example.
pub type Step = (String, State);

/// Why a step may not lead where it led.
pub type Violation = String;

/// Every step that can happen in `state`; `faults` says whether those that consume the budget are among them.
pub fn steps(protocol: &Protocol, state: &State, faults: bool) -> Result<Vec<Step>, Violation> {
    let mut found = Vec::new();
    assign(state, &mut found);
    for index in 0..state.incarnations.len() {
        worker_steps(protocol, state, index, &mut found);
    }
    deliveries(state, faults, &mut found)?;
    rejoins(state, &mut found);
    if !state.catalog_changed {
        let mut next = state.clone();
        next.catalog_changed = true;
        found.push(("the catalog changes".into(), next));
    }
    if faults {
        crashes(state, &mut found);
        stops_and_revocations(state, &mut found);
        evictions(protocol, state, &mut found);
    }
    Ok(found)
}

fn assign(state: &State, found: &mut Vec<Step>) {
    if state.owner.is_some() {
        return;
    }
    for process in 0..2 {
        if !state.member[process] {
            continue;
        }
        let mut next = state.clone();
        next.owner = Some(process);
        next.incarnations.push(Incarnation {
            id: next.next_incarnation,
            process,
            ended: false,
            started: false,
            confirmed: false,
            frontier: 0,
            pending: Vec::new(),
            next: 0,
            window: Vec::new(),
        });
        next.next_incarnation += 1;
        found.push((format!("process {process} is assigned"), next));
    }
}

/// What the worker of one incarnation may do; its steps are small, so that anything can come between two.
fn worker_steps(protocol: &Protocol, state: &State, index: usize, found: &mut Vec<Step>) {
    let incarnation = &state.incarnations[index];
    let name = format!("incarnation {}", incarnation.id);
    if !stands(protocol, state, incarnation) {
        let mut next = state.clone();
        next.incarnations.remove(index);
        found.push((format!("{name} notices its end"), next));
        return;
    }
    if !incarnation.started {
        found.push((
            format!("{name} reads the journal"),
            read_journal(protocol, state, index),
        ));
        return;
    }
    if let Some(step) = inherited_step(protocol, state, index, &name) {
        found.push(step);
        return;
    }
    seals(state, index, &name, found);
    let unjournaled = incarnation
        .pending
        .iter()
        .take(most_journaled(protocol))
        .any(|pending| pending.progress == Progress::Sealed);
    if unjournaled || incarnation.frontier > state.commit.frontier {
        found.push(journal(protocol, state, index, &name));
    }
    for (at, pending) in incarnation.pending.iter().enumerate() {
        let may_send = pending.progress == Progress::Journaled
            || (!protocol.synchronous_commit && pending.progress == Progress::Sealed && at == 0);
        if may_send {
            found.push((
                format!("{name} sends {:?}", pending.range),
                send(protocol, state, index, at),
            ));
        }
    }
}

fn most_journaled(protocol: &Protocol) -> usize {
    if protocol.one_at_a_time {
        1
    } else {
        MOST_PENDING
    }
}

/// Whether the worker believes that it may go on.
fn stands(protocol: &Protocol, state: &State, incarnation: &Incarnation) -> bool {
    match protocol.incarnation {
        IncarnationCheck::Same => !incarnation.ended,
        IncarnationCheck::OwnsPartition => {
            !incarnation.ended
                || state
                    .incarnations
                    .iter()
                    .any(|other| other.process == incarnation.process && !other.ended)
        }
        IncarnationCheck::None => true,
    }
}

fn read_journal(protocol: &Protocol, state: &State, index: usize) -> State {
    let mut next = state.clone();
    let commit = next.commit.clone();
    let stored = stored_rows(state, 0, commit.frontier);
    let me = &mut next.incarnations[index];
    me.started = true;
    me.frontier = commit.frontier;
    me.next = commit
        .journal
        .last()
        .map_or(commit.frontier, |range| range.last + 1);
    me.window = if protocol.window_rebuilt {
        stored
    } else {
        Vec::new()
    };
    me.pending = commit
        .journal
        .iter()
        .map(|range| Pending {
            range: *range,
            progress: Progress::Sealed,
            rows: Vec::new(),
            second: false,
            inherited: true,
        })
        .collect();
    next
}

/// The next step on the first inherited range that is not done: ask, judge, send, read back.
fn inherited_step(protocol: &Protocol, state: &State, index: usize, name: &str) -> Option<Step> {
    let me = &state.incarnations[index];
    let at = me
        .pending
        .iter()
        .position(|p| p.inherited && p.progress != Progress::Done)?;
    let pending = &me.pending[at];
    if protocol.own_commit && !me.confirmed {
        return Some(confirm(protocol, state, index, name));
    }
    let mut next = state.clone();
    let step = match pending.progress {
        Progress::Sealed => {
            judge_missing(protocol, &mut next, index, at);
            format!(
                "{name} asks for {:?} and judges what is missing",
                pending.range
            )
        }
        Progress::Journaled => {
            next = send(protocol, state, index, at);
            format!("{name} sends {:?} again", pending.range)
        }
        Progress::Answered => {
            read_back(protocol, &mut next, index, at);
            format!("{name} reads {:?} back", pending.range)
        }
        Progress::Sent | Progress::Done => return Some((format!("{name} waits"), next)),
    };
    Some((step, next))
}

fn judge_missing(protocol: &Protocol, next: &mut State, index: usize, at: usize) {
    let (rows, catalog_changed) = (next.rows, next.catalog_changed);
    let me = &mut next.incarnations[index];
    let mut window = me.window.clone();
    let mut missing = Vec::new();
    for offset in me.pending[at].range.offsets() {
        let stored = rows[offset as usize].filter(|_| protocol.stored_check);
        let outcome = stored.unwrap_or_else(|| judge(offset, &window, catalog_changed));
        window.push((offset, outcome));
        if stored.is_none() {
            missing.push((offset, outcome));
        }
    }
    let pending = &mut me.pending[at];
    if missing.is_empty() {
        me.window = window;
        finish(me, at);
    } else {
        pending.rows = missing;
        pending.progress = Progress::Journaled;
    }
}

fn read_back(protocol: &Protocol, next: &mut State, index: usize, at: usize) {
    let rows = next.rows;
    let me = &mut next.incarnations[index];
    let range = me.pending[at].range;
    if protocol.read_back {
        let missing: Vec<Row> = me.pending[at]
            .rows
            .iter()
            .copied()
            .filter(|(offset, _)| rows[*offset as usize].is_none())
            .collect();
        if !missing.is_empty() {
            me.pending[at].rows = missing;
            me.pending[at].second = true;
            me.pending[at].progress = Progress::Journaled;
            return;
        }
        me.window
            .extend(range.offsets().filter_map(|o| Some((o, rows[o as usize]?))));
    } else {
        let judged = me.pending[at].rows.clone();
        me.window.extend(judged);
    }
    finish(me, at);
}

/// Marks a range done and moves the frontier past all that are done, in order.
fn finish(me: &mut Incarnation, at: usize) {
    me.pending[at].progress = Progress::Done;
    while me
        .pending
        .first()
        .is_some_and(|p| p.progress == Progress::Done)
    {
        me.frontier = me.pending.remove(0).range.last + 1;
    }
}

fn seals(state: &State, index: usize, name: &str, found: &mut Vec<Step>) {
    let me = &state.incarnations[index];
    if me.pending.len() == MOST_PENDING {
        return;
    }
    for last in me.next..END.min(me.next + 2) {
        let range = Range {
            first: me.next,
            last,
        };
        let mut next = state.clone();
        let mine = &mut next.incarnations[index];
        let mut rows = Vec::new();
        for offset in range.offsets() {
            let row = (offset, judge(offset, &mine.window, state.catalog_changed));
            mine.window.push(row);
            rows.push(row);
        }
        mine.next = last + 1;
        mine.pending.push(Pending {
            range,
            progress: Progress::Sealed,
            rows,
            second: false,
            inherited: false,
        });
        found.push((format!("{name} seals {range:?}"), next));
    }
}

fn confirm(protocol: &Protocol, state: &State, index: usize, name: &str) -> Step {
    let me = &state.incarnations[index];
    let journal = me.pending.iter().map(|pending| pending.range).collect();
    let (step, mut next) = commit(protocol, state, index, name, journal);
    if let Some(me) = next.incarnations.iter_mut().find(|i| i.id == me.id) {
        me.confirmed = true;
    }
    (step, next)
}

/// Journals what may be journaled, with the frontier.
fn journal(protocol: &Protocol, state: &State, index: usize, name: &str) -> Step {
    let mut next = state.clone();
    let pending = &mut next.incarnations[index].pending;
    let mut ranges = Vec::new();
    for pending in pending.iter_mut().take(most_journaled(protocol)) {
        if pending.progress == Progress::Sealed {
            pending.progress = Progress::Journaled;
        }
        ranges.push(pending.range);
    }
    commit(protocol, &next, index, name, ranges)
}

/// Commits the frontier with a journal; refused, the incarnation is over.
fn commit(
    protocol: &Protocol,
    state: &State,
    index: usize,
    name: &str,
    journal: Vec<Range>,
) -> Step {
    let mut next = state.clone();
    let me = &next.incarnations[index];
    if protocol.member_fence && !state.member[me.process] {
        next.incarnations.remove(index);
        return (format!("{name}: its commit is refused"), next);
    }
    let frontier = me.frontier;
    let journal = if protocol.journal {
        journal
    } else {
        Vec::new()
    };
    let step = format!("{name} commits {frontier} with {journal:?}");
    next.commit = Commit { frontier, journal };
    (step, next)
}

fn send(protocol: &Protocol, state: &State, index: usize, at: usize) -> State {
    let mut next = state.clone();
    let me = &mut next.incarnations[index];
    let id = me.id;
    let pending = &mut me.pending[at];
    pending.progress = Progress::Sent;
    let content = (!protocol.token_by_range).then(|| pending.rows.clone());
    let token = Token {
        range: pending.range,
        content,
        second: pending.second,
    };
    next.in_flight.push(Insert {
        token,
        rows: pending.rows.clone(),
        sender: Some(id),
    });
    next
}

/// Each insert in flight arrives whole; or, as a fault: its answer is lost, it is cut after its first month, it never arrives, or
/// its sender gives up waiting while it is still on its way.
fn deliveries(state: &State, faults: bool, found: &mut Vec<Step>) -> Result<(), Violation> {
    for at in 0..state.in_flight.len() {
        let range = state.in_flight[at].token.range;
        let waited_for = state.in_flight[at].sender.is_some();
        let mut next = state.clone();
        let insert = next.in_flight.remove(at);
        apply(&mut next, &insert, 0..=1)?;
        if faults && state.left.failures > 0 && waited_for {
            let mut lost = next.clone();
            lost.left.failures -= 1;
            answer(&mut lost, &insert, false);
            found.push((format!("{range:?} is stored, its answer lost"), lost));
        }
        answer(&mut next, &insert, true);
        found.push((format!("{range:?} is stored"), next));
        if !faults || state.left.failures == 0 {
            continue;
        }
        let mut cut = state.clone();
        cut.left.failures -= 1;
        let insert = cut.in_flight.remove(at);
        let mut never = cut.clone();
        apply(&mut cut, &insert, 0..=0)?;
        answer(&mut cut, &insert, false);
        found.push((format!("{range:?} is stored for its first month only"), cut));
        answer(&mut never, &insert, false);
        found.push((format!("{range:?} never arrives"), never));
        if waited_for {
            let mut late = state.clone();
            late.left.failures -= 1;
            answer(&mut late, &insert, false);
            late.in_flight[at].sender = None;
            found.push((format!("{range:?} is given up, and still on its way"), late));
        }
    }
    Ok(())
}

/// Stores the rows of `months`, unless the warehouse knows the token there.
fn apply(
    state: &mut State,
    insert: &Insert,
    months: std::ops::RangeInclusive<u8>,
) -> Result<(), Violation> {
    for month_of_insert in months {
        let rows: Vec<Row> = insert
            .rows
            .iter()
            .copied()
            .filter(|(o, _)| month(*o) == month_of_insert)
            .collect();
        let key = (insert.token.clone(), month_of_insert);
        if rows.is_empty() || state.tokens.contains(&key) {
            continue;
        }
        state.tokens.push(key);
        for (offset, outcome) in rows {
            if state.rows[offset as usize].replace(outcome).is_some() {
                return Err(format!("offset {offset} is stored twice"));
            }
        }
    }
    Ok(())
}

/// Tells the sender, if it still waits: yes, or something that it must repeat.
fn answer(state: &mut State, insert: &Insert, yes: bool) {
    let Some(me) = state
        .incarnations
        .iter_mut()
        .find(|i| Some(i.id) == insert.sender)
    else {
        return;
    };
    let range = insert.token.range;
    let waiting = |p: &Pending| p.range == range && p.progress == Progress::Sent;
    let Some(at) = me.pending.iter().position(waiting) else {
        return;
    };
    match (yes, me.pending[at].inherited) {
        (false, _) => me.pending[at].progress = Progress::Journaled,
        (true, true) => me.pending[at].progress = Progress::Answered,
        (true, false) => finish(me, at),
    }
}

fn rejoins(state: &State, found: &mut Vec<Step>) {
    for process in 0..2 {
        if state.member[process] {
            continue;
        }
        let mut next = state.clone();
        end_incarnations(&mut next, process);
        next.member[process] = true;
        found.push((format!("process {process} rejoins"), next));
    }
}

/// The revoke callback: it holds the lock under which a worker checks and commits.
fn end_incarnations(state: &mut State, process: usize) {
    for incarnation in &mut state.incarnations {
        incarnation.ended |= incarnation.process == process;
    }
}

fn crashes(state: &State, found: &mut Vec<Step>) {
    if state.left.crashes == 0 {
        return;
    }
    for process in 0..2 {
        let mut next = state.clone();
        next.left.crashes -= 1;
        next.incarnations.retain(|i| i.process != process);
        for insert in &mut next.in_flight {
            let gone = !next
                .incarnations
                .iter()
                .any(|i| Some(i.id) == insert.sender);
            insert.sender = insert.sender.filter(|_| !gone);
        }
        next.member[process] = true;
        if next.owner == Some(process) {
            next.owner = None;
        }
        found.push((
            format!("process {process} is killed and starts again"),
            next,
        ));
    }
}

fn stops_and_revocations(state: &State, found: &mut Vec<Step>) {
    let (Some(process), true) = (state.owner, state.left.stops > 0) else {
        return;
    };
    let mut stopped = state.clone();
    stopped.left.stops -= 1;
    stopped.member[process] = false;
    stopped.owner = None;
    found.push((
        format!("process {process} is stopped past its session"),
        stopped,
    ));
    let mut revoked = state.clone();
    revoked.left.stops -= 1;
    end_incarnations(&mut revoked, process);
    revoked.owner = None;
    found.push((format!("process {process} is revoked"), revoked));
}

/// The warehouse forgets a token; where tokens outlive zombies, not while an insert with it is on its way or being repeated.
fn evictions(protocol: &Protocol, state: &State, found: &mut Vec<Step>) {
    if state.left.evictions == 0 {
        return;
    }
    for at in 0..state.tokens.len() {
        let range = state.tokens[at].0.range;
        let needed = state
            .in_flight
            .iter()
            .any(|insert| insert.token.range == range)
            || state.incarnations.iter().any(|i| {
                i.pending.iter().any(|p| {
                    p.range == range && matches!(p.progress, Progress::Journaled | Progress::Sent)
                })
            });
        if protocol.tokens_outlive_zombies && needed {
            continue;
        }
        let mut next = state.clone();
        next.left.evictions -= 1;
        next.tokens.remove(at);
        found.push((format!("the token of {range:?} is forgotten"), next));
    }
}

fn stored_rows(state: &State, from: u8, to: u8) -> Vec<Row> {
    (from..to)
        .filter_map(|offset| Some((offset, state.rows[offset as usize]?)))
        .collect()
}
