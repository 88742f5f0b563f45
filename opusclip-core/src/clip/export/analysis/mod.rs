//! An analysis for people and for spreadsheets: a page with a timeline, and a table of shots.
//!
//! [`html`] writes the page around the drawing of [`timeline`], which places everything by the scale of [`axis`];
//! [`csv`] writes the table, [`words`] what the page and the command say alike.

mod axis;
mod csv;
mod html;
mod timeline;
pub(crate) mod words;

pub(super) use axis::Axis;

use crate::clip::analysis::Analysis;

impl Analysis {
    /// A self-contained HTML page: a timeline, the figures, what is damaged, and a table of shots.
    ///
    /// It loads nothing, runs no script, and suits light and dark screens. `title` stands at its top; a file's name is
    /// a good one. Where there are very many shots, the table shows the first of them; [`Analysis::to_csv`] has all.
    ///
    /// ```no_run
    /// use opusclip_core::{Control, clip::{Limits, analyze}};
    /// let analysis = analyze("talk.mp4", Limits::default(), &Control::new())?;
    /// std::fs::write("talk.html", analysis.to_html("talk.mp4")).unwrap();
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn to_html(&self, title: &str) -> String {
        html::page(self, title)
    }

    /// What is on the page of [`Analysis::to_html`], to be put into a page of one's own. It takes the page's colour of
    /// text, and its own styles touch nothing else.
    pub fn to_html_fragment(&self, title: &str) -> String {
        html::fragment(self, title)
    }

    /// One table of shots and of how each begins, as CSV (RFC 4180).
    ///
    /// | column | what is in it |
    /// |---|---|
    /// | `shot` | number from 1 |
    /// | `start`, `end`, `duration` | seconds |
    /// | `begins_with` | `start` for the first shot, else how it takes over: `cut`, `dissolve`, `fade` or `wipe` |
    /// | `transition_start`, `transition_end` | seconds; empty for the first shot |
    /// | `found_by`, `confidence` | what told it and how sure it is; empty for the first shot |
    ///
    /// ```no_run
    /// use opusclip_core::{Control, clip::{Limits, analyze}};
    /// let analysis = analyze("talk.mp4", Limits::default(), &Control::new())?;
    /// assert!(analysis.to_csv().starts_with("shot,start,end,duration,begins_with,"));
    /// # Ok::<(), opusclip_core::Error>(())
    /// ```
    pub fn to_csv(&self) -> String {
        csv::table(self)
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
    use crate::clip::analysis::{
        Analysis, Boundary, BoundaryKind, Curve, Finding, FindingKind, FoundBy, Loudness, Shot,
    };
    use crate::time::Span;

    /// A source of some length with everything that can be found in one, a shot every `every` seconds.
    pub(crate) fn full(duration: f64, every: f64) -> Analysis {
        let mut analysis = Analysis::of_nothing(duration);
        let kinds =
            [BoundaryKind::Cut, BoundaryKind::Cut, BoundaryKind::Dissolve, BoundaryKind::Fade, BoundaryKind::Wipe];
        let count = (duration / every).ceil() as usize;
        analysis.boundaries = (1..count)
            .map(|n| {
                let (kind, start) = (kinds[n % kinds.len()], n as f64 * every);
                let end = if kind == BoundaryKind::Cut { start } else { start + every * 0.2 };
                Boundary { kind, start, end, found_by: FoundBy::Frames, confidence: 0.5 + (n % 50) as f64 / 100.0 }
            })
            .collect();
        let starts = std::iter::once(0.0).chain(analysis.boundaries.iter().map(|b| b.end));
        let ends = analysis.boundaries.iter().map(|b| b.start).chain([duration]);
        analysis.shots = starts.zip(ends).map(|(start, end)| Shot { start, end }).collect();
        let curve = |value: &dyn Fn(f64) -> f64| Curve {
            start: 0.0,
            step: 0.1,
            values: (0..(duration * 10.0) as usize).map(|i| value(i as f64 / 10.0) as f32).collect(),
        };
        analysis.loudness = Some(Loudness {
            integrated: Some(-16.2),
            range: 5.5,
            true_peak: Some(-1.1),
            momentary: curve(&|t| -20.0 + 9.0 * (t * 1.7).sin() + 4.0 * (t * 0.05).cos()),
            short_term: curve(&|t| -19.0 + 4.0 * (t * 0.05).cos()),
        });
        analysis.voice = Some(curve(&|t| 0.5 + 0.5 * (t * 0.2).sin()));
        let spans = |first: f64, length: f64, step: f64| -> Vec<Span> {
            (0..)
                .map(|n| first + f64::from(n) * step)
                .take_while(|t| *t < duration)
                .map(|t| Span::new(t, (t + length).min(duration)))
                .collect()
        };
        analysis.speech = spans(0.3, 3.1, 4.0);
        analysis.pauses = spans(3.4, 0.9, 4.0);
        analysis.music = spans(duration * 0.1, duration * 0.05, duration * 0.4);
        analysis.silence = spans(duration * 0.3, duration * 0.02, duration * 0.5);
        analysis.black = spans(duration * 0.4, duration * 0.01, duration);
        analysis.frozen = spans(duration * 0.6, duration * 0.02, duration);
        analysis.motion = Some(curve(&|t| 0.3 + 0.3 * (t * 0.3).sin()));
        analysis.damage.packets = 1000;
        analysis.damage.errors = 2;
        analysis.damage.findings =
            vec![Finding { kind: FindingKind::DamagedPacket, count: 2, times: vec![duration * 0.2, duration * 0.7] }];
        analysis.damage.notes = vec!["2 packets were passed over".to_owned()];
        analysis
    }
}
