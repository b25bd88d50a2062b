//! What comes at a time of the day: the signed head, and the notices of lapses. Of those that fell due while the daemon
//! was down one comes.

use super::Draft;
use crate::domain::fact::Fact;
use crate::domain::schedule::Due;
use crate::time::{Schedule, Timestamp};

/// Something that comes at a time of the day.
#[derive(Debug, Clone, Copy)]
pub(super) enum Daily {
    /// The signed head leaves.
    Heads,
    /// Whoever is named in lapses is told of them.
    Lapses,
}

impl Daily {
    const ALL: [Self; 2] = [Self::Heads, Self::Lapses];

    const fn due(self) -> Due {
        match self {
            Self::Heads => Due::Heads,
            Self::Lapses => Due::Lapses,
        }
    }

    const fn came(self, due: Timestamp, next: Option<Timestamp>) -> Fact {
        match self {
            Self::Heads => Fact::HeadDue { due, next },
            Self::Lapses => Fact::LapsesDue { due, next },
        }
    }
}

impl Draft<'_> {
    /// Puts what comes next on the schedule, where nothing is there or the configuration says another time.
    pub(super) fn schedule_daily(&mut self) {
        for daily in Daily::ALL {
            let scheduled = self.scheduled(daily);
            let now = self.moment();
            if scheduled.is_some_and(|at| at <= now) {
                // It is overdue, and comes before the next is looked for.
                continue;
            }
            let next = self.next(daily, now);
            if next != scheduled
                && let Some(due) = scheduled.or(next)
            {
                self.record(daily.came(due, next));
            }
        }
    }

    /// It comes: when it was due, and when it comes next.
    pub(super) fn comes(&mut self, daily: Daily) -> Option<(Timestamp, Option<Timestamp>)> {
        let due = self.scheduled(daily)?;
        let next = self.next(daily, due.max(self.moment()));
        self.record(daily.came(due, next));
        Some((due, next))
    }

    fn next(&self, daily: Daily, after: Timestamp) -> Option<Timestamp> {
        let schedule: &Schedule = match daily {
            Daily::Heads => &self.directory.heads_at,
            Daily::Lapses => &self.directory.lapses_at,
        };
        schedule.next(&self.directory.zone, after)
    }

    fn scheduled(&self, daily: Daily) -> Option<Timestamp> {
        let what = daily.due();
        self.state.rings.iter().find(|(_, due)| *due == what).map(|(at, _)| *at)
    }
}
