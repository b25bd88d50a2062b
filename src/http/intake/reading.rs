//! Readings in the units that devices send.

use crate::domain::names::Celsius;

/// Beyond this no thermometer shows anything; what is beyond is the domain's to judge, and the ends are as impossible.
const DEGREES_MAX: f64 = 1_000.0;

/// From degrees Celsius, to the nearest hundredth.
pub(super) fn celsius(degrees: f64) -> Celsius {
    Celsius::from_degrees(degrees.clamp(-DEGREES_MAX, DEGREES_MAX))
        .unwrap_or(Celsius::from_hundredths(i32::MAX))
}

/// From degrees Fahrenheit.
pub(super) fn fahrenheit(degrees: f64) -> Celsius {
    celsius((degrees - 32.0) * 5.0 / 9.0)
}

/// From kelvins.
pub(super) fn kelvin(kelvins: f64) -> Celsius {
    celsius(kelvins - 273.15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_what_was_written_to_the_hundredth() {
        for (reading, hundredths) in [
            (celsius(37.3), 3_730),
            (celsius(38.04), 3_804),
            (celsius(-0.5), -50),
            (celsius(1e300), 100_000),
            (celsius(-1e300), -100_000),
            (celsius(f64::NAN), i32::MAX),
            (fahrenheit(101.3), 3_850),
            (fahrenheit(99.1), 3_728),
            (kelvin(310.45), 3_730),
        ] {
            assert_eq!(reading.hundredths(), hundredths);
        }
    }
}
