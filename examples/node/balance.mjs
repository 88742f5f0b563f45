// Requests of fetch spread over three servers, of which one fails: node examples/node/balance.mjs
import { once } from 'node:events'
import { createServer } from 'node:http'

import { LoadBalancer } from 'opusclip'
import { BalancedDispatcher } from 'opusclip/undici'

async function serve(status) {
  const server = createServer((_, response) => response.writeHead(status).end(`${status}`)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const servers = await Promise.all([200, 200, 503].map(serve))
const balancer = new LoadBalancer()
balancer.setInstances(servers.map((server) => ({ id: `http://127.0.0.1:${server.address().port}` })))
const dispatcher = new BalancedDispatcher(balancer)

let answered = 0
for (let number = 0; number < 200; number++) {
  const response = await fetch('http://workers/clips', { dispatcher })
  if (response.ok) answered += 1
  await response.text()
}
console.log(`${answered} of 200 requests were answered`)
for (const { picks, failures, reason } of balancer.snapshot().instances) {
  console.log(`an instance was asked ${picks} times and failed ${failures} times: ${reason}`)
}
await dispatcher.close()
for (const server of servers) server.close()
