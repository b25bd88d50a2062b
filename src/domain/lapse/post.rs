//! In which post somebody is named in a lapse: as it was when what they answer for was due, or was filed.

use serde::{Deserialize, Serialize};

/// A post, or whose place somebody took in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// Led the unit.
    Leader,
    /// Was its liaison.
    Liaison,
    /// Was its deputy.
    Deputy,
    /// Was the officer on duty.
    DutyOfficer,
    /// Was the leader on duty.
    DutyLeader,
    /// Stood in for the unit's leader.
    ForLeader,
    /// Stood in for its liaison.
    ForLiaison,
    /// Stood in for its deputy.
    ForDeputy,
    /// Stood in for the officer on duty.
    ForDutyOfficer,
    /// Stood in for the leader on duty.
    ForDutyLeader,
    /// Held no post of the unit, and stood in for nobody in it.
    Outside,
}

impl Post {
    /// Who stands in for somebody in this post.
    #[must_use]
    pub const fn stood_in(self) -> Self {
        match self {
            Self::Leader | Self::ForLeader => Self::ForLeader,
            Self::Liaison | Self::ForLiaison => Self::ForLiaison,
            Self::Deputy | Self::ForDeputy => Self::ForDeputy,
            Self::DutyOfficer | Self::ForDutyOfficer => Self::ForDutyOfficer,
            Self::DutyLeader | Self::ForDutyLeader => Self::ForDutyLeader,
            Self::Outside => Self::Outside,
        }
    }

    /// Whether it is one that a unit has, or a place in one.
    #[must_use]
    pub const fn is_of_unit(self) -> bool {
        match self {
            Self::Leader
            | Self::Liaison
            | Self::Deputy
            | Self::ForLeader
            | Self::ForLiaison
            | Self::ForDeputy => true,
            Self::DutyOfficer
            | Self::DutyLeader
            | Self::ForDutyOfficer
            | Self::ForDutyLeader
            | Self::Outside => false,
        }
    }

    /// Its word in the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Liaison => "liaison",
            Self::Deputy => "deputy",
            Self::DutyOfficer => "duty_officer",
            Self::DutyLeader => "duty_leader",
            Self::ForLeader => "for_leader",
            Self::ForLiaison => "for_liaison",
            Self::ForDeputy => "for_deputy",
            Self::ForDutyOfficer => "for_duty_officer",
            Self::ForDutyLeader => "for_duty_leader",
            Self::Outside => "outside",
        }
    }
}
