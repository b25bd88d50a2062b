//! The one place that turns what stands against a command into a status.

use std::time::Duration;

use super::problem::{FieldError, Problem};
use crate::domain::command::{LapseRejection, Rejection, SlotRejection};
use crate::domain::names::PersonId;
use crate::engine::Refusal;
use crate::time::Timestamp;

/// The problem that a refusal is told as.
pub(super) fn problem(refusal: Refusal, now: Timestamp) -> Problem {
    let again = Duration::from_secs(1);
    match refusal {
        Refusal::Rejected(rejection) => rejected(rejection, now),
        Refusal::Busy => Problem::unavailable("busy", "Too much waits; send it again.", again),
        Refusal::Panicked => Problem::internal(),
        Refusal::Unavailable => super::context::unavailable(),
        Refusal::Holding { taken: true } => Problem::unavailable(
            "holding",
            "It takes effect, and must be sent again: nothing can be written down just now.",
            Duration::from_secs(10),
        ),
        Refusal::Holding { taken: false } => Problem::unavailable(
            "holding",
            "Nothing can be written down just now; send it again.",
            Duration::from_secs(10),
        ),
        Refusal::Stopping => Problem::unavailable("stopping", "The daemon is ending; send it again.", again),
    }
}

/// The same, where a command names people besides whoever gives it: a stranger among them is told under their own name.
pub(super) fn problem_among(refusal: Refusal, now: Timestamp, people: &[(&str, PersonId)]) -> Problem {
    if let Refusal::Rejected(Rejection::NoSuchPerson(stranger)) = &refusal
        && let Some((pointer, _)) = people.iter().find(|(_, person)| person == stranger)
    {
        return stranger_at(pointer);
    }
    problem(refusal, now)
}

fn stranger_at(pointer: &str) -> Problem {
    field(pointer, "expected the id of a person of the directory")
}

fn field(pointer: &str, detail: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, detail)])
}

