//! How long work shows itself: a bar on a terminal, nothing where nobody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for `total` steps with its rate and the time left, after `label`. Drawn on a terminal only.
pub fn bar(label: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(label);
    if let Ok(style) = ProgressStyle::with_template(
        "{msg} [{bar:32}] {human_pos}/{human_len}  {per_sec}  {eta} left",
    ) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
