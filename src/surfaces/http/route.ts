import type { Live } from './live.ts'
import type { NodeApi } from './node-api.ts'
import type { JsonSchema } from './openapi/schemas.ts'
import type { Right } from './right.ts'

/** A parameter of the query string; `pattern` is all that is let through. */
export type Param = { pattern: RegExp; meaning: string }

/** What a route is handed: all of it checked at the edge. */
export type Call = {
  api: NodeApi
  live: Live
  /** Parts of the path, decoded. */
  params: Readonly<Record<string, string>>
  /** Only the parameters that the route knows, each of its pattern. */
  query: Readonly<Record<string, string>>
  /** Lower case names. */
  header(name: string): string | undefined
  /** The parsed JSON body. */
  body: unknown
  /** Aborts when the caller is gone or the server ends. */
  signal: AbortSignal
}

export type Answer = {
  status?: number
  type?: string
  headers?: Record<string, string>
  /** A stream is sent as fast as its reader takes it. */
  body?: string | Buffer | AsyncIterable<string | Buffer>
}

export type Route = {
  method: 'GET' | 'POST'
  /** `/v1/children/{child}`. */
  path: string
  right: Right
  summary: string
  query?: Readonly<Record<string, Param>>
  /** The JSON body; a route without has none. */
  takes?: JsonSchema
  /** What a 200 holds, by media type. */
  gives: Readonly<Record<string, JsonSchema>>
  /** Other answers than 200, by status. */
  also?: Readonly<Record<string, string>>
  handle(call: Call): Answer | Promise<Answer>
}

export const JSON_TYPE = 'application/json'
export const NDJSON_TYPE = 'application/x-ndjson'
export const PROBLEM_TYPE = 'application/problem+json'
export const EVENT_STREAM_TYPE = 'text/event-stream'

/** A value as the whole answer; the line is ended for people who read it on a terminal. */
export const json = (value: unknown): Answer => ({
  type: JSON_TYPE,
  body: `${JSON.stringify(value)}\n`,
})
