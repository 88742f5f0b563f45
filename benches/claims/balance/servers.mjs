// Eight servers on loopback, of which one is slow, one fails fast and one flaps. Each works on `workers` requests at a time,
// the others wait; a request takes an exponentially distributed time. Prints their addresses as JSON, and works until its
// standard input ends.
import { once } from 'node:events'
import { createServer } from 'node:http'

const { workers, serviceMs, slowFactor, periodMs, seed } = JSON.parse(process.argv[2])
const FAULTS = ['slow', 'fails', 'flaps', 'well', 'well', 'well', 'well', 'well']
const began = performance.now()

/** Numbers from 0 to 1 (mulberry32). */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function server(fault, number) {
  const draw = random(seed * 100 + number)
  const waiting = []
  let busy = 0
  const down = () => fault === 'flaps' && ((performance.now() - began) / periodMs) % 1 >= 0.5
  const work = () => {
    while (busy < workers && waiting.length > 0) {
      const response = waiting.shift()
      // Who has given up is not worked for.
      if (response.destroyed) continue
      busy += 1
      const factor = fault === 'slow' ? slowFactor : 1
      setTimeout(() => {
        busy -= 1
        response.end('ok')
        work()
      }, -Math.log(1 - draw()) * serviceMs * factor)
    }
  }
  return createServer((request, response) => {
    if (fault === 'fails') return void response.writeHead(500).end('failed')
    if (down()) return void request.socket.destroy()
    waiting.push(response)
    work()
  })
}

const urls = []
for (const [number, fault] of FAULTS.entries()) {
  const listening = server(fault, number).listen(0, '127.0.0.1', 4096)
  await once(listening, 'listening')
  urls.push(`http://127.0.0.1:${listening.address().port}`)
}
console.log(JSON.stringify(urls))
process.stdin.resume().once('end', () => process.exit())
