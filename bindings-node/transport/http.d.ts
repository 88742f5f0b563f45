// `opusclip/http`: for `node:http` and `node:https`.
import type { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http'

import type { LoadBalancer } from '../index.js'
import type { TransportOptions } from './options.js'

export type { TransportOptions, TransportRequest } from './options.js'

export interface BalancedRequestOptions extends TransportOptions {
  /** Keeps the connections; default Node's own. One of `node:https` where the instances' URLs are https. */
  agent?: Agent
}

/** A request, as `node:http` has it. */
export interface HttpCall {
  /** Default GET. */
  method?: string
  headers?: OutgoingHttpHeaders
  /** Text and bytes can be sent again, streams only while nobody has read of them. */
  body?: string | ArrayBuffer | ArrayBufferView | Blob | AsyncIterable<unknown> | Iterable<unknown> | null
  /** Ends the request, and with it the reading of its answer. */
  signal?: AbortSignal
  /** Seconds until an attempt must have an answer. */
  timeout?: number
}

/**
 * A function that sends requests to instances that a balancer picks. It gives the response of `node:http`, whose body is to
 * be read.
 *
 * @example
 * const request = balancedRequest(balancer)
 * const response = await request('/clips?n=1', { signal })
 */
export declare function balancedRequest(
  balancer: LoadBalancer,
  options?: BalancedRequestOptions,
): (path?: string, call?: HttpCall) => Promise<IncomingMessage>
