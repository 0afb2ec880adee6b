//! Visits every state that the steps lead to, and says how the first wrong one was reached.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use crate::protocol::{Protocol, Violation, steps};
use crate::state::*;

/// What a search found.
pub struct Found {
    pub states: usize,
    pub violation: Option<Counterexample>,
}

pub struct Counterexample {
    pub what: Violation,
    pub trace: Vec<String>,
}

/// Breadth first, so that a counter-example is as short as can be.
pub fn search(protocol: &Protocol, faults: Faults) -> Found {
    let start = Rc::new(State::new(faults));
    let mut known: HashSet<Rc<State>, BuildHasherDefault<Mixer>> = HashSet::default();
    known.insert(Rc::clone(&start));
    let mut states = vec![start];
    // Of each state: the one before it, and which of that one's steps led here.
    let mut came_from: Vec<(u32, u16)> = vec![(0, 0)];
    let mut at = 0;
    while at < states.len() {
        let state = Rc::clone(&states[at]);
        let next = match check(&state).and_then(|()| steps(protocol, &state, true)) {
            Ok(next) => next,
            Err(what) => return found(protocol, &states, &came_from, at, what),
        };
        if state.rows.contains(&None) && is_stuck(protocol, &state) {
            let what = "nothing can happen any more, and a record is not stored".into();
            return found(protocol, &states, &came_from, at, what);
        }
        for ((_, to), step) in next.into_iter().zip(0..) {
            let to = Rc::new(to.normalised());
            if known.insert(Rc::clone(&to)) {
                states.push(to);
                came_from.push((at as u32, step));
            }
        }
        at += 1;
    }
    Found {
        states: states.len(),
        violation: None,
    }
}

/// Whether nothing but a fault could change anything.
fn is_stuck(protocol: &Protocol, state: &State) -> bool {
    let own_steps = steps(protocol, state, false).unwrap_or_default();
    own_steps
        .into_iter()
        .all(|(_, to)| to.normalised() == *state)
}

fn found(
    protocol: &Protocol,
    states: &[Rc<State>],
    came_from: &[(u32, u16)],
    mut at: usize,
    what: Violation,
) -> Found {
    let mut trace = Vec::new();
    while at != 0 {
        let (before, step) = came_from[at];
        at = before as usize;
        let mut taken = steps(protocol, &states[at], true).unwrap_or_default();
        trace.push(taken.swap_remove(step.into()).0);
    }
    trace.reverse();
    Found {
        states: states.len(),
        violation: Some(Counterexample { what, trace }),
    }
}

/// Mixes what it is given by multiplication: without optimisation much faster than the standard hasher, and nobody chooses
/// the states.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// What holds in every state: nothing is passed over, and each row is right by the rows below it.
fn check(state: &State) -> Result<(), Violation> {
    for offset in 0..state.commit.frontier {
        if state.rows[offset as usize].is_none() {
            return Err(format!("offset {offset} is passed over"));
        }
    }
    let mut below: Window = Vec::new();
    for (offset, row) in (0..END).zip(state.rows) {
        let Some(outcome) = row else { return Ok(()) };
        let right = [false, true].map(|changed| judge(offset, &below, changed));
        if !right.contains(&outcome) {
            return Err(format!(
                "offset {offset} is stored as {outcome:?}, and by the rows below it is {right:?}"
            ));
        }
        below.push((offset, outcome));
    }
    Ok(())
}
