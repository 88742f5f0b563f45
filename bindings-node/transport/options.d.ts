// What the transports have in common.
import type { InstanceSubset } from '../index.js'

/** A request as `key` sees it. */
export interface TransportRequest {
  /** The method, in capitals. */
  method: string
  /** The path with the query. */
  path: string
  /** The fields as the caller gave them. */
  headers?: unknown
}

/**
 * How a transport treats requests. Requests of idempotent methods (RFC 9110: GET, HEAD, OPTIONS, TRACE, PUT, DELETE) whose
 * bodies can be sent again go to another instance, within the balancer's retry budget, after an error before the answer and
 * after 429, 500, 502, 503 and 504. Others, such as POST, are never sent twice.
 */
export interface TransportOptions {
  /** How often a request goes to another instance at most. Default 2. */
  retries?: number
  /**
   * Where no other instance is there, one that said `Retry-After` is waited for, for so many seconds at most. Default 5; 0
   * never waits.
   */
  maxRetryAfter?: number
  /** A request whose body nobody reads is in flight no longer after so many seconds. Default 10. */
  unread?: number
  /** Gives the key of a request, for strategies that hash one. */
  key?: (request: TransportRequest) => string | Uint8Array | undefined
  /** Only instances of this subset. */
  subset?: InstanceSubset
}
