/** Say what is in a media file: loudness, speech and pauses, shots, damage. */
export declare function analyze(video: string | URL, options?: JobOptions): Promise<Analysis>

/** Every value that `code` of an error can have. */
export declare function errorCodes(): ErrorCode[]

/**
 * Cut the best clips out of a video: vertical, captioned, levelled, ready to post.
 *
 * Clips, thumbnails, contact sheet and manifest go into `outDir` (default `clips`), all of them or none.
 *
 * @example
 * const report = await extractClips('talk.mp4', { outDir: 'clips', transcript: 'talk.srt', count: 3 })
 * for (const clip of report.clips) console.log(clip.video, clip.start, clip.end, clip.score)
 */
export declare function extractClips(video: string | URL, options?: ExtractCall): Promise<Report>

/** Version and licence of the linked FFmpeg, for bug reports. */
export declare function ffmpegVersion(): string

/**
 * Say what a media file is: container, streams, display size, frame rate, colour, sound, chapters.
 *
 * @example
 * const info = await probe('talk.mp4')
 * console.log(info.container, info.duration)
 */
export declare function probe(video: string | URL, options?: JobOptions): Promise<MediaInfo>

/** {@link probe}, on the main thread: it reads a header and a few frames. */
export declare function probeSync(video: string | URL): MediaInfo

/** Read a manifest that {@link extractClips} or {@link render} wrote. */
export declare function readManifest(path: string | URL, options?: JobOptions): Promise<Manifest>

/** Read an SRT or WebVTT file: cues, timed words, and what had to be repaired. */
export declare function readTranscript(path: string | URL, options?: JobOptions): Promise<Transcript>

/** {@link readTranscript}, on the main thread. */
export declare function readTranscriptSync(path: string | URL): Transcript

/**
 * Render the clips of a manifest again, edited or not: times, words, text and framing are taken from it.
 *
 * @example
 * const manifest = await readManifest('clips/manifest.json')
 * manifest.clips[0].ranges[0].end -= 1.5
 * await render(manifest, { outDir: 'again', only: [1] })
 */
export declare function render(manifest: string | URL | Manifest, options: RenderCall): Promise<Report>

/**
 * Run the `opusclip` command with these arguments, the first of which is the program's name; returns the exit status.
 * It blocks until the command is done: a script's last call, not a server's.
 */
export declare function runCli(argv: string[]): number

/**
 * One JSON Schema (draft 2020-12) of all results, options and the manifest, as they stand in JSON files: names are in
 * snake case there, and in camel case in JavaScript.
 */
export declare function schema(): Record<string, unknown>

/**
 * Choose clips without rendering them, and say why.
 *
 * @example
 * const { clips } = await select('talk.mp4', { transcript: 'talk.srt', count: 3 })
 * for (const clip of clips) console.log(clip.ranges, clip.score, clip.reason)
 */
export declare function select(video: string | URL, options?: SelectCall): Promise<Selection>
