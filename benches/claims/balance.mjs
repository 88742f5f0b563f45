// Eight real servers on loopback, of which one is ten times slower, one fails fast and one flaps, and requests over HTTP by
// undici and by httpx: opusclip beside round robin. Each table ends with a line of key=value. `--help` lists the options.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HELP = `Usage: node benches/claims/balance.mjs [options]
  --clients NAMES   of undici, httpx and httpx-sync, those that are compared (default undici)
  --python PATH     the interpreter that has httpx and opusclip (default python3)
  --warmup N        seconds at the beginning of each run that do not count (default 2)
  --seconds N       of each run that count (default 16)
  --rate N          requests a second of the open loop (default 300; by httpx 120)
  --callers N       callers of the closed loop (default 64; by httpx 32)
  --service-ms N    mean time of a request on a server that is well (default 20; by httpx 50)
  --workers N       requests that a server works on at a time (default 4)
  --slow N          how many times slower the slow one is (default 10)
  --period N        seconds of the flapping one's period, half of which it is down (default 4)
  --timeout N       seconds after which an attempt has failed (default 2)
  --seed N          of arrivals and times (default 1)`

const NAMES = [
  'clients', 'python', 'warmup', 'seconds', 'rate', 'callers', 'service-ms', 'workers', 'slow', 'period', 'timeout', 'seed',
]
const options = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }]))
const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } })
if (values.help) {
  console.log(HELP)
  process.exit()
}
const { clients = 'undici', python = 'python3' } = values
const number = (name, standard, least = Number.MIN_VALUE) => {
  const value = Number(values[name] ?? standard)
  if (!(value >= least && Number.isFinite(value))) throw new RangeError(`--${name} is ${values[name]}, not a number ${least > 0 ? 'above' : 'of at least'} 0`)
  return value
}
const warmup = number('warmup', 2, 0)
const seconds = number('seconds', 16)
const seed = number('seed', 1)
const timeoutMs = number('timeout', 2) * 1000
const work = {
  workers: number('workers', 4),
  slowFactor: number('slow', 10),
  periodMs: number('period', 4) * 1000,
  seed,
}

const here = (name) => fileURLToPath(new URL(`balance/${name}`, import.meta.url))
// One process of Python sends some 400 requests a second: quicker servers would wait for it, whoever spreads the requests.
const PYTHON = { command: [python, here('httpx_client.py')], also: [], serviceMs: 50, rate: 120, callers: 32 }
const CLIENTS = {
  undici: {
    command: [process.execPath, here('undici_client.mjs')],
    also: ['undici BalancedPool, retries'],
    serviceMs: 20,
    rate: 300,
    callers: 64,
  },
  httpx: PYTHON,
  'httpx-sync': PYTHON,
}

/** How quick the servers are, how many requests come, and how many callers wait for answers. */
const pace = (client) => ({
  serviceMs: number('service-ms', CLIENTS[client].serviceMs),
  rate: number('rate', CLIENTS[client].rate),
  callers: number('callers', CLIENTS[client].callers),
})

/** Fresh servers for each run, so that none finds another one's queue. */
async function run(client, policy, clients) {
  const { command } = CLIENTS[client]
  const { serviceMs, rate } = pace(client)
  const stdio = ['pipe', 'pipe', 'inherit']
  const servers = spawn(process.execPath, [here('servers.mjs'), JSON.stringify({ ...work, serviceMs })], { stdio })
  const [line] = await once(createInterface(servers.stdout), 'line')
  const asked = JSON.stringify({ client, policy, urls: JSON.parse(line), rate, clients, warmup, seconds, timeoutMs, seed })
  const sender = spawn(command[0], [...command.slice(1), asked], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  sender.stdout.on('data', (chunk) => (text += chunk))
  const [code] = await once(sender, 'close')
  servers.stdin.end()
  await once(servers, 'close')
  if (code !== 0) throw new Error(`the client ended with status ${code}`)
  return JSON.parse(text)
}

/** A request that failed counts with the time limit, if it did not take longer. */
function figures({ taken, lasted }) {
  const answered = taken.filter((time) => time >= 0)
  const charged = taken.map((time) => (time >= 0 ? time : Math.max(-time, timeoutMs / 1000))).sort((a, b) => a - b)
  const quantile = (share) => charged[Math.min(charged.length - 1, Math.floor(share * charged.length))] * 1000
  return {
    requests: taken.length,
    availability: (100 * answered.length) / taken.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    throughput: answered.length / lasted,
  }
}

const WIDTHS = [30, 9, 9, 8, 8, 18]
const row = ([first, ...cells]) =>
  console.log([first.padEnd(WIDTHS[0]), ...cells.map((cell, at) => `${cell}`.padStart(WIDTHS[at + 1]))].join(' '))

async function table(client) {
  console.log(`8 servers (5 well, 1 slow, 1 failing, 1 flapping) by ${client}; load of the machine ${loadavg()[0].toFixed(1)}`)
  const { serviceMs, rate, callers } = pace(client)
  console.log(`${serviceMs} ms in the mean where it is well; open loop: ${rate} requests/s; closed loop: ${callers} callers; each ${seconds} s after ${warmup} s to warm up`)
  row(['policy', 'requests', 'answered', 'p50 ms', 'p99 ms', 'closed: answers/s'])
  const found = {}
  for (const policy of ['opusclip', 'round robin', 'round robin, retries', ...CLIENTS[client].also]) {
    const open = figures(await run(client, policy, 0))
    const closed = figures(await run(client, policy, callers))
    found[policy] = { ...open, throughput: closed.throughput }
    const times = [open.p50, open.p99].map((time) => time.toFixed(1))
    row([policy, open.requests, `${open.availability.toFixed(3)}%`, ...times, closed.throughput.toFixed(0)])
  }
  const [ours, plain, retried] = ['opusclip', 'round robin', 'round robin, retries'].map((policy) => found[policy])
  console.log(
    [
      `client=${client}`,
      `availability=${ours.availability.toFixed(3)}`,
      `availability_rr=${plain.availability.toFixed(3)}`,
      `availability_rr_retries=${retried.availability.toFixed(3)}`,
      `p99_ms=${ours.p99.toFixed(1)}`,
      `p99_less_than_rr_retries=${(100 * (1 - ours.p99 / retried.p99)).toFixed(1)}%`,
      `throughput_ratio_rr=${(ours.throughput / plain.throughput).toFixed(2)}`,
      `throughput_ratio_rr_retries=${(ours.throughput / retried.throughput).toFixed(2)}`,
    ].join(' '),
  )
}

const wanted = clients.split(',')
const unknown = wanted.find((client) => !(client in CLIENTS))
if (unknown !== undefined) throw new RangeError(`--clients: ${unknown} is none of ${Object.keys(CLIENTS).join(', ')}`)
for (const client of wanted) await table(client)
