//! Resource quantities in Go's canonical form: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`.
//!
//! <https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity>

/// Binary suffixes with their power of 1024, decimal ones with their power of 1000.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] =
    [("n", -3), ("u", -2), ("m", -1), ("", 0), ("k", 1), ("M", 2), ("G", 3), ("T", 4), ("P", 5), ("E", 6)];

/// What Go reads and writes finest: 10⁻⁹; finer ones are rounded up.
const NANO: i128 = 1_000_000_000;

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Binary,
    Decimal,
    Exponent,
}

/// The canonical form, or `None` where the text is no quantity or larger than this reads.
pub fn canonical(text: &str) -> Option<String> {
    let (nanos, format) = read(text)?;
    let text = write(nanos.abs(), format);
    Some(if nanos < 0 { format!("-{text}") } else { text })
}

/// The amount in units of 10⁻⁹; `None` as in [`canonical`].
pub fn billionths(text: &str) -> Option<i128> {
    read(text).map(|(nanos, _)| nanos)
}

fn read(text: &str) -> Option<(i128, Format)> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (format, numerator, denominator) = scale(suffix)?;
    Some((sign * nanos(number, numerator, denominator)?, format))
}

/// A suffix → its format, and what the number before it is to be multiplied with and divided by.
fn scale(suffix: &str) -> Option<(Format, i128, i128)> {
    if let Some(power) = BINARY.iter().position(|known| *known == suffix).filter(|power| *power > 0) {
        return Some((Format::Binary, 1024_i128.pow(u32::try_from(power).ok()?), 1));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some(ten_to(3 * power, Format::Decimal));
    }
    let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (power.abs() <= 18).then(|| ten_to(power, Format::Exponent))
}

fn ten_to(power: i32, format: Format) -> (Format, i128, i128) {
    let factor = 10_i128.pow(power.unsigned_abs());
    if power < 0 { (format, 1, factor) } else { (format, factor, 1) }
}

/// `12.5` times a fraction, in units of 10⁻⁹, rounded away from zero.
fn nanos(number: &str, numerator: i128, denominator: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 18 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let divisor = denominator.checked_mul(10_i128.pow(u32::try_from(fraction.len()).ok()?))?;
    let scaled = digits.checked_mul(numerator)?.checked_mul(NANO)?;
    Some(scaled / divisor + i128::from(scaled % divisor != 0))
}

/// The largest suffix that leaves a whole number.
fn write(nanos: i128, format: Format) -> String {
    let whole = nanos / NANO;
    // Go gives up the binary form for what has a fraction or is below 1024.
    let binary = format == Format::Binary && nanos % NANO == 0 && whole >= 1024;
    match format {
        Format::Binary if binary => write_binary(whole),
        Format::Binary | Format::Decimal => {
            let (mantissa, power) = thousands(nanos);
            let suffix = DECIMAL.iter().find(|(_, known)| *known == power).map_or("", |(suffix, _)| suffix);
            format!("{mantissa}{suffix}")
        }
        Format::Exponent => match thousands(nanos) {
            (mantissa, 0) => mantissa.to_string(),
            (mantissa, power) => format!("{mantissa}e{}", 3 * power),
        },
    }
}

fn write_binary(mut whole: i128) -> String {
    let mut power = 0;
    while whole % 1024 == 0 && power + 1 < BINARY.len() {
        whole /= 1024;
        power += 1;
    }
    format!("{whole}{}", BINARY[power])
}

/// `nanos` as a whole number and the power of 1000 that it counts.
fn thousands(nanos: i128) -> (i128, i32) {
    let (mut mantissa, mut power) = (nanos, -3);
    while mantissa % 1000 == 0 && mantissa != 0 && power < 6 {
        mantissa /= 1000;
        power += 1;
    }
    if mantissa == 0 { (0, 0) } else { (mantissa, power) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_go_does() {
        // Each pair as Go's resource.MustParse(text).String() gives it.
        for (text, written) in [
            ("250m", "250m"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1", "1"),
            ("1024Mi", "1Gi"),
            ("1536Mi", "1536Mi"),
            ("100Mi", "100Mi"),
            ("1000", "1k"),
            ("1500", "1500"),
            ("1e3", "1e3"),
            ("1E6", "1e6"),
            ("0.5Gi", "512Mi"),
            ("512", "512"),
            ("0", "0"),
            ("-1000m", "-1"),
            ("0Mi", "0"),
            ("100000k", "100M"),
            ("1.5Ki", "1536"),
            ("0.1Ki", "102400m"),
            ("12e-3", "12e-3"),
            ("5e1", "50"),
            ("0.0000000001", "1n"),
            ("1.1Mi", "1153433600m"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_not_touched() {
        for text in ["", "m", "1 Gi", "1.2.3", "1x", "."] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
