//! Stretches of time, as they can be typed.

pub(super) fn span(text: &str) -> Result<(f64, f64), String> {
    let wrong = || "write it in seconds, as 60:120".to_owned();
    let (start, end) = text.split_once(':').ok_or_else(wrong)?;
    Ok((start.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?))
}

pub(super) fn range(text: &str) -> Result<(f64, Option<f64>), String> {
    let wrong = || "write it in seconds, as 60:120, 60: or :120".to_owned();
    let (start, end) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong()) };
    Ok((number(start)?.unwrap_or(0.0), number(end)?))
}
