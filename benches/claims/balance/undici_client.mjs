// Sends requests through one way of spreading them, and prints what became of them as JSON: seconds of each request since it
// was due, negative where it failed.
import { setTimeout as sleep } from 'node:timers/promises'

import { LoadBalancer } from 'opusclip'
import { BalancedDispatcher } from 'opusclip/undici'
import { Agent, BalancedPool, interceptors, request } from 'undici'

const { policy, urls, rate, clients, warmup, seconds, timeoutMs, seed } = JSON.parse(process.argv[2])
const LIMITS = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connect: { timeout: timeoutMs } }

function opusclip(options, retries) {
  const balancer = new LoadBalancer({ seed, ...options })
  for (const url of urls) balancer.addInstance(url)
  return new BalancedDispatcher(balancer, { retries, dispatcher: new Agent(LIMITS) })
}

const POLICIES = {
  opusclip: () => opusclip({}, 2),
  'round robin': () => opusclip({ strategy: 'round_robin', outlier: null }, 0),
  'round robin, retries': () => opusclip({ strategy: 'round_robin', outlier: null }, 2),
  // Pays no heed to the budget, and waits as little as it can.
  'undici BalancedPool, retries': () =>
    new BalancedPool(urls, LIMITS).compose(
      interceptors.retry({ maxRetries: 2, minTimeout: 1, maxTimeout: 1, throwOnError: false }),
    ),
}

const dispatcher = POLICIES[policy]()
const taken = []
const began = performance.now()
/** What is due before is not counted, whichever policy it is. */
const counted = began + warmup * 1000
const end = counted + seconds * 1000

async function send(due) {
  let well = false
  try {
    const { statusCode, body } = await request(urls[0], { dispatcher })
    await body.text()
    well = statusCode === 200
  } catch {
    // It counts as failed.
  }
  // One that was sent a trifle early has taken no time.
  const took = Math.max(1e-6, (performance.now() - due) / 1000)
  if (due >= counted) taken.push(well ? took : -took)
}

/** Arrivals that do not wait for answers: exponential gaps, the same for every policy. */
async function open() {
  let state = seed
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const sent = []
  for (let due = began; due < end; due += (-Math.log(1 - draw()) / rate) * 1000) {
    const wait = due - performance.now()
    if (wait > 1) await sleep(wait)
    sent.push(send(due))
  }
  await Promise.all(sent)
  return seconds
}

/** Callers that each wait for an answer before they ask again. */
async function closed() {
  const caller = async () => {
    while (performance.now() < end) await send(performance.now())
  }
  await Promise.all(Array.from({ length: clients }, caller))
  return (performance.now() - counted) / 1000
}

const lasted = clients > 0 ? await closed() : await open()
process.stdout.write(JSON.stringify({ taken, lasted }), () => process.exit())
