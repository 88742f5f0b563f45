// A small service: MEDIA=folder OUT=folder PORT=3000 node service.mjs
//   curl -d '{"video": "talk.mp4", "transcript": "talk.srt", "count": 1}' -H 'content-type: application/json' \
//     http://127.0.0.1:3000/clips
// A client that hangs up stops its job.
import { randomUUID } from 'node:crypto'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import Fastify from 'fastify'
import { OpusClipError, extractClips } from 'opusclip'

const STATUS = { config: 400, transcript: 422, media: 422, limit: 422, cancelled: 499 }

/** The service, which reads videos of one folder and writes clips into another. */
export function service({ media, out }) {
  const app = Fastify({ forceCloseConnections: true })

  app.post('/clips', async (request, reply) => {
    const { video, transcript, ...options } = request.body ?? {}
    const controller = new AbortController()
    reply.raw.once('close', () => controller.abort())
    const id = randomUUID()
    const report = await extractClips(inside(media, video), {
      // What a client may choose; paths and threads are the service's own business.
      ...pick(options, ['count', 'minDuration', 'maxDuration', 'width', 'height', 'layout', 'captions', 'preset', 'speed']),
      transcript: transcript && inside(media, transcript),
      outDir: join(out, id),
      signal: controller.signal,
    })
    const clips = report.clips.map(({ video: file, start, end, score, reason }) => {
      return { file: `${id}/${basename(file)}`, start, end, score, reason }
    })
    return reply.code(201).send({ id, clips, notes: report.notes })
  })

  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof OpusClipError
    const status = known ? (STATUS[error.code.split('.')[0]] ?? 500) : (error.statusCode ?? 500)
    // Paths of the service stay its own.
    reply.code(status).send({ code: known ? error.code : 'request', field: error.field, hint: error.hint })
  })

  return app
}

const inside = (folder, name) => join(folder, basename(String(name)))
const pick = (object, names) => Object.fromEntries(names.flatMap((name) => (name in object ? [[name, object[name]]] : [])))

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { MEDIA: media = '.', OUT: out = 'clips', PORT: port = '3000' } = process.env
  console.log(await service({ media, out }).listen({ port: Number(port) }))
}