fn rejected(rejection: Rejection, now: Timestamp) -> Problem {
    let list = |names: &[crate::domain::names::AuthorityId]| {
        names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match rejection {
        Rejection::NoSuchCase(_) | Rejection::NoSuchNotification(_) | Rejection::SourceUnknown(_) => {
            Problem::not_found()
        }
        Rejection::NoSuchPerson(_) => stranger_at("/by"),
        Rejection::NoSuchClock(_) => no_such_clock(),
        Rejection::ClockNeeded(clocks) => clock_needed(&clocks),
        Rejection::UnitMissing => {
            field("/unit", "expected the id of a unit: neither the message nor the source names one")
        }
        Rejection::UnitUnknown => field("/unit", "expected the id of a configured unit"),
        Rejection::Slot(rejection) => of_slot(rejection),
        Rejection::Lapse(rejection) => of_lapse(rejection),
        Rejection::Absence(rejection) => super::absences::refused(rejection),
        Rejection::Shift(rejection) => super::handovers::refused(&rejection),
        Rejection::Maintenance(rejection) => super::maintenance::refused(rejection),
        Rejection::CaseClosed(_) => Problem::conflict("case_closed", "The case is closed."),
        Rejection::HandledBy(person) => handled(&person),
        Rejection::CaseOpen(_) => Problem::conflict("case_open", "The case is open."),
        Rejection::ProofOwed { telephone, written } => {
            let detail = format!("Owed by telephone: {}. In writing: {}.", list(&telephone), list(&written));
            Problem::conflict("proof_owed", "A proof is owed.").with_detail(detail)
        }
        Rejection::CorrectionOwed(authorities) => {
            let detail = format!("Owed to: {}.", list(&authorities));
            Problem::conflict("correction_owed", "A correction is owed.").with_detail(detail)
        }
        Rejection::NotHigher(_) => {
            Problem::conflict("not_higher", "The case is held to be that already, or more.")
        }
        Rejection::SecondPersonNeeded => {
            Problem::conflict("second_person_needed", "A second person must agree; name them in `second`.")
        }
        Rejection::SecondPersonSame => field("/second", "expected somebody else than the first person"),
        Rejection::PersonOnly => person_only(),
        Rejection::CallBackOutside { from, to } => call_back_outside(from, to),
        Rejection::NothingToDispute => {
            Problem::conflict("nothing_to_dispute", "There is no machine's proof to dispute.")
        }
        Rejection::NotSent => not_sent(),
        Rejection::NotDue => Problem::conflict("not_due", "It is not due."),
        Rejection::TelephoneFirst => telephone_first(),
        Rejection::HeldBack => held_back(),
        Rejection::ArmedAlready(is) => armed_already(is),
        Rejection::Locked(until) => locked(until, now),
        Rejection::TooMany(until) => Problem::too_many(until.since(now)),
        Rejection::CodeWrong => code_wrong(),
        Rejection::Unreachable(_) => {
            Problem::conflict("unreachable", "The person cannot be reached by that medium.")
        }
        Rejection::NotOnTestList(_) => Problem::conflict(
            "not_armed",
            "The daemon is not armed, and the person is not on the list [testing] people.",
        ),
        Rejection::LapseUndecided => lapse_undecided(),
        Rejection::LimitUndecided => limit_undecided(),
        Rejection::AttemptUnderWay => {
            Problem::conflict("attempt_under_way", "A message about the case is under way.")
        }
        Rejection::NothingToErase => Problem::conflict("nothing_to_erase", "There is nothing to erase."),
        Rejection::Contradicted(_) => contradicted(),
        Rejection::Full => {
            Problem::conflict("full", "The case has reached a bound; close it and go on in another.")
        }
    }
}

fn armed_already(is: bool) -> Problem {
    if is {
        Problem::conflict("armed", "The daemon is armed already.")
    } else {
        Problem::conflict("not_armed", "The daemon is not armed.")
    }
}

fn lapse_undecided() -> Problem {
    Problem::conflict(
        "lapse_undecided",
        "A lapse about the case is undecided: the personal data stays until it is.",
    )
}

/// 422: the authority is owed more than one report of the case, and what is recorded for the wrong one proves it.
fn clock_needed(clocks: &[u32]) -> Problem {
    let clocks: Vec<String> = clocks.iter().map(u32::to_string).collect();
    let detail = format!(
        "expected {}: the case owes this authority more than one report; `clocks` of the case says which is which",
        clocks.join(" or ")
    );
    Problem::invalid(vec![FieldError::new("/clock", detail)])
}

/// 409: what is known stands against a report. Its filer corrects it, or says that it stands.
pub(super) fn contradicted() -> Problem {
    let detail = "Correct it, or file it again with `stands` and a `reason`. A first report that is filed again within half an hour counts from when it was first sent. / 请更正；确属实情的，请加 stands=true 并写明理由再报。首次报送半小时内再报的，按首次送达时间计。";
    Problem::conflict("contradicted", "What is known contradicts the report.").with_detail(detail)
}

/// 409: nothing has gone whose receipt could be recorded, and no paper is named.
fn not_sent() -> Problem {
    let detail = "Of one that was brought by other means, name the `reference`.";
    Problem::conflict("not_sent", "No written report has gone to this authority.").with_detail(detail)
}

/// 409: a person said so at the start.
fn held_back() -> Problem {
    Problem::conflict("held_back", "Sending is held back until a person lets it go.")
}

/// 409: the writing comes after the call (P3).
fn telephone_first() -> Problem {
    let detail = "Record the call, and then the paper.";
    Problem::conflict("telephone_first", "The authority is told by telephone first.").with_detail(detail)
}

/// 409: it is not known yet whether a limit of the case was kept.
fn limit_undecided() -> Problem {
    let title = "Whether a limit of the case was kept is undecided, as it is while the clock is in doubt; erase it when that is over.";
    Problem::conflict("limit_undecided", title)
}

/// 409: who handles it is named, and what takes it from them.
fn handled(person: &PersonId) -> Problem {
    let detail = format!("{person} handles it. With `take_over` it is taken from them, and they are told.");
    Problem::conflict("handled", "Somebody else handles the case.").with_detail(detail)
}

fn call_back_outside(from: Timestamp, to: Timestamp) -> Problem {
    let detail = format!("expected an instant from {from} to {to}");
    Problem::invalid(vec![FieldError::new("/call_back_at", detail)])
}

fn no_such_clock() -> Problem {
    field("/authority", "expected an authority that this case owes a report")
}

fn of_slot(rejection: SlotRejection) -> Problem {
    match rejection {
        SlotRejection::FormUnknown => field("/form", "expected the id of a configured form"),
        SlotRejection::NoSuchSlot => {
            Problem::conflict("no_such_slot", "There is no such slot, or it is too long ago to be filed for.")
                .with_detail(
                    "没有该报送时段，或已结束超过 10 天（且下一期也已结束）、不能再补报或更正；请书面告知领导小组办公室，由其记录。 / A report can be \
                     filed and corrected until ten days after its slot was closed, and until the next one is: then tell the leading group's office.",
                )
        }
        SlotRejection::NotOpen(opens) => {
            let detail = format!("It opens at {opens}.");
            Problem::conflict("slot_not_open", "The slot is not open yet.").with_detail(detail)
        }
        SlotRejection::NumberNeeded => field(
            "/number",
            "expected which of the day's slots is meant: it has several, and none is awaited",
        ),
        SlotRejection::NotOwed => Problem::conflict("not_owed", "The unit owes no such report on that day."),
        SlotRejection::FiledMeanwhile(last) => {
            Problem::conflict("filed_meanwhile", "Another report of this slot was filed meanwhile.").with_detail(format!(
                "在此期间已有人报送（现为第 {last} 版），请核对后再报。 / Look at revision {last} before you take its place."
            ))
        }
        SlotRejection::Ended => Problem::conflict("slot_ended", "The slot has ended."),
        SlotRejection::PastDue => {
            Problem::conflict("past_due", "The report is due: only discipline excuses from it now.")
                .with_detail("已过报送时限，免报只能由纪检办理。 / Ask whoever has the role `discipline`.")
        }
        SlotRejection::OwnSlot => {
            Problem::conflict("own_slot", "Nobody excuses a unit in which they hold a post.")
                .with_detail("不得为本人任职的单位办理免报，请由他人办理。 / Ask somebody of another unit.")
        }
    }
}

fn of_lapse(rejection: LapseRejection) -> Problem {
    match rejection {
        LapseRejection::NoSuchLapse => Problem::not_found(),
        LapseRejection::NotNamed => {
            Problem::conflict("not_named", "Only whoever is named in the lapse answers it.")
        }
        LapseRejection::NotHeard { unheard, until } => {
            let unheard: Vec<String> = unheard.iter().map(ToString::to_string).collect();
            let unheard = unheard.join(", ");
            let detail = match until {
                Some(until) => format!("Not heard: {unheard}. Their time to answer is over at {until}."),
                None => {
                    format!(
                        "Not heard: {unheard}. Their five working days begin when the notice reaches them; where no \
                         message does, record that it was handed over: POST …/told. / \
                         尚未听取说明。五个工作日自告知之日起算；无法以消息告知的，可书面送达后登记（…/told）。"
                    )
                }
            };
            Problem::conflict("not_heard", "Somebody named has not been heard.").with_detail(detail)
        }
        LapseRejection::OwnLapse => {
            Problem::conflict("own_lapse", "Nobody decides what they are named in themselves.")
        }
        LapseRejection::ServedOther => field("/person", "expected somebody who is named in the lapse"),
        LapseRejection::AlreadyTold => {
            Problem::conflict("already_told", "They were told of the lapse before.").with_detail(
                "此人已获告知、已作说明，或此事已有认定，无需再次送达。 / They were told, have answered, or it is decided.",
            )
        }
        LapseRejection::Withdrawn => Problem::conflict(
            "withdrawn",
            "The suspicion it rests on was ruled out: it is held against nobody.",
        ),
        LapseRejection::Full => Problem::conflict("full", "No more is taken of this lapse."),
        LapseRejection::Lacking(clause, lacking) => {
            let lacking: Vec<&str> = lacking.iter().map(|need| need.word()).collect();
            let detail = format!("{clause:?} lacks: {}.", lacking.join(", "));
            Problem::conflict("clause_lacks", "The clause does not apply to what was found.")
                .with_detail(detail)
        }
    }
}

/// 429: too many wrong codes came the same way.
pub(super) fn locked(until: Timestamp, now: Timestamp) -> Problem {
    let mut problem = Problem::too_many(until.since(now));
    problem.code = "locked";
    problem
}

/// 403: only a person under their own sign-in does this.
pub(super) fn person_only() -> Problem {
    let mut problem = Problem::forbidden();
    problem.code = "person_only";
    problem.with_detail("A person does this under their own sign-in; a program's word is not enough.")
}

/// 403: the code is wrong or over; which of the two is not told.
pub(super) fn code_wrong() -> Problem {
    let mut problem = Problem::forbidden();
    problem.code = "code_wrong";
    problem.with_detail("The code is wrong or over.")
}
