//! Floats → digits, by the verbs of Go's `fmt`.

/// No float has more digits than this.
const MOST_DIGITS: usize = 1100;

/// `%g`: up to `precision` digits, or the fewest that mean the number; very large and very small ones with an exponent.
pub fn general(number: f64, precision: Option<usize>) -> String {
    let Some((digits, exponent)) = digits(number, precision.map(|digits| digits.max(1) - 1)) else {
        return infinite(number);
    };
    let digits = match digits.split_once('.') {
        Some((whole, part)) if part.trim_end_matches('0').is_empty() => whole.to_owned(),
        Some(_) => digits.trim_end_matches('0').to_owned(),
        None => digits,
    };
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    let point = usize::try_from(exponent).map_or(0, |whole| whole + 1);
    let limit = match precision {
        None => 6,
        Some(precision) if precision > count && count >= point => count,
        Some(precision) => precision.max(1),
    };
    if exponent < -4 || i64::from(exponent) >= i64::try_from(limit).unwrap_or(i64::MAX) {
        return with_exponent(&digits, exponent);
    }
    let places = i64::try_from(count).unwrap_or(i64::MAX) - i64::from(exponent) - 1;
    fixed(number, usize::try_from(places).unwrap_or_default())
}

/// `%e`: one digit, a point, `precision` digits and an exponent.
pub fn scientific(number: f64, precision: usize) -> String {
    let Some((mut digits, exponent)) = digits(number, Some(precision)) else { return infinite(number) };
    digits.push_str(&"0".repeat(precision.saturating_sub(MOST_DIGITS)));
    with_exponent(&digits, exponent)
}

/// `%f`: `precision` digits behind the point.
pub fn fixed(number: f64, precision: usize) -> String {
    if !number.is_finite() {
        return infinite(number);
    }
    let zeros = "0".repeat(precision.saturating_sub(MOST_DIGITS));
    format!("{number:.*}{zeros}", precision.min(MOST_DIGITS))
}

/// With a point behind the first digit, and the exponent; none where there are no digits.
fn digits(number: f64, places: Option<usize>) -> Option<(String, i32)> {
    let text = match places {
        Some(places) => format!("{number:.*e}", places.min(MOST_DIGITS)),
        None => format!("{number:e}"),
    };
    let (digits, exponent) = text.split_once('e')?;
    Some((digits.to_owned(), exponent.parse().ok()?))
}

/// An exponent has a sign and two digits at least.
fn with_exponent(digits: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

fn infinite(number: f64) -> String {
    let text = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_go_s() {
        for (number, text) in [
            (0.0, "0"),
            (-1.0, "-1"),
            (999_999.0, "999999"),
            (1e6, "1e+06"),
            (31_535_999.0, "3.1535999e+07"),
            (100_000.5, "100000.5"),
            (0.0001, "0.0001"),
            (1.5e-7, "1.5e-07"),
            (1e100, "1e+100"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(general(number, None), text);
        }
        for (number, precision, text) in [
            (1234.5678, 3, "1.23e+03"),
            (1234.5678, 6, "1234.57"),
            (100_000.0, 3, "1e+05"),
            (100.0, 3, "100"),
            (0.000_012, 1, "1e-05"),
            (100.0, 9, "100"),
            (9.99, 0, "1e+01"),
        ] {
            assert_eq!(general(number, Some(precision)), text, "{precision}");
        }
        assert_eq!(scientific(1234.5, 2), "1.23e+03");
        assert_eq!(fixed(-2.5, 1), "-2.5");
        assert_eq!(fixed(0.1, 2000).len(), 2002);
    }
}
