//! Days off: years of which nothing is known, and lists that leave out what the country's calendar says.

use super::Checker;
use crate::config::calendar::{Calendars, Year, country_of_zone, shipped};
use crate::domain::directory::Directory;
use crate::time::Day;

impl Checker<'_> {
    pub(super) fn calendar(&mut self) {
        let configuration = self.configuration;
        let by_workdays = configuration.directory.forms.values().any(|form| form.workdays_only);
        let named = configuration.calendars.country.as_deref();
        let zone = &configuration.directory.zone;
        let today = zone.day(self.now);
        let country = named.or_else(|| country_of_zone(zone.name()));
        let unknown = unknown_years(&configuration.calendars, &configuration.directory, today);
        for year in years(today) {
            let shipped = country.and_then(|country| shipped(country, year));
            if unknown.contains(&year) {
                self.unknown(year, (named, shipped.as_ref()));
            } else if let Some(shipped) = shipped.filter(|_| by_workdays) {
                self.left_out(&shipped);
            }
        }
    }

    fn unknown(&mut self, year: i16, (named, shipped): (Option<&str>, Option<&Year>)) {
        let message = format!("nothing is said of {year}: its holidays would count as working days");
        let (key, help) = match (named, shipped) {
            (Some(country), _) => {
                let file = format!("calendars/{}-{year}.toml", country.to_ascii_lowercase());
                let help = format!(
                    "lay {file} into the folder of the configuration, or take a release that ships it"
                );
                ("calendar.country", help)
            }
            (None, Some(shipped)) => {
                let help =
                    format!("add country = \"{}\": its calendar of {year} is shipped", shipped.country);
                ("calendar.days_off", help)
            }
            (None, None) => ("calendar.days_off", "add the year's days_off and makeup_workdays".to_owned()),
        };
        self.warn(key, message, &help);
    }

    /// What counts otherwise than in the calendar that is shipped, and not because the organisation says so itself.
    fn left_out(&mut self, shipped: &Year) {
        let configuration = self.configuration;
        let (counts, own) = (&configuration.directory.calendar, &configuration.calendars.own);
        let off = shipped.days.days_off.iter().filter(|day| counts.is_workday(**day));
        let off: Vec<String> =
            off.filter(|day| !own.makeup_workdays.contains(day)).map(Day::to_string).collect();
        let worked = shipped.days.makeup_workdays.iter().filter(|day| !counts.is_workday(**day));
        let worked: Vec<String> =
            worked.filter(|day| !own.days_off.contains(day)).map(Day::to_string).collect();
        let file = configuration.calendars.years.get(&shipped.year).map(|year| year.key.clone());
        let help = match &file {
            Some(_) => "put it into the file, or take the file away: that year is shipped".to_owned(),
            None => {
                format!("add country = \"{}\": its calendar of {} is shipped", shipped.country, shipped.year)
            }
        };
        for (key, days, what) in [
            ("calendar.makeup_workdays", worked, "make-up working days"),
            ("calendar.days_off", off, "days off"),
        ] {
            if days.is_empty() {
                continue;
            }
            let message = format!("leaves out {what} of {}: {}", shipped.source, days.join(", "));
            self.warn(file.as_deref().unwrap_or(key), message, &help);
        }
    }
}

/// The years that are near, of which nothing is said though something counts by their days off.
pub(crate) fn unknown_years(calendars: &Calendars, directory: &Directory, today: Day) -> Vec<i16> {
    let by_workdays = directory.forms.values().any(|form| form.workdays_only);
    let counts = by_workdays || calendars.country.is_some();
    years(today).filter(|year| counts && !calendars.knows(*year)).collect()
}

/// The year, and from 1 December the next: by then its holidays are known.
fn years(today: Day) -> impl Iterator<Item = i16> {
    let year = today.year();
    let next = Day::new(year, 12, 1).is_some_and(|december| today >= december);
    std::iter::once(year).chain(next.then(|| year.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_year_is_looked_for_from_the_first_of_december() {
        let years = |day: &str| years(day.parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(years("2026-11-30"), [2026]);
        assert_eq!(years("2026-12-01"), [2026, 2027]);
        assert_eq!(years("2027-01-01"), [2027]);
    }
}
