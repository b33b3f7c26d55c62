//! Values → text as Go's `fmt` prints them without a format.

use super::value::Value;

/// `%v`.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Nothing | Value::Nil => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Byte(byte) => byte.to_string(),
        Value::Float(number) => shortest(*number),
        Value::Text(text) => text.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Map(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}:{}", plain(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// The shortest digits that mean the number; from a million on with an exponent: `%g`.
fn shortest(number: f64) -> String {
    let text = format!("{number:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return infinite(number) };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    with_exponent(digits, exponent)
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
        ] {
            assert_eq!(shortest(number), text);
        }
    }

    #[test]
    fn lists_and_maps_are_told_in_go_s_own_form() {
        let document = serde_json::json!({ "b": [1, "x", null], "a": true });
        let value = Value::of(&document);
        assert_eq!(plain(&value), "map[a:true b:[1 x <nil>]]");
    }
}
