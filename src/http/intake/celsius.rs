//! A temperature in hundredths of a degree.

use std::fmt;

/// A temperature in degrees Celsius, in whole hundredths, so that two readings compare as they are written.
///
/// Any number fits: what no body can have is the domain's to judge, and the ends of the range are such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Celsius(i32);

impl Celsius {
    /// The temperature of this many hundredths of a degree.
    #[must_use]
    pub const fn from_hundredths(hundredths: i32) -> Self {
        Self(hundredths)
    }

    /// Hundredths of a degree.
    #[must_use]
    pub const fn hundredths(self) -> i32 {
        self.0
    }

    /// From degrees Celsius, rounded to the nearest hundredth.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of an i32 and rounded before")]
    pub fn from_celsius(degrees: f64) -> Self {
        Self((degrees * 100.0).round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32)
    }

    /// From degrees Fahrenheit.
    #[must_use]
    pub fn from_fahrenheit(degrees: f64) -> Self {
        Self::from_celsius((degrees - 32.0) * 5.0 / 9.0)
    }

    /// From kelvins.
    #[must_use]
    pub fn from_kelvin(kelvins: f64) -> Self {
        Self::from_celsius(kelvins - 273.15)
    }
}

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        if part % 10 == 0 {
            write!(f, "{sign}{whole}.{}", part / 10)
        } else {
            write!(f, "{sign}{whole}.{part:02}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_what_was_written() {
        for (celsius, expected) in [
            (Celsius::from_celsius(37.3), "37.3"),
            (Celsius::from_celsius(38.0), "38.0"),
            (Celsius::from_celsius(38.04), "38.04"),
            (Celsius::from_celsius(-0.5), "-0.5"),
            (Celsius::from_fahrenheit(101.3), "38.5"),
            (Celsius::from_fahrenheit(99.1), "37.28"),
            (Celsius::from_kelvin(310.45), "37.3"),
            (Celsius::from_celsius(1e300), "21474836.47"),
            (Celsius::from_celsius(-1e300), "-21474836.48"),
        ] {
            assert_eq!(celsius.to_string(), expected);
        }
    }
}
