// What the transports have in common.
import type { PickCall } from '../index.js'

/** A request as `pick` sees it. */
export interface TransportRequest {
  /** The method, in capitals. */
  method: string
  /** The path with the query. */
  path: string
  /** The fields as the caller gave them. */
  headers?: unknown
}

/**
 * How a transport treats requests. Requests of idempotent methods (RFC 9110: GET, HEAD, OPTIONS, TRACE, PUT, DELETE) whose bodies
 * can be sent again go to another instance, within the balancer's retry budget, after an error before the answer and after
 * 429, 500, 502, 503 and 504. Others, such as POST, are never sent twice.
 */
export interface TransportOptions {
  /** A request is sent so many times at most, each time to another instance. Default 3. */
  attempts?: number
  /**
   * Where no other instance is there, one that said `Retry-After` is waited for, for so many seconds at most. Default 5; 0
   * never waits.
   */
  maxRetryAfter?: number
  /** A request whose body nobody reads is in flight no longer after so many seconds. Default 10. */
  unread?: number
  /** What a request asks the balancer for: a key, a subset, instances that it must not go to. */
  pick?: (request: TransportRequest) => Omit<PickCall, 'retry' | 'now'> | undefined
}
