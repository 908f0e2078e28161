import { count, index, list, map, object, oneOf, text, time, to } from './shapes.ts'

const anyPayload = {
  description: 'A text goes as it is, other JSON as its text.',
}
const base64 = text('Instead of `payload`, for bytes that are no text.')
const shownPayload = { 'payload?': text(), 'payload_base64?': text('Of bytes that are no text.') }
const who = { id: text('The member name.'), name: text() }
const filled = (schema: object) => ({ ...schema, minProperties: 1 })

const EVENT_TYPES = [
  ...['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap'],
  ...['user', 'query', 'start', 'stop'],
]

/** Events, queries and handlers. */
export const callSchemas = {
  Event: object({
    index: count,
    id: text('The same on every node for user events and queries.'),
    time,
    type: oneOf(...EVENT_TYPES),
    'name?': text(),
    'ltime?': { ...count, description: "Serf's logical clock." },
    ...shownPayload,
    'members?': list(
      object({
        ...who,
        role: text(),
        addr: text(),
        status: oneOf('alive', 'leaving', 'left', 'failed', 'none'),
      }),
    ),
    'more_members?': count,
    'origin?': text('The node that raised it, where that is known.'),
    'via?': text('How this node came to raise it, such as `http`.'),
    handled: list(
      object({
        handler: text(),
        outcome: oneOf('ok', 'failed', 'timeout', 'dropped', 'refused'),
        ms: { type: 'number' },
        'error?': text(),
      }),
    ),
  }),
  Events: object({ index, events: list(to('Event')) }),
  Raise: object({
    name: text('1 to 64 printable ASCII characters without spaces.'),
    'payload?': anyPayload,
    'payload_base64?': base64,
  }),
  Ask: object({
    name: text(),
    'payload?': anyPayload,
    'payload_base64?': base64,
    'filter?': filled(
      object(
        {
          'nodes?': {
            ...list(text()),
            minItems: 1,
            maxItems: 100,
            description: 'Member names, or names of nodes.',
          },
          'role?': text(),
          'tags?': filled(map(text())),
        },
        'Who is asked: all live members that every part fits.',
      ),
    ),
    'timeout_ms?': {
      type: 'integer',
      minimum: 50,
      maximum: 60_000,
      description: "Without it Serf's own, which grows with the cluster.",
    },
  }),
  Answer: object({ ...who, ...shownPayload }),
  Answers: object({
    answers: list(to('Answer')),
    answered: count,
    'none?': { ...count, description: 'How many have no answer to give.' },
    'silent?': { ...list(object(who)), description: 'Who said nothing in time.' },
  }),
  AskRecord: {
    description: 'One line of NDJSON; a failure in between is a last line of type `error`.',
    oneOf: [
      object({ type: oneOf('answer'), ...who, ...shownPayload }),
      object({ type: oneOf('end'), answered: count, none: count, silent: list(object(who)) }),
      object({ type: oneOf('error'), error: to('Problem') }),
    ],
  },
  Handler: object({
    name: text(),
    kind: oneOf('executable', 'module'),
    file: text(),
    events: list(text()),
    state: oneOf('idle', 'running', 'starting', 'down', 'broken'),
    runs: count,
    failures: count,
    timeouts: count,
    dropped: { ...count, description: 'Events that found the queue full.' },
    refused: { ...count, description: 'Events that the breaker refused.' },
    queue: count,
    running: count,
    'restarts?': count,
    'pid?': count,
    breaker: text(),
    'retry_at?': time,
    'last_run?': time,
    'last_error?': object({ time, message: text() }),
    'p50_ms?': { type: 'number' },
    'p95_ms?': { type: 'number' },
  }),
  Handlers: object({ handlers: list(to('Handler')) }),
}
