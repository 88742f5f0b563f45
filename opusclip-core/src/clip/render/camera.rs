//! Source frames to frames of the clip: upright, framed as the shot says, captions over it.

use std::collections::VecDeque;

use crate::clip::media::{VideoFrame, VideoGraph, VideoInfo};
use crate::clip::reframe::{Background, Camera, Framing, ShotFraming, compose, prepare};
use crate::error::Result;
use crate::time::TimeBase;

/// More than times are rounded by, less than a frame, in seconds.
const ROUNDING: f64 = 1e-3;

/// The stages that a frame goes through, one after another. Each gives a frame for a frame.
pub(super) struct Composer<'a> {
    video: &'a VideoInfo,
    framing: &'a Framing,
    background: Background,
    size: (u32, u32),
    base: TimeBase,
    prepare: Option<VideoGraph>,
    /// Graphs by their filters: shots that are framed alike share one.
    graphs: Vec<(String, VideoGraph)>,
    captions: Option<VideoGraph>,
    /// Ticks that are under way, with the time of the source frame and of the camera.
    under_way: VecDeque<(i64, f64, f64)>,
    shot: Option<Set>,
}

/// The shot that is shown, with its filters.
struct Set {
    shot: ShotFraming,
    graph: usize,
    cameras: Vec<Camera>,
}

impl<'a> Composer<'a> {
    /// `captions` are filters over the finished frame; ticks are of `base`.
    pub(super) fn new(
        video: &'a VideoInfo,
        framing: &'a Framing,
        background: Background,
        size: (u32, u32),
        captions: Option<String>,
        base: TimeBase,
    ) -> Self {
        let graph = |chain: String| VideoGraph::new(chain, base);
        Self {
            video,
            framing,
            background,
            size,
            base,
            prepare: prepare(video).map(graph),
            graphs: Vec::new(),
            captions: captions.map(graph),
            under_way: VecDeque::new(),
            shot: None,
        }
    }

    /// Push a source frame that is shown at a tick. `frame_time` says which shot it belongs to, `camera_time` where the
    /// camera is: it also moves while one picture of the source stands. `sink` gets finished frames.
    pub(super) fn push(
        &mut self,
        frame: &mut VideoFrame,
        tick: i64,
        (frame_time, camera_time): (f64, f64),
        sink: &mut dyn FnMut(VideoFrame) -> Result<()>,
    ) -> Result<()> {
        self.under_way.push_back((tick, frame_time, camera_time));
        let Some(mut prepare) = self.prepare.take() else { return self.compose(frame, sink) };
        prepare.push(frame, tick)?;
        while let Some(mut ready) = prepare.pull()? {
            self.compose(&mut ready, sink)?;
        }
        self.prepare = Some(prepare);
        Ok(())
    }

    /// No more frames: those that a stage still holds come out.
    pub(super) fn finish(&mut self, sink: &mut dyn FnMut(VideoFrame) -> Result<()>) -> Result<()> {
        let Some(mut prepare) = self.prepare.take() else { return Ok(()) };
        prepare.finish()?;
        while let Some(mut ready) = prepare.pull()? {
            self.compose(&mut ready, sink)?;
        }
        Ok(())
    }

    fn compose(&mut self, frame: &mut VideoFrame, sink: &mut dyn FnMut(VideoFrame) -> Result<()>) -> Result<()> {
        let Some((tick, frame_time, camera_time)) = self.under_way.pop_front() else { return Ok(()) };
        // Times of shots are rounded; a frame at a cut belongs to the shot that begins there.
        let moment = frame_time + ROUNDING;
        if self.shot.as_ref().is_none_or(|set| !(set.shot.start <= moment && moment < set.shot.end)) {
            self.shot = Some(self.set(moment));
        }
        let Some(Set { shot, graph, cameras }) = &self.shot else { return Ok(()) };
        // Within its shot: the camera of one shot does not know what to do in another.
        let time = camera_time.clamp(shot.start, shot.end);
        let commands: Vec<_> = cameras
            .iter()
            .filter_map(|camera| Some(camera.commands(camera.place(shot.views.get(camera.view)?.at(time)))))
            .flatten()
            .collect();
        let Some((_, graph)) = self.graphs.get_mut(*graph) else { return Ok(()) };
        graph.push_with(frame, tick, &commands)?;
        while let Some(mut ready) = graph.pull()? {
            let Some(captions) = &mut self.captions else {
                sink(ready)?;
                continue;
            };
            let tick = ready.time.ticks;
            captions.push(&mut ready, tick)?;
            while let Some(done) = captions.pull()? {
                sink(done)?;
            }
        }
        Ok(())
    }

    fn set(&mut self, time: f64) -> Set {
        let shot = self.framing.shot_at(time, self.video, self.size);
        let (chain, cameras) = compose(self.video, &shot, self.background, self.size.0, self.size.1);
        let known = self.graphs.iter().position(|(known, _)| *known == chain);
        let graph = known.unwrap_or_else(|| {
            self.graphs.push((chain.clone(), VideoGraph::new(chain, self.base)));
            self.graphs.len() - 1
        });
        Set { shot, graph, cameras }
    }
}
