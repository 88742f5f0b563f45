//! What is not as it should be in a stream: counted, and told with its times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::part::{Claims, Ends};
use super::{Damage, Finding, FindingKind};
use crate::clip::media::{Packet, Source};
use crate::error::{Error, ErrorCode, Result};
use crate::time::{Span, round_micros};

/// As many times of one kind are told.
const TIMES: usize = 20;

/// A header may claim this much more than there is before the file counts as cut off, in seconds.
const SLACK: f64 = 1.0;

/// Times may go back this much before it is more than rounding, in seconds.
const BACK: f64 = 0.1;

/// A gap longer than this is told, in seconds.
const AHEAD: f64 = 1.0;

/// Sound and picture may end this far apart, in seconds.
const APART: f64 = 1.0;

/// What was met in a stretch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    packets: u64,
    /// Packets of the picture that last some time: where none does, the container does not say how long they last.
    lasting: u64,
    broke_off: bool,
    found: BTreeMap<FindingKind, Times>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    count: u64,
    first: Vec<f64>,
}

impl Times {
    fn add(&mut self, time: f64) {
        self.count += 1;
        if self.first.len() < TIMES {
            self.first.push(round_micros(time));
        }
    }

    fn append(&mut self, later: Self) {
        self.count += later.count;
        self.first.extend(later.first);
        self.first.truncate(TIMES);
    }
}

impl Watch {
    pub(super) fn packets(&self) -> u64 {
        self.packets
    }

    pub(super) fn note(&mut self, kind: FindingKind, time: f64) {
        self.found.entry(kind).or_default().add(time);
    }

    /// Damaged packets that came to light in no order.
    pub(super) fn damaged(&mut self, mut times: Vec<f64>) {
        times.sort_by(f64::total_cmp);
        let known = self.found.entry(FindingKind::DamagedPacket).or_default();
        let mut all = std::mem::take(&mut known.first);
        all.extend(times.iter().map(|time| round_micros(*time)));
        all.sort_by(f64::total_cmp);
        all.truncate(TIMES);
        known.count += times.len() as u64;
        known.first = all;
        if known.count == 0 {
            self.found.remove(&FindingKind::DamagedPacket);
        }
    }

    pub(super) fn broke_off(&mut self) {
        self.broke_off = true;
    }

    pub(super) fn append(&mut self, later: Self) {
        self.packets += later.packets;
        self.lasting += later.lasting;
        self.broke_off |= later.broke_off;
        for (kind, times) in later.found {
            self.found.entry(kind).or_default().append(times);
        }
    }

    /// Give up what is mostly damage, and a whole file that holds nothing.
    pub(super) fn judge(&self, source: &Source, whole: bool) -> Result<()> {
        if whole && self.packets == 0 {
            return Err(Error::new(ErrorCode::MediaUnreadable, "the file holds no packets").file(source.path()));
        }
        let Some(damaged) = self.found.get(&FindingKind::DamagedPacket) else { return Ok(()) };
        if damaged.count as f64 <= source.limits().damage * self.packets as f64 {
            return Ok(());
        }
        let what = format!("{} of {} packets are damaged", damaged.count, self.packets);
        Err(Error::new(ErrorCode::MediaDamaged, what)
            .file(source.path())
            .time(damaged.first.first().copied().unwrap_or(0.0))
            .hint("get a better copy of the file"))
    }

    /// For people and programs: everything that was met.
    pub(super) fn damage(mut self, claims: &Claims, ends: &Ends, whole: bool) -> Damage {
        let mut notes = Vec::new();
        let errors = self.found.get(&FindingKind::DamagedPacket);
        let (errors, first_error) = errors.map_or((0, None), |times| (times.count, times.first.first().copied()));
        if errors > 0 {
            notes.push(format!("{errors} of {} packets are damaged and were passed over", self.packets));
        }
        if self.lasting == 0 {
            self.found.remove(&FindingKind::ZeroDuration);
        }
        let claimed = claims.duration.unwrap_or(0.0);
        let truncated = whole && (self.broke_off || claimed > ends.file + SLACK.max(ends.file * 0.01));
        if truncated {
            notes.push(format!(
                "the file's header claims {claimed:.1} s, but there is content for {:.1} s only; the rest is lost",
                ends.file
            ));
        }
        if whole && ends.picture > 0.0 && ends.sound > 0.0 {
            if ends.sound > ends.picture + APART {
                self.note(FindingKind::SoundLonger, ends.picture);
            } else if ends.picture > ends.sound + APART {
                self.note(FindingKind::PictureLonger, ends.sound);
            }
        }
        let finding = |(kind, times): (FindingKind, Times)| Finding { kind, count: times.count, times: times.first };
        let findings = self.found.into_iter().map(finding).collect();
        Damage { packets: self.packets, errors, truncated, first_error, findings, notes }
    }
}

