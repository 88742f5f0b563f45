// Servers on loopback, and what a balancer has counted of them.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that answers by a function, and counts its requests; closed after the test. */
export async function serve(t, answer) {
  const seen = []
  const server = createServer(async (request, response) => {
    seen.push(request)
    // A client that has gone is nothing to a test.
    await Promise.resolve(answer(request, response, seen.length)).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${server.address().port}`, seen, server }
}

/** An address where nobody listens. */
export async function nobody(t) {
  const { url, server } = await serve(t, () => {})
  server.close()
  await once(server, 'close')
  return url
}

export const ok = (text = 'ok') => (_, response) => void response.end(text)
export const status = (code, headers = {}) => (_, response) => void response.writeHead(code, headers).end(`status ${code}`)

/** The body of a request. */
export async function bodyOf(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

export const snapshotOf = (balancer, id) => balancer.snapshot().instances.find((instance) => instance.id === id)

/** Wait until a condition holds, for two seconds. */
export async function until(condition) {
  for (let waited = 0; waited < 2000; waited += 10) {
    if (condition()) return
    await sleep(10)
  }
  throw new Error(`it never came to ${condition}`)
}
