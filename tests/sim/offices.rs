//! Units that report: two hundred of them, two forms, and the people who file.

use std::sync::Arc;

use watchfire::domain::directory::{Person, Unit};
use watchfire::domain::form::{Form, Labels};
use watchfire::domain::names::{FormId, Medium, PersonId, UnitId};

use crate::site::{HOUR, MINUTE, ms};

/// How many they are.
pub(crate) const COUNT: u32 = 200;
/// So many share a leader.
const LED: u32 = 10;
/// How long after it is due a report is on time yet.
pub(crate) const GRACE: u64 = 15 * MINUTE;
/// How long after it is due it is missing.
pub(crate) const MISSING: u64 = 4 * HOUR;
/// The form that every unit owes every day, and the one that every other unit owes on working days.
pub(crate) const FORMS: [&str; 2] = ["daily", "register"];

/// The units as the configuration has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offices {
    /// At which hour the forms are due, in Shanghai.
    pub(crate) hour: u64,
    /// Others have taken over from those who filed.
    pub(crate) handed_over: bool,
}

impl Offices {
    pub(crate) const AT_FIRST: Self = Self { hour: 17, handed_over: false };
    /// Half a month later: an hour less, and other people.
    pub(crate) const LATER: Self = Self { hour: 16, handed_over: true };

    pub(crate) fn unit(number: u32) -> String {
        format!("u{number:03}")
    }

    /// Whether a unit owes a form.
    pub(crate) const fn owes(form: &str, number: u32) -> bool {
        form.len() == FORMS[0].len() || number % 2 == 1
    }

    pub(crate) fn liaison(self, number: u32) -> String {
        format!("{}{number:03}", if self.handed_over { "n" } else { "l" })
    }

    pub(crate) fn leader(number: u32) -> String {
        format!("m{:02}", number / LED)
    }

    pub(crate) fn units(self) -> impl Iterator<Item = (UnitId, Unit)> {
        (0..COUNT).map(move |number| {
            let unit = Unit {
                leader: PersonId::new(&Self::leader(number)),
                liaison: PersonId::new(&self.liaison(number)),
                deputy: None,
                headcount: None,
            };
            (UnitId::new(&Self::unit(number)), unit)
        })
    }

    pub(crate) fn persons() -> impl Iterator<Item = (PersonId, Person)> {
        let of = |offices: Self| (0..COUNT).map(move |number| offices.liaison(number));
        let leaders = (0..COUNT).map(Self::leader);
        of(Self::AT_FIRST).chain(of(Self::LATER)).chain(leaders).map(|id| {
            let media = [Medium::Sms, Medium::Email].into_iter().collect();
            (PersonId::new(&id), Person { media, ..Person::default() })
        })
    }

    pub(crate) fn forms(self) -> impl Iterator<Item = (FormId, Arc<Form>)> {
        FORMS.into_iter().map(move |id| {
            let owing = (0..COUNT).filter(|number| Self::owes(id, *number));
            let form = Form {
                id: FormId::new(id),
                name: Labels { zh: id.to_owned(), en: id.to_owned() },
                short_name: None,
                due: format!("0 0 {} * * *", self.hour).parse().unwrap(),
                units: Some(owing.map(|number| UnitId::new(&Self::unit(number))).collect()),
                opens_before: None,
                superior: None,
                remind_before: vec![ms(HOUR)],
                leader_after: ms(0),
                office_after: ms(30 * MINUTE),
                late_after: ms(GRACE),
                missing_after: ms(MISSING),
                zero_allowed: true,
                zero_needs: Vec::new(),
                zero_ignores: Vec::new(),
                workdays_only: id != FORMS[0],
                min_apart: None,
                fields: Vec::new(),
                columns: Vec::new(),
                consent: None,
                checks: Vec::new(),
                total: Vec::new(),
                fevers: (id == FORMS[0]).then(|| "fever".to_owned()),
            };
            (form.id.clone(), Arc::new(form))
        })
    }
}