/// Looks at the packets of one stream as they come.
pub(super) struct StreamWatch {
    picture: bool,
    /// The last time in order of decoding, and where that packet ends.
    last: Option<f64>,
    end: f64,
}

impl StreamWatch {
    pub(super) fn new(picture: bool) -> Self {
        Self { picture, last: None, end: 0.0 }
    }

    /// The time that counts for a packet, from the start of the media, and the end of what it holds. Tells the watch what
    /// is odd about it if it belongs to `span`.
    pub(super) fn look(&mut self, source: &Source, packet: &Packet, span: Span, watch: &mut Watch) -> (f64, f64) {
        let stated = source.packet_time(packet).map(crate::time::Timestamp::seconds);
        let time = stated.unwrap_or(self.end);
        let duration = source.packet_duration(packet);
        // Packets of the picture come in order of decoding, not of display.
        let order = if self.picture { source.packet_decode_time(packet).unwrap_or(time) } else { time };
        let mut note = |kind| {
            if span.contains(time) {
                watch.note(kind, time);
            }
        };
        if stated.is_none() {
            note(FindingKind::MissingTime);
        }
        if let Some(last) = self.last {
            if order < last - BACK {
                note(FindingKind::TimeJumpsBack);
            } else if order > last + AHEAD && time > self.end + AHEAD {
                note(FindingKind::TimeJumpsAhead);
            }
        } else if self.picture && !packet.is_key() && span.start == 0.0 {
            note(FindingKind::MissingKeyframe);
        }
        if self.picture && duration <= 0.0 {
            note(FindingKind::ZeroDuration);
        }
        if span.contains(time) {
            watch.packets += 1;
            watch.lasting += u64::from(self.picture && duration > 0.0);
            if packet.is_corrupt() {
                watch.note(FindingKind::DamagedPacket, time);
            }
        }
        self.last = Some(order);
        self.end = time + duration;
        (time, time + duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(duration: Option<f64>) -> Claims {
        Claims { size: 1, duration, picture: true, shown: None }
    }

    #[test]
    fn what_was_met_is_told_with_its_times() {
        let mut watch = Watch { packets: 100, ..Watch::default() };
        watch.damaged(vec![3.0, 1.0]);
        watch.damaged(vec![2.0]);
        watch.note(FindingKind::ZeroDuration, 4.0);
        let ends = Ends { picture: 5.0, sound: 8.0, file: 8.0 };
        let damage = watch.damage(&claims(Some(20.0)), &ends, true);
        assert_eq!((damage.errors, damage.first_error, damage.truncated), (3, Some(1.0), true));
        let told: Vec<_> = damage.findings.iter().map(|f| (f.kind, f.count, f.times.as_slice())).collect();
        let expected: [(_, _, &[f64]); 2] =
            [(FindingKind::DamagedPacket, 3, &[1.0, 2.0, 3.0]), (FindingKind::SoundLonger, 1, &[5.0])];
        assert_eq!(told, expected, "no container that says no durations has packets without");
        assert_eq!(damage.notes.len(), 2);
    }

    #[test]
    fn only_the_first_times_are_kept() {
        let mut watch = Watch::default();
        (0..50).for_each(|n| watch.note(FindingKind::MissingTime, f64::from(n)));
        let damage = watch.damage(&claims(None), &Ends::default(), true);
        assert_eq!((damage.findings[0].count, damage.findings[0].times.len()), (50, TIMES));
    }
}
