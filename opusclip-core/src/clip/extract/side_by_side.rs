//! Several clips at a time, within a budget of cores and memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::clip::media::{Codec, VideoInfo};
use crate::clip::render::RenderOptions;
use crate::control::{CancelToken, Control};
use crate::error::{Error, ErrorCode, Result};

/// One clip keeps so many cores busy: decoding, framing and encoding run beside each other.
const CORES: usize = 4;

/// Pictures that a clip holds: those that the decoder and the filters have, and those that the encoder looks ahead at.
const SOURCE_PICTURES: u64 = 24;
const CLIP_PICTURES: u64 = 72;
/// AV1 encoders hold far more of each picture.
const AV1_PICTURES: u64 = 240;

/// What a clip needs beside its pictures, in bytes: sound, fonts, tables of the codecs.
const BASE: u64 = 40 << 20;

/// The share of the memory that is free which clips may take where no budget is given.
const SHARE: u64 = 4;

/// How many clips are rendered at a time.
pub(super) fn at_once(options: &RenderOptions, source: Option<&VideoInfo>, clips: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wanted = match options.clips_at_once as usize {
        0 => cores.div_ceil(CORES),
        count => count,
    };
    let budget = match u64::from(options.memory_budget) {
        0 if options.clips_at_once > 0 => u64::MAX,
        0 => free_memory() / SHARE,
        megabytes => megabytes * 1_000_000,
    };
    let fit = usize::try_from(budget / needed(options, source)).unwrap_or(usize::MAX);
    wanted.min(fit).clamp(1, clips.max(1))
}

/// Bytes that rendering one clip needs, on top of what the process has.
fn needed(options: &RenderOptions, source: Option<&VideoInfo>) -> u64 {
    // 4:2:0 with 8 bits: 12 bits a pixel.
    let picture = |width: u32, height: u32| u64::from(width) * u64::from(height) * 3 / 2;
    let source = source.map_or(0, |video| picture(video.width, video.height));
    let pictures = if options.codec == Codec::Av1 { AV1_PICTURES } else { CLIP_PICTURES };
    BASE + source * SOURCE_PICTURES + picture(options.width, options.height) * pictures
}

/// Bytes that this process may still take, also within a container; none where the system does not say.
fn free_memory() -> u64 {
    let only_memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let Ok(system) = System::new_with_specifics(only_memory) else { return 0 };
    let free = system.available_memory();
    system.cgroup_limits().map_or(free, |limits| free.min(limits.free_memory))
}

/// Do `work` with each of `items`, `at_once` of them at a time. The results come in the order of the items. Where one
/// fails, the others are stopped.
pub(super) fn each<T: Sync, R: Send>(
    items: &[T],
    at_once: usize,
    control: &Control,
    work: impl Fn(&T, &Control) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let shares = control.shares(items.len());
    if at_once <= 1 {
        return items
            .iter()
            .zip(&shares)
            .map(|(item, control)| control.check().and_then(|()| work(item, control)))
            .collect();
    }
    let (next, stop) = (AtomicUsize::new(0), CancelToken::new());
    let done: Mutex<Vec<Option<Result<R>>>> = Mutex::new(items.iter().map(|_| None).collect());
    let worker = || {
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            let control = shares[at].stopped_by(&stop);
            let result = control.check().and_then(|()| work(item, &control));
            if result.is_err() {
                stop.cancel();
            }
            done.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.min(items.len())).map(|_| scope.spawn(worker)).collect();
        // Every one is joined, or the scope itself would panic.
        let ended: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        let panicked = ended.iter().any(std::result::Result::is_err);
        if panicked { Err(Error::new(ErrorCode::Internal, "rendering a clip panicked")) } else { Ok(()) }
    })?;
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (mut results, mut stopped) = (Vec::new(), None);
    for result in done.into_iter().flatten() {
        match result {
            Ok(result) => results.push(result),
            // Those that were stopped because of another one are not what went wrong.
            Err(error) if error.code() == ErrorCode::Cancelled => stopped = Some(error),
            Err(error) => return Err(error),
        }
    }
    stopped.map_or(Ok(results), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn results_come_in_the_order_of_the_items_and_progress_adds_up() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&heard);
        let control = Control::new().on_progress(move |progress| sink.lock().unwrap().push(progress.fraction));
        let items: Vec<u64> = (0..8).collect();
        let squares = each(&items, 3, &control, |item, control| {
            std::thread::sleep(std::time::Duration::from_millis(3 * (8 - item)));
            control.report("render", 1.0);
            Ok(item * item)
        });
        assert_eq!(squares.unwrap(), [0, 1, 4, 9, 16, 25, 36, 49]);
        let heard = heard.lock().unwrap();
        assert!(heard.is_sorted() && heard.last().is_some_and(|last| (last - 1.0).abs() < 1e-9), "{heard:?}");
    }

    #[test]
    fn one_that_fails_stops_the_others_and_is_what_is_told() {
        for at_once in [1, 4] {
            let result = each(&[0, 1, 2, 3], at_once, &Control::new(), |item, control| {
                if *item == 2 {
                    return Err(Error::new(ErrorCode::OutputFull, "full"));
                }
                for _ in 0..if at_once == 1 { 1 } else { 2000 } {
                    control.check()?;
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                Ok(())
            });
            assert_eq!(result.unwrap_err().code(), ErrorCode::OutputFull);
        }
    }

    #[test]
    fn a_panic_is_an_error() {
        let result = each(&[0, 1], 2, &Control::new(), |_, _| -> Result<()> { panic!("as a test") });
        assert_eq!(result.unwrap_err().code(), ErrorCode::Internal);
    }

    #[test]
    fn a_budget_bounds_how_many_run_at_a_time() {
        let video = crate::clip::reframe::tests::video(1920, 1080);
        let source = Some(&video);
        let options = |at_once: u32, megabytes: u32| RenderOptions {
            clips_at_once: at_once,
            memory_budget: megabytes,
            ..RenderOptions::default()
        };
        let one = needed(&options(1, 0), source).div_ceil(1_000_000) as u32;
        assert_eq!(at_once(&options(4, one * 3 + 1), source, 9), 3);
        assert_eq!(at_once(&options(4, 100), source, 9), 1, "one is always rendered");
        assert_eq!(at_once(&options(4, 0), source, 9), 4);
        assert_eq!(at_once(&options(4, 0), source, 2), 2);
    }
}
