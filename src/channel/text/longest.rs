//! The longest message of each kind that a unit can cause: what lengths are proved with.

use jiff::civil::date;

use super::brief::{
    Absence, Alarm, Away, Due, Ending, Event, Kind, Lacking, MovedBy, Notice, Post, Shift, Unfiled, Unit,
    What,
};
use super::words::Moment;

/// The latest minute of the longest day: five figures and a dated time as long as any.
fn moment(dated: bool) -> Moment {
    Moment::new(date(2026, 12, 23).at(23, 59, 0, 0), dated)
}

fn event(unit: &Unit, kind: Kind, more: u32, due: Option<Due>, dated: bool) -> Event {
    Event {
        kind,
        unit: unit.clone(),
        found: moment(dated),
        due,
        temperature: Some("38.4".to_owned()),
        place: Some("东区职工宿舍".to_owned()),
        code: Some("4821".to_owned()),
        link: None,
        case: None,
        more,
        authority: Some("国资委值班室".to_owned()),
        idle_minutes: Some(10),
    }
}

fn unfiled(unit: &Unit, dated: bool) -> Unfiled {
    let form = "集团疫情防控工作统计报表";
    Unfiled {
        unit: unit.clone(),
        more: 0,
        forms: (0..12).map(|_| form.to_owned()).collect(),
        due: moment(dated),
        moved: None,
        later: 0,
        zero: true,
        list: vec![format!("{}：{form}", unit.name)],
        left_out: 2,
    }
}

/// A name with more signs than a whole SMS has.
fn endless(name: &str) -> String {
    name.repeat(12)
}

impl What {
    /// Every kind of message about this unit at its longest.
    pub(super) fn longest(unit: &Unit) -> Vec<Self> {
        let mut all = vec![
            Self::SignIn { code: "482173".to_owned(), minutes: 10 },
            Self::Test,
            Self::Alarm(Alarm::JournalHolding),
            Self::Alarm(Alarm::ClockInDoubt),
            Self::Alarm(Alarm::ChannelExhausted { channel: endless("voice-night-") }),
            Self::Alarm(Alarm::TornTail),
            Self::Alarm(Alarm::PastDamaged),
            Self::Alarm(Alarm::DiskNearlyFull),
            Self::Alarm(Alarm::VaultClosed),
            Self::Alarm(Alarm::IndexClosed),
            Self::Alarm(Alarm::DoorShut),
            Self::Alarm(Alarm::SourceSilent { source: endless("gate-dormitory-") }),
            Self::Alarm(Alarm::NumberWrong { person: endless("办公室负责人甲") }),
            Self::Alarm(Alarm::AuthorityUnreachable { authority: endless("省国资委值班室") }),
            Self::Alarm(Alarm::AuthorityNotReached { authority: endless("省国资委值班室") }),
            Self::Alarm(Alarm::MailWrong { person: endless("办公室负责人甲") }),
            Self::Alarm(Alarm::PersonNotReached { person: endless("办公室负责人甲") }),
            Self::Alarm(Alarm::CaseNotTaken { case: "C-2026-00417".to_owned() }),
            Self::Alarm(Alarm::GroupNotReached { channel: endless("group-night-") }),
            Self::Head {
                entry: 10_423,
                hash: "4f2a91c0".repeat(8),
                at: moment(true),
                line: "{\"seq\":10423}".to_owned(),
            },
        ];
        all.extend(of_reports(unit));
        all.extend([1, 98].map(|count| {
            let list =
                vec![format!("2026-12-23 23:59 {}：集团疫情防控工作统计报表（漏报，待核实）", unit.name)];
            Self::LapseNotice(Notice { count, list, left_out: 2 })
        }));
        for away in [Away::StandsIn, Away::NoLonger, Away::Own, Away::Back] {
            for other in [None, Some("办公室负责人甲".repeat(2))] {
                all.extend([true, false].map(|dated| {
                    let (from, to) = (moment(dated), moment(true));
                    Self::Absence(Absence { away, other: other.clone(), from, to })
                }));
            }
        }
        for post in [Post::Officer, Post::Leader, Post::Other] {
            for other in [None, Some("办公室负责人甲".repeat(2))] {
                all.extend([(true, 0), (false, 0), (false, 98)].map(|(taken, count)| {
                    let (cases, reports, troubles) = (count, count, count);
                    Self::Shift(Shift { post, other: other.clone(), taken, cases, reports, troubles })
                }));
            }
        }
        for kind in [Kind::Fever, Kind::Suspected, Kind::Confirmed] {
            for more in [0, 98] {
                for dated in [false, true] {
                    for passed in [None, Some(false), Some(true)] {
                        let due = passed.map(|passed| Due { at: moment(dated), passed });
                        all.extend(about(&event(unit, kind, more, due, dated)));
                    }
                }
            }
        }
        all
    }
}

fn of_reports(unit: &Unit) -> Vec<What> {
    let mut all = Vec::new();
    for (more, later, moved) in [(0, 0, None), (98, 0, None), (98, 98, None), (98, 98, Some(MovedBy::Door))] {
        for dated in [false, true] {
            let unfiled = Unfiled { more, later, moved, ..unfiled(unit, dated) };
            all.extend([
                What::FormDue(unfiled.clone()),
                What::FormOverdue(unfiled.clone()),
                What::FormsMissing(unfiled.clone()),
                What::FormDoubted(unfiled),
            ]);
        }
    }
    all
}

fn about(event: &Event) -> Vec<What> {
    let event = || event.clone();
    let number = Some("+8645100000001".to_owned());
    let mut all = vec![
        What::Alert(event()),
        What::Reminder { event: event(), call_at: moment(false), number: number.clone() },
        What::Correction { event: event(), ruled_out: false, number: number.clone() },
        What::Correction { event: event(), ruled_out: true, number },
        What::Closing {
            event: event(),
            ending: Ending::Met { telephone: moment(false), written: moment(false) },
        },
        What::Closing { event: event(), ending: Ending::Withdrawn },
        What::Handover { event: event(), from: None },
        What::Relieved { event: event(), by: Some("办公室负责人甲".repeat(2)) },
        What::Relieved { event: event(), by: None },
    ];
    if event().due.is_some() {
        let ending = Ending::Late { telephone: moment(false), written: moment(false) };
        all.push(What::Closing { event: event(), ending });
        for lacking in [Lacking::Telephone, Lacking::Written, Lacking::Both] {
            all.push(What::Warning { event: event(), left_minutes: 25, lacking, handled: false });
            all.push(What::Overdue { event: event(), lacking });
            all.push(What::Closing { event: event(), ending: Ending::Breached(lacking) });
        }
    }
    all
}
