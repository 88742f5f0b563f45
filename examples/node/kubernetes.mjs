// Decisions carried out in a Kubernetes cluster: an engine whose callback writes the `scale` of a deployment.
//   npm install opusclip undici
//   node kubernetes.mjs NAMESPACE DEPLOYMENT CPU-PERCENT
// In a pod it asks as the service account, whose role needs `get` and `update` of `deployments/scale`, and `get` of
// `deployments`. Elsewhere: SERVER=address of the cluster, ACCOUNT=folder with its `ca.crt` and a `token`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { AutoScalingEngine } from 'opusclip'
import { Agent, fetch } from 'undici'

/** A function that asks the cluster's server with the files of a service account. */
export function client({ server, account }) {
  const dispatcher = new Agent({ connect: { ca: readFileSync(join(account, 'ca.crt')) } })
  return async (method, path, { body, signal = AbortSignal.timeout(10_000) } = {}) => {
    // Read each time: the cluster replaces it while the pod runs.
    const token = readFileSync(join(account, 'token'), 'utf8').trim()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(server + path, { method, headers, body, signal, dispatcher })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
}

const pathOf = (namespace, name) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`

/** The callback of a deployment. */
export function executor(ask, namespace, name) {
  const path = `${pathOf(namespace, name)}/scale`
  return async ({ targetInstances }, { signal }) => {
    const scale = await ask('GET', path, { signal })
    // A try before this one may have done it. A count of 0 is left out.
    if ((scale.spec.replicas ?? 0) === targetInstances) return
    scale.spec.replicas = targetInstances
    // It goes back with the version that was read: where somebody else came between, the server answers 409, this try has
    // failed, and the next one reads again.
    await ask('PUT', path, { body: JSON.stringify(scale), signal })
  }
}

/** What the cluster knows of a deployment. */
export async function measured(ask, namespace, name, cpuUsage) {
  const { status } = await ask('GET', pathOf(namespace, name))
  return { cpuUsage, instances: status.replicas ?? 0, readyInstances: status.readyReplicas ?? 0 }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [namespace, name, cpu] = process.argv.slice(2)
  const {
    SERVER: server = 'https://kubernetes.default.svc',
    ACCOUNT: account = '/var/run/secrets/kubernetes.io/serviceaccount',
  } = process.env
  const ask = client({ server, account })
  const engine = new AutoScalingEngine({}, { executor: executor(ask, namespace, name) })
  // A service does this every evaluation period.
  const decision = engine.evaluate(await measured(ask, namespace, name, Number(cpu)))
  console.log(decision.sentence)
  const done = await engine.executeScalingAction(decision)
  console.log(done ? 'done' : `failed: ${engine.actions.at(-1).error}`)
}
