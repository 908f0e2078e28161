import * as v from 'valibot'

const text = v.string()
const texts = v.array(text)

const childStatus = v.object({
  name: text,
  container: text,
  image: text,
  state: text,
  since: v.optional(text),
  restarts: v.number(),
  last_reason: v.optional(text),
  next_try: v.optional(text),
  waiting_for: v.optional(texts),
  warnings: v.optional(texts, []),
})

const nodeStatus = v.object({
  id: text,
  name: text,
  role: text,
  cluster: text,
  phase: text,
  warnings: v.optional(texts, []),
  children: v.optional(v.array(childStatus), []),
})

/** A child as its node sees it, from status.json. */
export type ChildStatus = v.InferOutput<typeof childStatus>
/** What a node's status.json tells. */
export type NodeStatus = v.InferOutput<typeof nodeStatus>

/** The status in `text`; undefined when there is none or it is of another version's making. */
export const parseStatus = (text: string | undefined): NodeStatus | undefined => {
  try {
    const result = v.safeParse(nodeStatus, JSON.parse(text ?? ''))
    return result.success ? result.output : undefined
  } catch {
    // Not there yet: the containers themselves still tell something.
    return undefined
  }
}
