//! Quantities in the normal form of Go's encoder: `1024Mi` → `1Gi`, `0.5` → `500m`. (Go leaves a few odd spellings,
//! such as `+5G` and `1E-3`, as they are.)

/// 10⁹ parts: nothing finer is kept.
const NANOS: i128 = 1_000_000_000;

/// How a quantity was written, which its normal form keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Decimal,
    Binary,
    Exponent,
}

/// Decimal units, one a power of 1000, from 10⁻⁹ on.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
/// Binary units, one a power of 1024.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The normal form of `text`; `None` where it is no quantity
/// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>) or too large to count.
pub fn normal(text: &str) -> Option<String> {
    let (nanos, notation) = parse(text)?;
    match notation {
        Notation::Binary if nanos.abs() >= 1024 * NANOS && nanos % NANOS == 0 => Some(binary(nanos)),
        Notation::Binary | Notation::Decimal => Some(decimal(nanos)),
        Notation::Exponent => Some(exponent(nanos)),
    }
}

/// The amount in units of 10⁻⁹; `None` as in [`normal`].
pub fn billionths(text: &str) -> Option<i128> {
    parse(text).map(|(nanos, _)| nanos)
}

fn parse(text: &str) -> Option<(i128, Notation)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || whole.len() + fraction.len() == 0 {
        return None;
    }
    let (factor, divisor, notation) = scale(unit)?;
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(factor)?.checked_mul(NANOS)?;
    let parts = divisor.checked_mul(10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?)?;
    // What is finer than a nano is rounded away from zero.
    let nanos = scaled / parts + i128::from(scaled % parts != 0);
    Some((if text.starts_with('-') { -nanos } else { nanos }, notation))
}

/// A unit as a fraction, and its notation.
fn scale(unit: &str) -> Option<(i128, i128, Notation)> {
    if let Some(power) = BINARY.iter().skip(1).position(|known| *known == unit) {
        return Some((1 << (10 * (power + 1)), 1, Notation::Binary));
    }
    if let Some(index) = DECIMAL.iter().position(|known| *known == unit) {
        return Some((1000_i128.pow(u32::try_from(index).ok()?), NANOS, Notation::Decimal));
    }
    let power: i32 = unit.strip_prefix(['e', 'E'])?.parse().ok()?;
    let ten = 10_i128.checked_pow(power.unsigned_abs())?;
    Some(if power < 0 { (1, ten, Notation::Exponent) } else { (ten, 1, Notation::Exponent) })
}

/// The number without its factors of `base`, at most `most` of them, and how many there were.
fn without_factors(mut number: i128, base: i128, most: usize) -> (i128, usize) {
    let mut factors = 0;
    while factors < most && number != 0 && number % base == 0 {
        number /= base;
        factors += 1;
    }
    (number, factors)
}

fn decimal(nanos: i128) -> String {
    let (number, factors) = without_factors(nanos, 1000, DECIMAL.len() - 1);
    let unit = if number == 0 { "" } else { DECIMAL[factors] };
    format!("{number}{unit}")
}

fn binary(nanos: i128) -> String {
    let (number, factors) = without_factors(nanos / NANOS, 1024, BINARY.len() - 1);
    format!("{number}{}", BINARY[factors])
}

fn exponent(nanos: i128) -> String {
    let (number, factors) = without_factors(nanos, 1000, usize::MAX);
    match i64::try_from(factors).unwrap_or(i64::MAX) * 3 - 9 {
        0 => number.to_string(),
        _ if number == 0 => "0".to_owned(),
        power => format!("{number}e{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_get_the_form_that_go_gives_them() {
        // Each pair as k8s.io/apimachinery's resource.Quantity writes it.
        for (text, form) in [
            ("0", "0"),
            ("0Mi", "0"),
            ("1", "1"),
            ("1000", "1k"),
            ("1024", "1024"),
            ("1024Mi", "1Gi"),
            ("1500Mi", "1500Mi"),
            ("1Ki", "1Ki"),
            ("0.5Ki", "512"),
            ("1.3Ki", "1331200m"),
            ("1.5Gi", "1536Mi"),
            ("1024.5Mi", "1049088Ki"),
            ("0.5", "500m"),
            ("1.5", "1500m"),
            ("100m", "100m"),
            ("1000m", "1"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("-1.5", "-1500m"),
            (".1n", "1n"),
            ("1E", "1E"),
            ("1e-10", "1e-9"),
            ("1e19", "10e18"),
            ("5e-1", "500e-3"),
            ("5e1", "50"),
            ("12e-3", "12e-3"),
            ("250m", "250m"),
            ("100000k", "100M"),
            ("0.0000000001", "1n"),
            ("1.1Mi", "1153433600m"),
            ("0.1Ki", "102400m"),
            ("-1024Ki", "-1Mi"),
            ("-0.5Ki", "-512"),
        ] {
            assert_eq!(normal(text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_quantities() {
        for text in
            ["", ".", "m", "1x", "Mi", "1 Gi", "1.2.3", "1mi", "1e", "0x10", "5%", "1e99", "--1", "1e+"]
        {
            assert_eq!(normal(text), None, "{text}");
        }
    }
}
