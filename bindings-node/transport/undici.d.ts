// `opusclip/undici`: needs the package `undici` 7 or newer.
import { Dispatcher } from 'undici'

import type { LoadBalancer } from '../index.js'
import type { TransportOptions } from './options.js'

export type { TransportOptions, TransportRequest } from './options.js'

export interface DispatcherOptions extends TransportOptions {
  /**
   * Sends what was picked for, such as an `Agent` with time limits; default an `Agent` of its own, which is closed with it.
   * `headersTimeout` and the like hold for each attempt.
   */
  dispatcher?: Dispatcher
  /**
   * Only requests to this origin go to instances, others where they say, such as those of a redirect to another host.
   * Default all.
   */
  origin?: string | URL
}

/**
 * Sends each request to an instance that a balancer picks, whatever host its URL has; the path of the URL goes behind the
 * instance's own. For `fetch(url, { dispatcher })` and `undici.request`.
 *
 * @example
 * const balancer = new LoadBalancer()
 * balancer.addInstance('http://10.0.0.1:8000')
 * balancer.addInstance('renderer-2', { metadata: { url: 'http://10.0.0.2:8000' } })
 * const dispatcher = new BalancedDispatcher(balancer)
 * const response = await fetch('http://renderers/clips', { dispatcher })
 */
export declare class BalancedDispatcher extends Dispatcher {
  constructor(balancer: LoadBalancer, options?: DispatcherOptions)
}
