//! The protocol of exactly once, exhaustively: every schedule of two processes, their crashes, stops and revocations, of
//! lost, late and half-applied inserts, and of a catalog that changes in between. With all its ingredients no record is
//! lost, doubled or wrongly counted; without any one of them, one is.
//!
//! The ordinary run has few faults at a time; `make test-chaos` has them together (4.9 million states).

mod protocol;
mod search;
mod state;

use protocol::{IncarnationCheck, Protocol};
use search::search;
use state::Faults;

const NONE: Faults = Faults {
    crashes: 0,
    stops: 0,
    failures: 0,
    evictions: 0,
};
const A_CRASH: Faults = Faults { crashes: 1, ..NONE };
const A_STOP: Faults = Faults { stops: 1, ..NONE };

/// Searches the whole protocol under `faults`; there must be at least `states`, as a model of few shows little.
#[track_caller]
fn holds(faults: Faults, states: usize) {
    let found = search(&Protocol::WHOLE, faults);
    if let Some(wrong) = &found.violation {
        panic!("{}, after:\n  {}", wrong.what, wrong.trace.join("\n  "));
    }
    println!("{faults:?}: {} states", found.states);
    assert!(found.states > states, "only {} states", found.states);
}

#[test]
fn each_record_is_stored_once_and_each_play_counted_once_through_a_crash_and_a_failing_insert() {
    holds(
        Faults {
            failures: 1,
            ..A_CRASH
        },
        10_000,
    );
}

#[test]
fn a_token_forgotten_after_its_last_insert_harms_nothing() {
    holds(
        Faults {
            evictions: 1,
            ..A_CRASH
        },
        5_000,
    );
}

#[test]
fn a_stopped_or_revoked_process_that_goes_on_later_harms_nothing() {
    holds(A_STOP, 50_000);
}

#[test]
#[ignore = "takes minutes"]
fn all_faults_together_lose_double_and_miscount_nothing() {
    holds(
        Faults {
            crashes: 1,
            stops: 1,
            failures: 1,
            evictions: 0,
        },
        1_000_000,
    );
}

#[test]
#[ignore = "takes minutes"]
fn a_token_forgotten_beside_a_crash_and_a_failing_insert_harms_nothing() {
    holds(
        Faults {
            failures: 1,
            evictions: 1,
            ..A_CRASH
        },
        10_000,
    );
}

/// Each ingredient, removed alone, with the least of faults that it is there for.
#[test]
fn no_ingredient_can_be_left_out() {
    let whole = Protocol::WHOLE;
    let an_eviction_and_a_failure = Faults {
        failures: 1,
        evictions: 1,
        ..NONE
    };
    let ablations = [
        (
            "no journal",
            Protocol {
                journal: false,
                ..whole
            },
            A_CRASH,
        ),
        (
            "token by content",
            Protocol {
                token_by_range: false,
                ..whole
            },
            A_CRASH,
        ),
        (
            "asynchronous commit",
            Protocol {
                synchronous_commit: false,
                ..whole
            },
            A_CRASH,
        ),
        (
            "no fence of members",
            Protocol {
                member_fence: false,
                ..whole
            },
            A_STOP,
        ),
        (
            "no incarnation",
            Protocol {
                incarnation: IncarnationCheck::None,
                ..whole
            },
            A_STOP,
        ),
        (
            "ownership instead of incarnation",
            Protocol {
                incarnation: IncarnationCheck::OwnsPartition,
                ..whole
            },
            A_STOP,
        ),
        (
            "window by uptime",
            Protocol {
                window_rebuilt: false,
                ..whole
            },
            A_CRASH,
        ),
        (
            "no question what is stored",
            Protocol {
                stored_check: false,
                ..whole
            },
            Faults {
                evictions: 1,
                ..A_CRASH
            },
        ),
        (
            "no commit of its own",
            Protocol {
                own_commit: false,
                ..whole
            },
            A_STOP,
        ),
        (
            "no read-back",
            Protocol {
                read_back: false,
                ..whole
            },
            A_CRASH,
        ),
        (
            "several ranges in the journal",
            Protocol {
                one_at_a_time: false,
                ..whole
            },
            A_CRASH,
        ),
        (
            "a zombie older than the token window",
            Protocol {
                tokens_outlive_zombies: false,
                ..whole
            },
            an_eviction_and_a_failure,
        ),
    ];
    for (name, protocol, faults) in ablations {
        let found = search(&protocol, faults);
        let wrong = found
            .violation
            .unwrap_or_else(|| panic!("{name}: no counter-example in {} states", found.states));
        println!("{name}: {} ({} steps)", wrong.what, wrong.trace.len());
    }
}
