//! A progress bar on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::control::{CancelToken, Control};

/// Steps of the bar.
const STEPS: u64 = 1000;

/// A control that draws a bar on standard error. The bar is hidden when it is no terminal.
pub(super) fn control(token: CancelToken, hidden: bool) -> (Control, Bar) {
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(STEPS), target);
    if let Ok(style) = ProgressStyle::with_template("{msg:8} {bar:40} {percent:>3} %  {elapsed} / {duration}") {
        bar.set_style(style);
    }
    let drawn = bar.clone();
    let control = Control::new().with_cancel(token).on_progress(move |progress| {
        drawn.set_message(progress.stage);
        drawn.set_position((progress.fraction * STEPS as f64) as u64);
    });
    (control, Bar(bar))
}

/// The bar, which goes when the work is done.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
